"""From a snapshot and the posts to the frozen view that the pure decisions take."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deltaml.board import PublishedStates, Snapshot, StateReader, read_beacon, read_spec
from deltaml.chain import Chain
from deltaml.chain.events import Announced, QuorumReached, Voted, WorkCommitted, WorkOpened
from deltaml.chain.types import Dispute, ProgressRule, RoundState, SeatState, Status
from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.protocol.ballot import Ballot, Memo
from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.document import fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.lifecycle import TURN_SECONDS, TaskView
from deltaml.protocol.messages import State
from deltaml.protocol.opening import n_checks
from deltaml.protocol.round import RoundView
from deltaml.protocol.sealed.messages import SealedState, read_model
from deltaml.protocol.sealed.round import SealedView
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.specs import Spec
from deltaml.protocol.stepping import Validation, check_initial, rounds_looked_back_on
from deltaml.protocol.validation import read_validation
from deltaml.sealing import OPEN_WORDS, Identity, usable
from deltaml.storage import Store
from oracles.evidence import (
    BlobFormat,
    EvidenceRoom,
    Seats,
    committed_seats,
    open_model_blobs,
    readers,
    recipients_of,
    sealed_model_blobs,
)

MAX_VALIDATION_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class Material:
    """What a task is scored with: its specification and validation set, checked."""

    spec: OpenSpec
    validation: Validation


@dataclass(frozen=True, eq=False)
class SealedMaterial:
    """A sealed-model task's specification, checked against its terms. There is nothing to score with: the owner is."""

    spec: SealedSpec


@dataclass(frozen=True)
class Audience:
    """Age recipients: of what members post to each other, of mask sums, of states."""

    committee: list[bytes]
    sums: list[bytes]
    states: list[bytes]


class BrokenTask(InvalidMessage):
    """The owner posted something that no committee can work on; the members vote to abort."""


class ViewBuilder:
    """Reads what one member (address `account`, holding `identity`) can see of the tasks of his committees."""

    def __init__(
        self,
        chain: Chain,
        store: Store,
        identity: Identity,
        account: str,
        evidence: EvidenceRoom,
        states: StateReader,
        salt_key: bytes,
    ) -> None:
        self._chain = chain
        self._store = store
        self._identity = identity
        self._account = account
        self._evidence = evidence
        self._states = states
        self._published = PublishedStates(store, identity)
        self._salt_key = salt_key
        self._materials: dict[int, Material | SealedMaterial] = {}
        self._memos: dict[tuple[int, int], Memo] = {}

    def task_view(
        self,
        snapshot: Snapshot,
        rounds: dict[int, RoundState],
        seat: int,
        n: int,
        unclaimed: Sequence[int],
        expired_share: bool,
    ) -> TaskView:
        """rounds: the revealed and not yet settled ones."""
        task, params = snapshot.task, snapshot.task.params
        final_at = {
            number: max(state.vote_ends_at, state.revealed_at + params.challenge_window)
            for number, state in rounds.items()
            if state.dispute is not Dispute.OPEN
        }
        joining = snapshot.status is Status.JOINING
        return TaskView(
            now=snapshot.block.timestamp,
            seat=seat,
            n=n,
            status="final" if snapshot.is_final else "joining" if joining else "training",
            trainer_count=task.trainer_count,
            min_trainers=params.min_trainers,
            join_ends_at=task.join_ends_at,
            # Who has a quorum gets a moment longer to reveal it.
            expires_at=snapshot.round.vote_ends_at + (params.commit_window if any(snapshot.round.quorum_hash) else 0),
            revealed=bool(snapshot.round.revealed_at),
            final_at=final_at,
            unsettled=task.unsettled,
            unclaimed=tuple(unclaimed),
            expired_share=expired_share,
            closed=task.committee_released,
        )

    def ballot(self, snapshot: Snapshot, seats: Sequence[SeatState], seat: int, turn_seconds: int) -> Ballot:
        number, params = snapshot.task.round, snapshot.task.params
        quorum = snapshot.of_round(QuorumReached, number)
        return Ballot(
            header=snapshot.header(self._account),
            seat=seat,
            n=len(seats),
            clock=snapshot.clock,
            turn_seconds=turn_seconds,
            voted=frozenset(event.seat for event in snapshot.of_round(Voted, number)),
            quorum_hash=quorum[-1].report_hash if quorum else None,
            quorum_at=quorum[-1].position.timestamp if quorum else 0,
            equal_rounds=params.rounds if params.progress_rule is ProgressRule.PER_ROUND else None,
        )

    def broken_ballot(self, snapshot: Snapshot, seats: Sequence[SeatState], seat: int) -> Ballot:
        """For a task whose specification can't even say how long a turn is."""
        return self.ballot(snapshot, seats, seat, TURN_SECONDS)

    def material(self, snapshot: Snapshot, seats: Seats) -> Material | SealedMaterial:
        """Raises BrokenTask when the owner's posts are unusable, Unavailable when they can't be had now."""
        if snapshot.task_id not in self._materials:
            try:
                self._materials[snapshot.task_id] = self._read_material(snapshot, seats)
            except InvalidInput as error:
                # Not only broken messages: numbers that fit the specification and still can't be computed with.
                raise BrokenTask(str(error)) from error
        return self._materials[snapshot.task_id]

    def _read_material(self, snapshot: Snapshot, seats: Seats) -> Material | SealedMaterial:
        params = snapshot.task.params
        spec = read_spec(self._store, params.spec_digest)
        if spec.max_weight_sum < params.max_trainers * params.max_units:
            raise InvalidMessage("spec.max_weight_sum is below maxTrainers * maxUnits: sums could overflow")
        if isinstance(spec, SealedSpec):
            self._check_sealed(snapshot, spec)
            return SealedMaterial(spec)
        sealed = fetch_sealed(spec.validation, self._identity, self._store, MAX_VALIDATION_BYTES, readers(seats))
        validation = read_validation(spec, sealed)
        initial = self._states.read(snapshot, spec, 0)
        problem = check_initial(spec, validation, initial)
        if problem is not None:
            raise InvalidMessage(f"initial state: {problem}")
        return Material(spec, validation)

    def _check_sealed(self, snapshot: Snapshot, spec: SealedSpec) -> None:
        params = snapshot.task.params
        spec.require_terms(params.rounds, params.progress_rule is ProgressRule.PER_ROUND, params.harm_penalty_bps)
        initial = self._states.read(snapshot, spec, 0)
        if initial.round or any(initial.carried) or initial.progress_wad:
            raise InvalidMessage("the initial state is not a round 0 of this model")
        read_model(self._store, initial.model, spec, 0)

    def audience(self, snapshot: Snapshot, committee: Sequence[bytes]) -> Audience:
        """Whom this member's posts of a task are for: the owner too, once his specification is read."""
        material = self._materials.get(snapshot.task_id)
        owner = usable([material.spec.owner_recipient]) if material else []
        trainers = usable([trainer.recipient for trainer in snapshot.trainers])
        members = usable(committee)
        return Audience(
            committee=members,
            sums=[*members, *owner] if isinstance(material, SealedMaterial) else members,
            states=[*members, *trainers, *owner],
        )

    def has_state(self, snapshot: Snapshot, material: Material | SealedMaterial) -> bool:
        """Whether this member can read the state that the snapshot's round starts from."""
        return self._states.has(snapshot, material.spec, snapshot.task.round)

    def keep_state(self, snapshot: Snapshot, material: Material | SealedMaterial, state: State | SealedState) -> None:
        """Takes the state of the snapshot's round as he derived it himself. Raises InvalidMessage for another one."""
        self._states.keep(snapshot, material.spec, snapshot.task.round, state)

    def state(self, snapshot: Snapshot, material: Material | SealedMaterial) -> State | SealedState:
        """The state that the snapshot's round starts from. Raises Unavailable."""
        return self._states.read(snapshot, material.spec, snapshot.task.round)

    def is_state_published(self, snapshot: Snapshot, seats: Seats) -> bool:
        """Whether all who need it can have the state that the snapshot's round starts from."""
        readers = self.audience(snapshot, recipients_of(seats)).states
        return self._published.is_published(snapshot, snapshot.task.round, readers)

    def forget(self, task_id: int) -> None:
        """Drops everything of a task that is over."""
        self._materials.pop(task_id, None)
        self._memos = {key: memo for key, memo in self._memos.items() if key[0] != task_id}
        self._evidence.forget(task_id)

    def round_view(
        self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int, material: Material | SealedMaterial
    ) -> RoundView | SealedView:
        """Everything the member sees of the current round. Raises Unavailable when the round's state can't be had."""
        # The round before may still want a late vote.
        self._evidence.forget_before(snapshot.task_id, snapshot.task.round - 1)
        if isinstance(material, SealedMaterial):
            return self._sealed_view(snapshot, seats, seat, material.spec)
        return self._open_view(snapshot, seats, seat, material)

    def _open_view(self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int, material: Material) -> RoundView:
        spec, length, evidence = material.spec, material.spec.model().n_parameters, self._evidence
        history = self._history(snapshot, spec, snapshot.task.round)
        submitting = snapshot.block.timestamp < snapshot.round.closes_at
        proposals = [] if submitting else evidence.proposals(snapshot, seats, spec, len(history))
        counts = {p.digest: len(from_bitmap(p.message.summed, len(snapshot.trainers))) for p in proposals}
        return RoundView(
            **self._shared(snapshot, seats, seat, spec, open_model_blobs(recipients_of(seats), seat, length)),
            state=history[-1],
            validation=material.validation,
            history=[state.weights for state in history],
            works={} if submitting else evidence.works(snapshot, seats, n_checks(length)),
            sums=[] if submitting else evidence.sums(snapshot, seats, length),
            proposals=proposals,
            shares=[] if submitting else evidence.shares(snapshot, seats, counts),
        )

    def _sealed_view(self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int, spec: SealedSpec) -> SealedView:
        evidence = self._evidence
        submitting = snapshot.block.timestamp < snapshot.round.closes_at
        steps = [] if submitting else evidence.steps(snapshot, seats, spec)
        words = {step.digest: len(step.message.openings) * OPEN_WORDS for step in steps}
        return SealedView(
            **self._shared(snapshot, seats, seat, spec, sealed_model_blobs(spec, recipients_of(seats), seat)),
            state=self._states.read(snapshot, spec, snapshot.task.round),
            works={} if submitting else evidence.works(snapshot, seats, spec.check_words),
            sums=[]
            if submitting
            else evidence.sums(snapshot, seats, spec.n_parameters * OPEN_WORDS, spec.owner_recipient),
            owner_openings=[] if submitting else evidence.owner_openings(snapshot, seats, spec),
            steps=steps,
            shares=[] if submitting else evidence.shares(snapshot, seats, words),
        )

    def _shared(
        self,
        snapshot: Snapshot,
        seats: tuple[SeatState, ...],
        seat: int,
        spec: Spec,
        blob_format: BlobFormat,
    ) -> dict[str, Any]:
        """What views of both kinds have (StageView)."""
        number = snapshot.task.round
        blobs = self._evidence.blobs(snapshot, blob_format)
        return {
            "ballot": self.ballot(snapshot, seats, seat, spec.turn_seconds),
            "spec": spec,
            "units": [trainer.units for trainer in snapshot.trainers],
            "salt": self._salt(snapshot, number),
            "beacon": read_beacon(self._chain, snapshot),
            "blobs": dict(blobs.opened),
            "masked": dict(blobs.masked),
            "pending": frozenset(snapshot.submissions(number)) - set(blobs.masked) - set(blobs.refused),
            "committed": committed_seats(snapshot),
            "commitment": next(
                (e.commitment for e in snapshot.of_round(WorkCommitted, number) if e.member == self._account), None
            ),
            "opened": {event.seat: event.position.timestamp for event in snapshot.of_round(WorkOpened, number)},
            "state_published": self.is_state_published(snapshot, seats),
            "memo": self._memo(snapshot.task_id, number),
            "announced": Counter(
                Kind(event.kind)
                for event in snapshot.of_round(Announced, number)
                if event.sender == self._account and event.kind in set(Kind)
            ),
        }

    def _history(self, snapshot: Snapshot, spec: OpenSpec, number: int) -> list[State]:
        return [self._states.read(snapshot, spec, earlier) for earlier in rounds_looked_back_on(spec, number)]

    def _memo(self, task_id: int, number: int) -> Memo:
        if (task_id, number) not in self._memos:
            self._memos = {key: memo for key, memo in self._memos.items() if key[0] != task_id or key[1] >= number - 1}
            self._memos[task_id, number] = Memo()
        return self._memos[task_id, number]

    def _salt(self, snapshot: Snapshot, number: int) -> bytes:
        # Derived, not drawn: after a crash between commitment and opening it is the same.
        header = snapshot.header(self._account)
        text = f"deltaml salt {header.chain_id} {header.market.hex()} {snapshot.task_id} {number}"
        return hmac.new(self._salt_key, text.encode(), hashlib.sha256).digest()
