"""Typed requests and answers of JSON-RPC nodes; what comes back is checked where it is decoded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import requests

from deltaml.chain.errors import NodeError, NodeUnreachable, Reorganised
from deltaml.chain.reverts import as_revert
from deltaml.errors import InvalidInput

# Gateways commonly refuse larger batches.
BATCH_SIZE = 100

RpcRequest = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Block:
    """A block's number, 32-byte hash and timestamp in seconds."""

    number: int
    hash: bytes
    timestamp: int


At = Block | int
"""Where to read: a block (by hash, so that a reorganisation is noticed, EIP-1898) or a block number."""


class Provider(Protocol):
    """The part of web3's HTTPProvider that is used; tests bring their own."""

    def make_request(self, method: str, params: Any) -> Any: ...

    def make_batch_request(self, batch_requests: list[tuple[str, Any]]) -> Any: ...


class Chain:
    """Typed access to a node.

    Every method raises NodeUnreachable or NodeError (both `Unavailable`, retryable) when the node fails, and calls
    raise Reverted (`Refused`) when a contract says no.
    """

    def __init__(
        self,
        provider: Provider,
        chain_id: int,
        name: str = "the node",
        begin_look: Callable[[], None] | None = None,
    ) -> None:
        self._provider = provider
        self._begin_look = begin_look
        self.chain_id = chain_id
        self.name = name

    def __repr__(self) -> str:
        return f"Chain({self.name}, chain_id={self.chain_id})"

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """One JSON-RPC request; returns its `result`."""
        return result_of(method, ask(self.name, lambda: self._provider.make_request(method, list(params))))

    def batch(self, requests_: Sequence[RpcRequest]) -> list[Any]:
        """Results of many requests in their order, in one HTTP request per `BATCH_SIZE`."""
        if len(requests_) == 1:
            return [self.request(*requests_[0])]
        results = []
        for start in range(0, len(requests_), BATCH_SIZE):
            part = list(requests_[start : start + BATCH_SIZE])
            responses = ask(self.name, partial(self._provider.make_batch_request, part))
            if isinstance(responses, dict):
                result_of("batch", responses)
            if not isinstance(responses, list) or len(responses) != len(part):
                raise NodeUnreachable(f"{self.name} did not answer each of {len(part)} batched requests")
            results += [result_of(request[0], response) for request, response in zip(part, responses, strict=True)]
        return results

    def head(self, confirmations: int = 0) -> Block:
        """The newest block that has `confirmations` blocks on top of it (block 0 on a younger chain).

        A look at the chain begins here: among several nodes one is chosen, and asked until the next head.
        """
        if confirmations < 0:
            raise InvalidInput(f"confirmations is {confirmations}; it counts blocks, so 0 or more")
        if self._begin_look is not None:
            self._begin_look()
        newest = parse_block(self.request("eth_getBlockByNumber", ["latest", False]))
        return newest if confirmations == 0 else self.block(max(0, newest.number - confirmations))

    def block(self, number: int) -> Block:
        """The canonical block of that number. Raises Reorganised when there is none (yet, or any more)."""
        return parse_block(self.request("eth_getBlockByNumber", [hex(number), False]))

    def first_block_after(self, timestamp: int, low: int, high: int) -> Block | None:
        """First block in low..high (both included) whose timestamp is greater; None when there is none yet."""
        last = self.block(high)
        if low > high or last.timestamp <= timestamp:
            return None
        while low < last.number:
            middle = self.block((low + last.number) // 2)
            if middle.timestamp > timestamp:
                last = middle
            else:
                low = middle.number + 1
        return last

    def call(self, to: str, data: bytes, at: At) -> bytes:
        """eth_call without a sender at a block."""
        return self.call_many([(to, data)], at)[0]

    def call_many(self, calls: Sequence[tuple[str, bytes]], at: At) -> list[bytes]:
        """eth_call for each (address, calldata) at one block, batched."""
        tag = block_tag(at)
        answers = self.batch([("eth_call", [{"to": to, "data": "0x" + data.hex()}, tag]) for to, data in calls])
        return [parse_bytes(answer) for answer in answers]


def block_tag(at: At | str) -> Any:
    """The JSON-RPC block parameter; names like "pending" pass."""
    if isinstance(at, Block):
        return {"blockHash": "0x" + at.hash.hex(), "requireCanonical": True}
    return at if isinstance(at, str) else hex(at)


def parse_block(answer: Any) -> Block:
    """Block from a node's header object. Raises Reorganised for `null`."""
    if answer is None:
        raise Reorganised("the node does not have the block asked for; read at its newest head")
    try:
        return Block(parse_int(answer["number"]), parse_bytes(answer["hash"]), parse_int(answer["timestamp"]))
    except (KeyError, TypeError) as error:
        raise NodeUnreachable(f"the node's block is incomplete: {error}") from None


def parse_int(answer: Any) -> int:
    """Integer from a JSON-RPC quantity."""
    try:
        return int(answer, 16)
    except (TypeError, ValueError):
        raise NodeUnreachable(f"the node sent {answer!r} where a hex quantity belongs") from None


def parse_bytes(answer: Any) -> bytes:
    """Bytes from JSON-RPC data."""
    try:
        return bytes.fromhex(answer.removeprefix("0x"))
    except (AttributeError, ValueError):
        raise NodeUnreachable(f"the node sent {str(answer)[:80]!r} where hex data belongs") from None


def ask(name: str, send: Callable[[], Any]) -> Any:
    """What `send` returns; everything a transport can raise becomes NodeUnreachable, without the URL."""
    # `from None` everywhere: requests and urllib3 put the whole URL, credentials included, into their messages.
    try:
        return send()
    except requests.Timeout:
        raise NodeUnreachable(f"{name} did not answer in time") from None
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "unknown"
        raise NodeUnreachable(f"{name} answered with HTTP status {status}") from None
    except (requests.RequestException, OSError) as error:
        raise NodeUnreachable(f"{name} can't be reached ({type(error).__name__})") from None
    except (KeyError, TypeError, ValueError) as error:
        raise NodeUnreachable(f"{name} sent something that is not JSON-RPC ({type(error).__name__})") from None


def result_of(method: str, response: Any) -> Any:
    """The `result` of a JSON-RPC response. Raises NodeUnreachable, NodeError, or Reverted for a contract's refusal."""
    if not isinstance(response, dict):
        raise NodeUnreachable(f"{method}: the node's answer is not a JSON-RPC object")
    problem = response.get("error")
    if problem is None:
        if "result" not in response:
            raise NodeUnreachable(f"{method}: the node's answer has neither result nor error")
        return response["result"]
    if not isinstance(problem, dict):
        problem = {"message": str(problem)}
    code = problem.get("code")
    failure = NodeError(
        method, code if isinstance(code, int) else 0, str(problem.get("message", ""))[:500], problem.get("data")
    )
    if method in ("eth_call", "eth_estimateGas"):
        reverted = as_revert(failure)
        if reverted is not None:
            raise reverted from None
    raise failure
