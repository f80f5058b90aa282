"""Housekeeping on IPFS: what a running task needs stays pinned, on every endpoint, until the task is over.

Works on the snapshots that the ticks have read and asks nothing of the chain. What it did is in the pins; a restarted
process finds everything kept and goes on.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog

from deltaml.board import PostReader, Snapshot, StateReader, read_spec
from deltaml.chain.events import Announced, UpdateSubmitted
from deltaml.errors import DeltaMLError, InvalidMessage
from deltaml.protocol.document import Document
from deltaml.protocol.kinds import Kind
from deltaml.protocol.sealed.messages import OwnerStep
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.specs import Spec
from deltaml.sealing import Identity
from deltaml.serving import Vitals
from deltaml.storage import Replicas, encode_block, reachable
from oracles.metrics import Metrics

log = structlog.get_logger()

MAX_DOCUMENT_BYTES = 1 << 28
CHECK_AGAIN_SECONDS = 1800.0
FIRST_RETRY_SECONDS = 60.0
PROBE = encode_block("deltaml")
NOTHING = bytes(32)


@dataclass
class Kept:
    """A document that was looked after: its size when it was found whole, and when it is looked at again."""

    n_bytes: int = 0
    due_at: float = 0.0
    problem: str | None = None
    failures: int = 0


@dataclass(frozen=True)
class Watched:
    """The tasks to look after: newest snapshot by number, and those of them that are over."""

    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)


class Keeper:
    """Keeps at most `budget_bytes` on each endpoint; works `seconds` at a time."""

    def __init__(
        self,
        store: Replicas,
        identity: Identity,
        watched: Watched,
        metrics: Metrics,
        vitals: Vitals,
        budget_bytes: int,
        seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._watched = watched
        self._metrics = metrics
        self._vitals = vitals
        self._budget_bytes = budget_bytes
        self._seconds = seconds
        self._clock = clock
        self._states = StateReader(store, identity)
        self._posts = PostReader(store, identity)
        self._kept: dict[int, dict[bytes, Kept]] = {}
        self._specs: dict[int, Spec] = {}

    def run(self) -> None:
        """Probes IPFS, looks after what is due, lets go of what is over. Never raises for what a retry can cure."""
        until = self._clock() + self._seconds
        self._probe()
        for task_id, snapshot in list(self._watched.snapshots.items()):
            if task_id in self._watched.over:
                self._let_go(task_id, snapshot)
            else:
                self._look_after(snapshot, until)
        self._metrics.pinned_bytes.set(self._n_bytes())

    # ------------------------------------------------------------------ looking after

    def _probe(self) -> None:
        try:
            digest = self._store.put(PROBE)
            self._store.replicate(digest)
            self._vitals.ipfs_problem = None
        except DeltaMLError as error:
            self._vitals.ipfs_problem = str(error)
            log.warning("IPFS is not to be had", why=str(error))

    def _look_after(self, snapshot: Snapshot, until: float) -> None:
        kept = self._kept.setdefault(snapshot.task_id, {})
        for root in self._needed(snapshot):
            entry = kept.setdefault(root, Kept())
            now = self._clock()
            if now >= until:
                return
            if now >= entry.due_at:
                self._keep(snapshot.task_id, root, entry)

    def _keep(self, task_id: int, root: bytes, entry: Kept) -> None:
        try:
            room = self._budget_bytes - self._n_bytes() + entry.n_bytes
            blocks = reachable(self._store, root, MAX_DOCUMENT_BYTES)
            n_bytes = sum(blocks.values())
            if n_bytes > room:
                raise InvalidMessage(f"{n_bytes} bytes more than --pin-gib allows")
            given = sum(self._store.replicate(block) for block in blocks)
            self._store.pin(root)
        except DeltaMLError as error:
            if entry.problem != str(error):
                log.warning("can't be kept", task=task_id, digest=root.hex(), why=str(error))
            # What nobody has must not take the time of what somebody has.
            pause = min(CHECK_AGAIN_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(entry.failures, 10))
            entry.problem, entry.failures, entry.due_at = str(error), entry.failures + 1, self._clock() + pause
            return
        if given:
            self._metrics.replicated.inc(given)
            log.info("gave blocks to an endpoint that lacked them", task=task_id, digest=root.hex(), blocks=given)
        entry.n_bytes, entry.problem, entry.failures = n_bytes, None, 0
        entry.due_at = self._clock() + CHECK_AGAIN_SECONDS

    def _n_bytes(self) -> int:
        return sum(entry.n_bytes for kept in self._kept.values() for entry in kept.values())

    # ------------------------------------------------------------------ letting go

    def _let_go(self, task_id: int, snapshot: Snapshot) -> None:
        """Unpins what nobody needs any more. The specification and the last state stay: the owner may come late."""
        others = {root for other, kept in self._kept.items() if other != task_id for root in kept}
        last = {event.digest for event in snapshot.announcements(snapshot.task.round - 1, Kind.STATE)}
        last |= {event.digest for event in snapshot.announcements(snapshot.task.round, Kind.STATE)}
        stays = others | last | {snapshot.task.params.spec_digest, snapshot.task.params.model_digest}
        try:
            stays |= set(self._models(snapshot))
            still_needed = {block for root in stays for block in self._blocks(root)}
            for root in set(self._needed(snapshot)) - stays:
                for block in self._blocks(root):
                    if block not in still_needed:
                        self._store.unpin(block)
        except DeltaMLError as error:
            log.warning("can't let go of a task now", task=task_id, why=str(error))
            return
        self._kept.pop(task_id, None)
        self._specs.pop(task_id, None)
        self._watched.snapshots.pop(task_id, None)
        log.info("let go of what a task needed", task=task_id)

    def _blocks(self, root: bytes) -> list[bytes]:
        try:
            # What links to others first: as long as it is pinned, they are.
            return list(reversed(reachable(self._store, root, MAX_DOCUMENT_BYTES)))
        except DeltaMLError:
            return [root]

    # ------------------------------------------------------------------ what a task needs

    def _needed(self, snapshot: Snapshot) -> Iterator[bytes]:
        """Digests of documents, the most needed first."""
        params, number = snapshot.task.params, snapshot.task.round
        yield params.spec_digest
        yield params.model_digest
        try:
            spec = self._spec(snapshot)
            if isinstance(spec, OpenSpec):
                yield spec.validation
            else:
                yield from self._owners(snapshot, spec)
        except DeltaMLError as error:
            log.warning("part of a task is not to be had", task=snapshot.task_id, why=str(error), digest="")
        # Newest first: if there is not room for all, old rounds are only looked back on.
        for event in reversed(snapshot.events):
            if isinstance(event, UpdateSubmitted | Announced) and event.round <= number and any(event.digest):
                yield event.digest

    def _spec(self, snapshot: Snapshot) -> Spec:
        # Read once: what proves a sealed model's key takes a while to check.
        if snapshot.task_id not in self._specs:
            self._specs[snapshot.task_id] = read_spec(self._store, snapshot.task.params.spec_digest)
        return self._specs[snapshot.task_id]

    def _models(self, snapshot: Snapshot) -> Iterator[bytes]:
        """Of a sealed-model task the ciphertexts of the newest state."""
        spec = self._spec(snapshot)
        if isinstance(spec, SealedSpec):
            number = max(snapshot.reveals, default=-1) + 1
            yield self._states.read(snapshot, spec, number).model

    def _owners(self, snapshot: Snapshot, spec: SealedSpec) -> Iterator[bytes]:
        """What an owner's steps of this round and the one before lead to, besides the model at hand."""
        yield from self._models(snapshot)
        owner, n_trainers = snapshot.task.owner, len(snapshot.trainers)
        for number in range(max(0, snapshot.task.round - 1), snapshot.task.round + 1):
            then = snapshot.for_round(number, snapshot.round)

            def decode(_: int, document: Document, then: Snapshot = then) -> OwnerStep:
                return OwnerStep.decode(document, then.header(owner), spec, n_trainers)

            for post in self._posts.read(then, [owner], Kind.OWNER_STEP, None, decode):
                yield from (digest for digest in (post.message.model, post.message.memory) if digest != NOTHING)
