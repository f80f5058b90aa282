"""The owner's agent of a sealed-model task: opens, steps and shows what is due in every round.

It keeps no database: the weights come from the last model, the optimiser's memory from a post sealed to the owner, so
it may be killed at any moment. Only the key file and the validation file have to be there.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from deltaml.board import OwnPosts, PostReader, Snapshot, StateReader, TaskReader, read_beacon, read_spec, read_sums
from deltaml.chain import Chain, Market, Writer, calls
from deltaml.chain.events import WorkOpened
from deltaml.chain.types import SeatState, Status
from deltaml.client.pulse import Pulse
from deltaml.client.sealed_owner import Stepper
from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.protocol.actions import Wait
from deltaml.protocol.ballot import Memo, Posted
from deltaml.protocol.document import Document, fetch_sealed, publish, publish_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.schema import Fields
from deltaml.protocol.sealed.blobs import read_ciphertexts
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, SealedModel, read_model
from deltaml.protocol.sealed.owner import (
    OwnerAction,
    OwnerView,
    ShowOpenings,
    TakenStep,
    decide_owner,
    weights_of,
)
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.sealing import OPEN_WORDS, Ciphertexts, Identity, OwnerKey, usable
from deltaml.storage import MAX_BLOCK_BYTES, MemoryStore, Store

log = structlog.get_logger()

MEMORY_TYPE = "deltaml/owner-memory/1"
NO_MEMORY = bytes(32)


class OwnerAgent:
    """The owner of one sealed-model task. stepper: how he steps, on his own validation rows. confirmations: how many
    blocks deep he reads the chain; what he opened of blobs, or along directions, that a reorganisation replaces would
    be no answer to the committee's question."""

    def __init__(
        self,
        chain: Chain,
        market: Market,
        writer: Writer,
        store: Store,
        identity: Identity,
        key: OwnerKey,
        task_id: int,
        stepper: Stepper,
        confirmations: int = 0,
        pulse: Pulse | None = None,
    ) -> None:
        self._chain = chain
        self._market = market
        self._writer = writer
        self._store = store
        self._identity = identity
        self._key = key
        self._task_id = task_id
        self._stepper = stepper
        self._confirmations = confirmations
        self._pulse = pulse or Pulse()
        self._own_posts = OwnPosts(chain, market, confirmations)
        self._reader = TaskReader(market)
        self._states = StateReader(store, identity)
        self._posts = PostReader(store, identity)
        self._blobs: dict[tuple[int, int], Ciphertexts] = {}
        self._refused: set[tuple[int, int]] = set()
        self._memo = Memo()
        self._spec: SealedSpec | None = None
        self._reason = ""

    def tick(self) -> bool:
        """Does what is due; True when the task is over."""
        return self._pulse.beat(self._task_id, self._look)

    def _look(self) -> bool:
        snapshot = self._reader.snapshot(self._task_id, self._pulse.saw(self._chain.head(self._confirmations)))
        if snapshot.is_final:
            log.info("the task is over", task=self._task_id, status=snapshot.status.name.lower())
            return True
        if snapshot.status is Status.TRAINING:
            self._work(snapshot)
        return False

    def _work(self, snapshot: Snapshot) -> None:
        spec = self._spec_of(snapshot)
        seats = self._market.seats(snapshot.task.params.committee_id, snapshot.block)
        view = self._view(snapshot, spec, seats)
        action = self._once(snapshot, decide_owner(view, self._stepper))
        self._note(snapshot, action)
        recipients = self._readers(seats)
        match action:
            case ShowOpenings(openings):
                document = openings.document(spec.public_key)
                self._announce(snapshot, Kind.OWNER_OPENINGS, publish_sealed(document, recipients, self._store))
            case TakenStep():
                step = self._publish_step(snapshot, action)
                document = step.document(spec.public_key)
                self._announce(snapshot, Kind.OWNER_STEP, publish_sealed(document, recipients, self._store))
                self._tell(snapshot, spec, action)

    def _once(self, snapshot: Snapshot, action: OwnerAction) -> OwnerAction:
        """The action, unless it was taken already in a block which is not confirmed yet."""
        kind = Kind.OWNER_OPENINGS if isinstance(action, ShowOpenings) else Kind.OWNER_STEP
        waits = self._own_posts.waits
        if not isinstance(action, Wait) and waits(snapshot, snapshot.task.owner, snapshot.task.round, kind):
            return Wait("an own post waits for confirmations")
        return action

    def _spec_of(self, snapshot: Snapshot) -> SealedSpec:
        # Read once: what proves the key takes a while to check.
        if self._spec is None:
            self._spec = read_sealed_spec(self._store, snapshot, self._key)
        return self._spec

    def _publish_step(self, snapshot: Snapshot, taken: TakenStep) -> OwnerStep:
        memory = NO_MEMORY
        if taken.memory:
            memory = publish_sealed(memory_document(taken.memory), [self._identity.recipient], self._store)
        model = publish(taken.model.document(), self._store)
        header = snapshot.header(snapshot.task.owner)
        return OwnerStep(header, taken.summed, model, taken.direction, taken.openings, memory)

    def _announce(self, snapshot: Snapshot, kind: Kind, digest: bytes) -> None:
        where = self._market.deployment
        self._writer.send(calls.announce(where, snapshot.task_id, snapshot.task.round, kind, digest))

    # ------------------------------------------------------------------ reading

    def _view(self, snapshot: Snapshot, spec: SealedSpec, seats: tuple[SeatState, ...]) -> OwnerView:
        number = snapshot.task.round
        members, readers = [seat.account for seat in seats], self._readers(seats)
        started = self._states.read(snapshot, spec, number)
        model = read_model(self._store, started.model, spec, number)
        submitted = snapshot.submissions(number)
        masked = {index: blob for index in submitted if (blob := self._blob(snapshot, spec, len(seats), index))}
        refused = {index for index in submitted if (number, index) in self._refused}
        return OwnerView(
            header=snapshot.header(snapshot.task.owner),
            clock=snapshot.clock,
            spec=spec,
            key=self._key,
            n=len(seats),
            model=model,
            memory=self._memory(snapshot, spec, started.model, model, readers),
            units=[trainer.units for trainer in snapshot.trainers],
            beacon=read_beacon(self._chain, snapshot),
            masked=masked,
            pending=frozenset(submitted) - set(masked) - refused,
            accepted=[event.accepted for event in snapshot.of_round(WorkOpened, number)],
            sums=read_sums(self._posts, snapshot, members, readers, spec.n_parameters * OPEN_WORDS),
            openings=[frozenset(post.message.openings) for post in self._own_openings(snapshot, spec, readers)],
            stepped=frozenset(post.message.summed for post in self._own_steps(snapshot, spec, readers)),
            memo=self._memo,
        )

    def _readers(self, seats: tuple[SeatState, ...]) -> list[bytes]:
        """Who reads what this owner posts, and what members post for him."""
        return [*usable([seat.recipient for seat in seats]), self._identity.recipient]

    def _own_openings(self, snapshot: Snapshot, spec: SealedSpec, readers: list[bytes]) -> list[Posted]:
        def decode(_: int, document: Document) -> OwnerOpenings:
            return OwnerOpenings.decode(document, snapshot.header(owner), spec, len(snapshot.trainers))

        owner = snapshot.task.owner
        return self._posts.read(snapshot, [owner], Kind.OWNER_OPENINGS, readers, decode)

    def _own_steps(self, snapshot: Snapshot, spec: SealedSpec, readers: list[bytes]) -> list[Posted]:
        def decode(_: int, document: Document) -> OwnerStep:
            return OwnerStep.decode(document, snapshot.header(owner), spec, len(snapshot.trainers))

        owner = snapshot.task.owner
        return self._posts.read(snapshot, [owner], Kind.OWNER_STEP, readers, decode)

    def _blob(self, snapshot: Snapshot, spec: SealedSpec, n: int, index: int) -> Ciphertexts | None:
        number = snapshot.task.round
        if (number, index) in self._refused:
            return None
        if (number, index) not in self._blobs:
            self._blobs = {key: blob for key, blob in self._blobs.items() if key[0] == number}
            header = snapshot.header(snapshot.trainers[index].account)
            digest = snapshot.submissions(number)[index]
            try:
                self._blobs[number, index] = read_ciphertexts(spec, Document(digest, self._store), header, n)
            except InvalidMessage as error:
                log.warning("blob refused", task=self._task_id, round=number, trainer=index, why=str(error))
                self._refused.add((number, index))
                return None
            except Unavailable as error:
                log.warning("blob not to be had", task=self._task_id, round=number, trainer=index, why=str(error))
                return None
        return self._blobs[number, index]

    def _memory(
        self, snapshot: Snapshot, spec: SealedSpec, digest: bytes, model: SealedModel, readers: list[bytes]
    ) -> Mapping[str, Any] | None:
        """What the step that led to this model remembered; None for nothing, as before the first step.

        Raises Unavailable when that step can't be had: going on without what it remembered would be another training.
        """
        if model.round == 0:
            return None
        earlier = snapshot.for_round(model.round - 1, snapshot.round)
        for post in self._own_steps(earlier, spec, readers):
            if post.message.model == digest:
                return self._read_memory(post.message.memory)
        raise Unavailable(f"the step of round {model.round - 1}, which led to the model, is not to be had")

    def _read_memory(self, digest: bytes) -> Mapping[str, Any] | None:
        if digest == NO_MEMORY:
            return None
        document = fetch_sealed(digest, self._identity, self._store, MAX_BLOCK_BYTES)
        given = Fields.of(MEMORY_TYPE, document.top, {"type", "memory"})
        try:
            memory = json.loads(given.octets("memory"))
        except ValueError as error:
            raise given.fail("memory", "JSON") from error
        if not isinstance(memory, dict):
            raise given.fail("memory", "a map")
        return memory

    # ------------------------------------------------------------------ telling

    def _note(self, snapshot: Snapshot, action: OwnerAction) -> None:
        reason = f"{snapshot.task.round} {getattr(action, 'reason', type(action).__name__)}"
        if reason != self._reason:
            self._reason = reason
            log.info(reason.split(" ", 1)[1], task=self._task_id, round=snapshot.task.round)

    def _tell(self, snapshot: Snapshot, spec: SealedSpec, taken: TakenStep) -> None:
        """The loss on the owner's own rows: nobody else could tell it."""
        weights = spec.weights_format().decode(weights_of(spec, self._key, taken.model))
        loss = self._stepper.validation.loss(weights)
        log.info("stepped", task=self._task_id, round=snapshot.task.round, validation_loss=round(loss, 6))


def memory_document(memory: Mapping[str, Any]) -> Document:
    """What an optimiser remembers, in one block. Raises InvalidInput when it is too much."""
    # Blocks hold no floats (R17); JSON gives back the same ones, and only this owner reads them.
    remembered = json.dumps(dict(memory), separators=(",", ":")).encode()
    return Document.of({"type": MEMORY_TYPE, "memory": remembered}, MemoryStore())


def read_sealed_spec(store: Store, snapshot: Snapshot, key: OwnerKey) -> SealedSpec:
    """The task's specification. Raises InvalidInput when it is an open-model task's, or posted under another key."""
    spec = read_spec(store, snapshot.task.params.spec_digest)
    if not isinstance(spec, SealedSpec):
        raise InvalidInput(f"task {snapshot.task_id} has an open model; its owner has nothing to do in a round")
    if spec.public_key != key.public:
        raise InvalidInput(f"task {snapshot.task_id} was posted under another key")
    return spec
