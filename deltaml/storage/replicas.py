"""Several IPFS endpoints as one store: put to all, get from the first that has the block, nobody believed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from deltaml.errors import DeltaMLError, InvalidInput, Unavailable
from deltaml.storage.blocks import MAX_BLOCK_BYTES, cid_from_digest
from deltaml.storage.store import Store, check_content, check_size

log = logging.getLogger(__name__)

HEDGE_SECONDS = 1.5
"""A node that looks for a block among its peers may take its whole deadline; another may have it at hand."""
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 60.0
THREADS = 16


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """name: its address. failures: since the start. rests_seconds: how long it is still asked last."""

    name: str
    failures: int
    rests_seconds: float


class Replicas:
    """A `Store` over endpoints, the preferred first.

    `put` succeeds when one endpoint gave the block back that it was sent: what is announced on chain after it can be
    fetched. Endpoints that missed it get it by `replicate`. One that failed rests, and is then asked last.
    """

    def __init__(
        self,
        endpoints: Sequence[tuple[str, Store]],
        hedge_seconds: float = HEDGE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not endpoints:
            raise InvalidInput("no IPFS address is given")
        self._endpoints = [_Endpoint(name, store, clock) for name, store in endpoints]
        self._hedge_seconds = hedge_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ipfs")

    def __len__(self) -> int:
        return len(self._endpoints)

    # ------------------------------------------------------------------ Store

    def put(self, data: bytes) -> bytes:
        check_size(data)
        awake = [endpoint for endpoint in self._endpoints if not endpoint.rests_seconds]
        resting = [endpoint for endpoint in self._endpoints if endpoint not in awake]
        problems: list[str] = []
        # Who rests would cost every block a whole deadline; he gets it by `replicate`.
        for endpoints in (awake, resting):
            results = self._each(endpoints, lambda endpoint: endpoint.put(data))
            for result in results:
                if isinstance(result, bytes):
                    return result
            problems += map(str, results)
        raise Unavailable("; ".join(problems))

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        # Not longer than a block may be is the node's affair, longer than max_bytes the sender's.
        return check_content(self._first_answer(digest), digest, max_bytes)

    def pin(self, digest: bytes) -> None:
        """At every endpoint that has it; raises Unavailable when none does."""
        self._require_one(self._everywhere(lambda endpoint: endpoint.do(lambda store: store.pin(digest))))

    def unpin(self, digest: bytes) -> None:
        """At every endpoint that answers; raises Unavailable when none does."""
        self._require_one(self._everywhere(lambda endpoint: endpoint.do(lambda store: store.unpin(digest))))

    # ------------------------------------------------------------------ care

    def replicate(self, digest: bytes) -> int:
        """Gives the block, pinned, to the endpoints that don't have it; returns how many got it.

        Raises Unavailable when nobody has it.
        """
        answers = self._everywhere(lambda endpoint: endpoint.get(digest))
        found = next((answer for answer in answers if isinstance(answer, bytes)), None)
        if found is None:
            raise Unavailable(f"nobody has block {cid_from_digest(digest)}")
        lacking = [endpoint for endpoint, answer in zip(self._endpoints, answers, strict=True) if answer != found]
        return sum(isinstance(result, bytes) for result in self._each(lacking, lambda endpoint: endpoint.put(found)))

    def report(self) -> tuple[EndpointReport, ...]:
        """The endpoints in the order they were given."""
        return tuple(EndpointReport(e.name, e.failures, e.rests_seconds) for e in self._endpoints)

    # ------------------------------------------------------------------ asking

    def _first_answer(self, digest: bytes) -> bytes:
        """Asks in the order of health, the next one as soon as one has failed or taken long."""
        waiting = sorted(self._endpoints, key=lambda endpoint: endpoint.rests_seconds > 0)
        if len(waiting) == 1:
            return waiting[0].get(digest)
        asked: set[Future[bytes]] = set()
        problems: list[str] = []
        while waiting or asked:
            if waiting:
                asked.add(self._threads.submit(waiting.pop(0).get, digest))
            done, asked = wait(asked, self._hedge_seconds if waiting else None, FIRST_COMPLETED)
            for future in done:
                error = future.exception()
                if error is None:
                    return future.result()
                problems.append(str(error))
        raise Unavailable("; ".join(problems))

    def _everywhere(self, do: Callable[[_Endpoint], bytes]) -> list[bytes | DeltaMLError]:
        return self._each(self._endpoints, do)

    def _each(self, endpoints: Sequence[_Endpoint], do: Callable[[_Endpoint], bytes]) -> list[bytes | DeltaMLError]:
        def attempt(endpoint: _Endpoint) -> bytes | DeltaMLError:
            try:
                return do(endpoint)
            except Unavailable as error:
                return error

        if len(endpoints) == 1:
            return [attempt(endpoints[0])]
        return list(self._threads.map(attempt, endpoints))

    @staticmethod
    def _require_one(results: Sequence[bytes | DeltaMLError]) -> None:
        if not any(isinstance(result, bytes) for result in results):
            raise Unavailable("; ".join(map(str, results)))


class _Endpoint:
    def __init__(self, name: str, store: Store, clock: Callable[[], float]) -> None:
        self.name = name
        self.failures = 0
        self._store = store
        self._clock = clock
        self._in_a_row = 0
        self._rests_until = 0.0

    @property
    def rests_seconds(self) -> float:
        return max(0.0, self._rests_until - self._clock())

    def get(self, digest: bytes) -> bytes:
        with self._judged():
            return self._store.get(digest, MAX_BLOCK_BYTES)

    def put(self, data: bytes) -> bytes:
        """Puts it and takes it back: an endpoint that only says yes is no place for a post."""
        with self._judged():
            digest = self._store.put(data)
            self._store.get(digest, MAX_BLOCK_BYTES)
            return digest

    def do(self, what: Callable[[Store], None]) -> bytes:
        with self._judged():
            what(self._store)
        return b""

    @contextmanager
    def _judged(self) -> Iterator[None]:
        """What goes wrong here is the endpoint's doing: nothing but blocks of any kind is asked for."""
        try:
            yield
        except DeltaMLError as error:
            self.failures += 1
            rest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2 ** min(self._in_a_row, 20))
            self._in_a_row += 1
            self._rests_until = self._clock() + rest
            raise error if isinstance(error, Unavailable) else Unavailable(f"{self.name}: {error}") from error
        self._in_a_row = 0
        self._rests_until = 0.0
