"""Where a task stands, for whoever waits for a moment of it."""

from deltaml.board import Snapshot
from deltaml.chain.types import Status
from tests.chaos.plan import Moment, Stage

ALL = 0b1111


def reached(snapshot: Snapshot, collecting: bool) -> Moment:
    """collecting: the last round is final by the clock."""
    if collecting:
        return Moment(snapshot.task.params.rounds, Stage.COLLECT)
    if snapshot.status is Status.JOINING:
        return Moment(0, Stage.JOIN)
    return Moment(snapshot.task.round, _stage(snapshot))


def _stage(snapshot: Snapshot) -> Stage:
    state = snapshot.round
    if snapshot.is_final or state.voted_mask:
        return Stage.VOTE
    if snapshot.block.timestamp < state.closes_at:
        return Stage.SUBMIT
    if state.committed_mask != ALL:
        return Stage.COMMIT
    return Stage.OPEN if state.opened_mask != ALL else Stage.SCORE


def everybody_voted(snapshot: Snapshot, voted_masks: list[int]) -> bool:
    """Whether a task is over and nobody owes a vote."""
    return snapshot.is_final and all(mask == ALL for mask in voted_masks)
