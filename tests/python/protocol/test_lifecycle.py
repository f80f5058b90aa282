"""Housekeeping around the rounds: each branch of `decide_task` by name, and somebody is always due in the end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from deltaml.protocol.lifecycle import TURN_SECONDS, TaskView, decide_task

pytestmark = pytest.mark.unit

JOINING = TaskView(
    now=1_000,
    seat=0,
    n=4,
    status="joining",
    trainer_count=3,
    min_trainers=3,
    join_ends_at=1_000,
    expires_at=0,
    revealed=False,
    final_at={},
    unsettled=0,
    unclaimed=(),
    expired_share=False,
    closed=False,
)
TRAINING = replace(JOINING, status="training", now=4_999, expires_at=5_000)
# 9,000 is the start of seat 0's slot.
FINAL = replace(TRAINING, status="final", now=9_000, revealed=True)


def reason(action: Action | None) -> str:
    assert isinstance(action, Wait)
    return action.reason


def test_trainers_join() -> None:
    assert reason(decide_task(replace(JOINING, now=999))) == "trainers join"


def test_enough_trainers_start_it() -> None:
    assert decide_task(JOINING) == StartTask()


def test_too_few_trainers_cancel_it() -> None:
    assert decide_task(replace(JOINING, trainer_count=2)) == CancelTask()


def test_one_starts_the_others_wait_their_turn() -> None:
    for seat in range(1, 4):
        due = 1_000 + seat * TURN_SECONDS
        assert "start or cancel" in reason(decide_task(replace(JOINING, seat=seat, now=due - 1)))
        assert decide_task(replace(JOINING, seat=seat, now=due)) == StartTask()


def test_a_running_round_decides_for_itself() -> None:
    assert decide_task(TRAINING) is None
    assert decide_task(replace(TRAINING, now=6_000, revealed=True)) is None


def test_an_overdue_round_expires() -> None:
    overdue = replace(TRAINING, now=5_000)
    assert decide_task(overdue) == ExpireTask()
    assert "expire" in reason(decide_task(replace(overdue, seat=1)))
    assert decide_task(replace(overdue, seat=1, now=5_015)) == ExpireTask()


@pytest.mark.parametrize("view", [TRAINING, FINAL])
def test_final_rounds_are_settled_the_oldest_first(view: TaskView) -> None:
    view = replace(view, now=4_500, final_at={2: 4_500, 1: 4_400, 3: 4_501}, unsettled=3)
    assert decide_task(replace(view, seat=1)) == SettleRound(1)
    assert decide_task(replace(view, seat=2)) == SettleRound(1)
    assert decide_task(replace(view, seat=2, final_at={2: 4_500, 3: 4_501})) == SettleRound(2)


def test_rounds_before_their_time_are_left_alone() -> None:
    assert decide_task(replace(TRAINING, final_at={0: 5_000}, unsettled=1)) is None
    assert reason(decide_task(replace(FINAL, final_at={0: 9_001}, unsettled=1))) == "rounds become final"


def test_a_disputed_round_is_waited_for() -> None:
    assert reason(decide_task(replace(FINAL, unsettled=1))) == "rounds become final"


def test_one_member_closes_at_a_time() -> None:
    assert decide_task(FINAL) == CloseTask()
    for seat in range(1, 4):
        assert "close" in reason(decide_task(replace(FINAL, seat=seat)))
        assert decide_task(replace(FINAL, seat=seat, now=9_000 + seat * TURN_SECONDS)) == CloseTask()


def test_fees_are_collected_at_the_end() -> None:
    closed = replace(FINAL, closed=True, unclaimed=(0, 2), seat=3)
    assert decide_task(closed) == ClaimFees((0, 2))
    assert reason(decide_task(replace(closed, unclaimed=()))) == "the task is over"


def test_voters_of_an_expired_round_collect_what_the_silent_lost() -> None:
    closed = replace(FINAL, closed=True, expired_share=True)
    assert decide_task(closed) == ClaimExpired()
    assert reason(decide_task(replace(closed, expired_share=False))) == "the task is over"


VIEWS = st.builds(
    TaskView,
    now=st.integers(0, 10_000),
    seat=st.just(0),
    n=st.sampled_from([4, 7, 10]),
    status=st.sampled_from(["joining", "training", "final"]),
    trainer_count=st.integers(0, 5),
    min_trainers=st.integers(1, 5),
    join_ends_at=st.integers(0, 10_000),
    expires_at=st.integers(0, 10_000),
    revealed=st.booleans(),
    final_at=st.dictionaries(st.integers(0, 5), st.integers(0, 10_000), max_size=3),
    unsettled=st.integers(0, 3),
    unclaimed=st.tuples(),
    expired_share=st.just(False),
    closed=st.booleans(),
)


@given(VIEWS)
def test_whoever_is_gone_somebody_acts_in_the_end(view: TaskView) -> None:
    """R8: if one member would act with all the time in the world, each would in his turn, even alone."""
    late = [replace(view, now=50_000 + slot * TURN_SECONDS) for slot in range(view.n)]
    acting = {seat: [decide_task(replace(later, seat=seat)) for later in late] for seat in range(view.n)}
    kinds = {type(action) for actions in acting.values() for action in actions if not isinstance(action, Wait | None)}
    assert len(kinds) <= 1
    for actions in acting.values():
        assert {type(action) for action in actions if not isinstance(action, Wait | None)} == kinds


@given(VIEWS)
def test_nothing_is_done_before_its_time(view: TaskView) -> None:
    action = decide_task(view)
    match action:
        case StartTask() | CancelTask():
            assert view.status == "joining" and view.now >= view.join_ends_at
            assert isinstance(action, StartTask) == (view.trainer_count >= view.min_trainers)
        case ExpireTask():
            assert view.status == "training" and view.now >= view.expires_at and not view.revealed
        case SettleRound(number):
            assert view.now >= view.final_at[number]
        case CloseTask():
            assert view.status == "final" and not view.unsettled and not view.closed
