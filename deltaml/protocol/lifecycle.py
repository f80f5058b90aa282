"""What a member does around the rounds: start, cancel, expire, settle, close, collect. Pure, like `round.decide`.

Anyone may do most of these; members take turns so that they don't all pay for the same transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deltaml.protocol.actions import (
    Action,
    CancelTask,
    ClaimExpired,
    ClaimFees,
    CloseTask,
    ExpireTask,
    SettleRound,
    StartTask,
    Wait,
)

TURN_SECONDS = 15


@dataclass(frozen=True)
class TaskView:
    """A task around its rounds. status: "joining", "training" or "final". expires_at: chain time from which `expire` is
    legal, while the current round is not revealed. final_at: round -> chain time from which `settle` is legal, for
    revealed rounds that are not settled and not under dispute. unclaimed: settled rounds whose fee this member has
    earned and not collected. expired_share: what silent members lost in a round that expired without submissions is
    this voter's, and not collected. closed: the committee's exposure is released."""

    now: int
    seat: int
    n: int
    status: str
    trainer_count: int
    min_trainers: int
    join_ends_at: int
    expires_at: int
    revealed: bool
    final_at: Mapping[int, int]
    unsettled: int
    unclaimed: tuple[int, ...]
    expired_share: bool
    closed: bool


def decide_task(view: TaskView) -> Action | None:
    """The housekeeping due now, or None when the current round decides."""
    if view.status == "joining":
        return _joining(view)
    if view.status == "training" and not view.revealed and view.now >= view.expires_at:
        return ExpireTask() if _my_turn(view, view.expires_at) else Wait("another member's turn to expire the task")
    for number, final_at in sorted(view.final_at.items()):
        if view.now >= final_at and _my_turn(view, final_at, number):
            return SettleRound(number)
    if view.status == "training":
        return None
    if view.unsettled:
        return Wait("rounds become final")
    if not view.closed:
        return CloseTask() if _my_slot(view) else Wait("another member's turn to close the task")
    if view.expired_share:
        return ClaimExpired()
    return ClaimFees(view.unclaimed) if view.unclaimed else Wait("the task is over")


def _joining(view: TaskView) -> Action:
    if view.now < view.join_ends_at:
        return Wait("trainers join")
    if not _my_turn(view, view.join_ends_at):
        return Wait("another member's turn to start or cancel")
    return StartTask() if view.trainer_count >= view.min_trainers else CancelTask()


def _my_slot(view: TaskView) -> bool:
    """For what has no beginning to count turns from: time is cut into slots, one member each."""
    return view.now // TURN_SECONDS % view.n == view.seat


def _my_turn(view: TaskView, since: int, offset: int = 0) -> bool:
    return (view.now - since) // TURN_SECONDS >= (view.seat - offset) % view.n
