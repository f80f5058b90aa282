"""One JSON-RPC node: its answers, its patience with a busy one, and how long it is left alone after a failure."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests
import tenacity

from deltaml.chain.connection import Block, Provider, ask, parse_block, parse_int, result_of
from deltaml.errors import Unavailable

log = logging.getLogger(__name__)

ATTEMPTS = 3
PATIENCE_SECONDS = 5.0
"""A busy node that asks for longer is left alone, and another one is asked."""
BUSY = (429, 502, 503, 504)
LIMIT_EXCEEDED = (-32005, -32029, 429)
"""JSON-RPC codes by which gateways say that too much was asked of them."""
ALWAYS_ANSWERED = ("eth_getBlockByNumber", "eth_getLogs", "eth_getTransactionCount", "eth_getBalance")
"""What no contract can refuse: an error here is the node's own."""
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 300.0

_back_off = tenacity.wait_exponential(multiplier=0.2, max=2.0) + tenacity.wait_random(0.0, 0.2)


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What is known of a node: its name (scheme, host and port, never a key), whether it is the one that is read now,
    failures since the start, seconds it is still left alone, its newest block when last looked at, and why it is never
    used, if so."""

    name: str
    serves: bool
    failures: int
    rests_seconds: float
    head: Block | None
    refused: str | None


class Node:
    """Asks a provider. Failures make the node rest, twice as long each time until a whole look went well."""

    def __init__(
        self,
        name: str,
        provider: Provider,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.chain_id: int | None = None
        self.head: Block | None = None
        self.refused: str | None = None
        self.failures = 0
        self._provider = provider
        self._clock = clock
        self._sleep = sleep
        self._in_a_row = 0
        self._rests_until = 0.0

    def make_request(self, method: str, params: Any) -> Any:
        response = self._ask(lambda: self._provider.make_request(method, params))
        self._judge([method], [response])
        return response

    def make_batch_request(self, batch_requests: list[tuple[str, Any]]) -> Any:
        responses = self._ask(lambda: self._provider.make_batch_request(batch_requests))
        self._judge([method for method, _ in batch_requests], responses if isinstance(responses, list) else [responses])
        return responses

    def look(self) -> None:
        """Learns chain id (once) and newest block. Raises NodeUnreachable or NodeError."""
        if self.chain_id is None:
            self.chain_id = parse_int(result_of("eth_chainId", self.make_request("eth_chainId", [])))
        head = self.make_request("eth_getBlockByNumber", ["latest", False])
        self.head = parse_block(result_of("eth_getBlockByNumber", head))

    @property
    def rests_seconds(self) -> float:
        """How long the node is still left alone."""
        return max(0.0, self._rests_until - self._clock())

    def fail(self, at_least_seconds: float = 0.0) -> None:
        """Counts a failure and lets the node rest."""
        self.failures += 1
        rest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2 ** min(self._in_a_row, 20))
        self._in_a_row += 1
        # Many processes that meet one sick node must not come back to it at the same moment.
        rest *= random.uniform(0.8, 1.2)
        self._rests_until = self._clock() + max(rest, min(at_least_seconds, LONGEST_REST_SECONDS))

    def serve_well(self) -> None:
        """A whole look went well: the next failure is the first again."""
        self._in_a_row = 0

    def _ask(self, send: Callable[[], Any]) -> Any:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_worth_waiting_for),
            wait=_how_long,
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            sleep=self._sleep,
            reraise=True,
        )
        asked_for = 0.0

        def once() -> Any:
            nonlocal asked_for
            try:
                return send()
            except requests.HTTPError as error:
                asked_for = retry_after(error) or 0.0
                raise

        try:
            return ask(self.name, lambda: retrying(once))
        except Unavailable:
            self.fail(asked_for)
            raise

    def _judge(self, methods: Sequence[str], responses: Sequence[Any]) -> None:
        for method, response in zip(methods, responses, strict=False):
            problem = response.get("error") if isinstance(response, dict) else None
            code = problem.get("code") if isinstance(problem, dict) else None
            if problem is not None and (method in ALWAYS_ANSWERED or code in LIMIT_EXCEEDED):
                return self.fail()


def retry_after(error: requests.HTTPError) -> float | None:
    """Seconds that a node asks for (RFC 9110 also allows a date, which nodes don't send)."""
    header = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 10 else None


def _is_worth_waiting_for(error: BaseException) -> bool:
    if not isinstance(error, requests.HTTPError) or error.response is None:
        return False
    return error.response.status_code in BUSY and (retry_after(error) or 0.0) <= PATIENCE_SECONDS


def _how_long(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked_for = retry_after(error) if isinstance(error, requests.HTTPError) else None
    return _back_off(state) if asked_for is None else asked_for
