"""The state that a revealed round led to, for all to read, also when who revealed the round kept it to himself."""

from deltaml.board import Snapshot
from deltaml.chain import Market
from deltaml.chain.types import Outcome, SeatState
from deltaml.errors import DeltaMLError
from deltaml.protocol.actions import PublishState, Reveal
from deltaml.protocol.ballot import Memo
from deltaml.protocol.messages import State
from deltaml.protocol.sealed.messages import SealedState
from oracles.derivation import derive
from oracles.view import Material, SealedMaterial, ViewBuilder


class StateRescue:
    """Derives states again that can't be read, and says when the last one has to be published once more.

    During a task that is the round's own decision (`stages.until_work_is_open`), once the state can be read.
    """

    def __init__(self, market: Market, views: ViewBuilder) -> None:
        self._market = market
        self._views = views
        self._memos: dict[int, tuple[int, Memo]] = {}

    def make_readable(
        self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int, material: Material | SealedMaterial
    ) -> None:
        """Lets the views read the state that the snapshot's round starts from, if the posts of the round before lead to
        it and this member's turn has come. Raises Unavailable when a block of those is gone."""
        number = snapshot.task.round - 1
        if number < 0 or self._views.has_state(snapshot, material):
            return
        # What was published in time may be on its way; to derive it takes as long as to vote did.
        ballot = self._views.ballot(snapshot, seats, seat, material.spec.turn_seconds)
        if ballot.turns_since(snapshot.clock.opened_at) <= ballot.place:
            return
        earlier = snapshot.for_round(number, self._market.round(snapshot.task_id, number, snapshot.block))
        derived = derive(self._views, earlier, seats, seat, self._memo(snapshot.task_id, number))
        if not isinstance(derived, Reveal) or derived.report.model_digest != snapshot.state_digest(number + 1):
            return
        if isinstance(derived.state, State | SealedState):
            self._views.keep_state(snapshot, material, derived.state)

    def last_one(
        self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int
    ) -> tuple[Snapshot, PublishState] | None:
        """What the last round led to, when the task is over, not closed yet, it is this member's turn and not everybody
        can have it.

        The snapshot is that of the round which would start from it.
        """
        revealed = snapshot.reveals.get(snapshot.task.round)
        if revealed is None or revealed.outcome is not Outcome.SCORED:
            return None
        if not snapshot.is_final or snapshot.task.committee_released:
            return None
        following = snapshot.for_round(revealed.round + 1, snapshot.round)
        try:
            material = self._views.material(snapshot, seats)
            ballot = self._views.ballot(following, seats, seat, material.spec.turn_seconds)
            too_early = ballot.turns_since(revealed.position.timestamp) <= ballot.place
            if too_early or self._views.is_state_published(following, seats):
                return None
            self.make_readable(following, seats, seat, material)
            return following, PublishState(self._views.state(following, material))
        except DeltaMLError:
            # Fees and stakes must not wait for what can't be had; the owner's own client says what is missing.
            return None

    def forget(self, task_id: int) -> None:
        """Drops everything of a task that is over."""
        self._memos.pop(task_id, None)

    def _memo(self, task_id: int, number: int) -> Memo:
        if self._memos.get(task_id, (-1,))[0] != number:
            self._memos[task_id] = number, Memo()
        return self._memos[task_id][1]
