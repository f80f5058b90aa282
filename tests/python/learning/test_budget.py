"""A data set's budget: it reserves the worst case, counts what goes out once, and refuses what it can't afford."""

import json
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import OverBudget, PrivacyBudget, Release, TaskAccount, gaussian_epsilon, noise_multiplier_for

pytestmark = pytest.mark.unit

QUIET = Release(1.0, 10.0, projections=32)
LOUD = Release(1.0, 2.0, projections=32)
SILENT = Release(1.0, 0.0, projections=0, scores=0, pre_scores=0, sums=0)
BARE = Release(1.0, 0.0, projections=32)


def spent(budget: PrivacyBudget, task: str, release: Release, rounds: int) -> PrivacyBudget:
    for number in range(rounds):
        budget = budget.spend(task, number, release)
    return budget


@given(st.floats(0.1, 16), st.floats(1e-9, 1e-3), st.integers(1, 40))
def test_noise_made_for_a_number_of_rounds_affords_just_these(epsilon: float, delta: float, rounds: int) -> None:
    release = Release(2.0, 2.0 * noise_multiplier_for(epsilon, delta, rounds), projections=32)
    budget = PrivacyBudget(epsilon, delta)
    assert budget.affordable_rounds(release) == rounds
    with pytest.raises(OverBudget, match=f"but {rounds} are left within"):
        budget.reserve("1", release, rounds + 1)
    over = spent(budget.reserve("1", release, rounds), "1", release, rounds).close("1")
    assert over.spent_epsilon == over.promised_epsilon == pytest.approx(epsilon, rel=1e-6)
    assert over.affordable_rounds(release) == 0
    with pytest.raises(OverBudget, match=f"round {rounds} of task 1 stays here"):
        over.spend("1", rounds, release)


def test_the_noise_that_a_refusal_names_would_do() -> None:
    with pytest.raises(OverBudget, match=r"noise of (\S+) per weight would do") as refusal:
        PrivacyBudget(1.0, 1e-5).reserve("a", Release(3.0, 1.0, projections=1), 7)
    named = float(str(refusal.value).split("noise of ")[1].split()[0])
    assert PrivacyBudget(1.0, 1e-5).affordable_rounds(Release(3.0, named, projections=1)) == 7


def test_tasks_share_one_budget() -> None:
    free = PrivacyBudget(1.0, 1e-5).affordable_rounds(QUIET)
    budget = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 4)
    assert budget.affordable_rounds(QUIET) == free - 4
    assert budget.spent_epsilon == 0.0 < budget.promised_epsilon
    budget = budget.reserve("b", QUIET, 2).spend("a", 0, QUIET).close("a")
    assert budget.affordable_rounds(QUIET) == free - 3
    assert budget.spent_epsilon == pytest.approx(gaussian_epsilon(1e-5, 10.0))
    with pytest.raises(OverBudget):
        budget.reserve("c", QUIET, int(free) - 2)


def test_a_round_counts_once_and_at_the_larger_price() -> None:
    once = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 4).spend("a", 2, QUIET)
    assert once.spend("a", 2, QUIET) == once
    assert once.reserve("a", QUIET, 4) == once
    assert once.spend("a", 2, Release(1.0, 8.0, projections=1)).tasks["a"].rounds == {2: 1 / 64}
    assert once.spend("a", 2, Release(1.0, 20.0, projections=1)) == once


def test_a_reservation_is_replaced_not_added() -> None:
    budget = PrivacyBudget(1.0, 1e-5)
    most = int(budget.affordable_rounds(QUIET))
    budget = budget.reserve("a", QUIET, most).spend("a", 0, QUIET)
    assert budget.reserve("a", QUIET, most) == budget
    assert budget.reserve("a", QUIET, most - 3).affordable_rounds(QUIET) == 3


def test_each_round_may_use_its_own_reservation_and_no_others() -> None:
    budget = PrivacyBudget(1.0, 1e-5)
    most = int(budget.affordable_rounds(QUIET))
    full = budget.reserve("a", QUIET, 1).reserve("b", QUIET, most - 1)
    assert full.left < QUIET.mu**2
    assert full.spend("a", 0, QUIET).tasks["a"].reserved == 0.0
    with pytest.raises(OverBudget):
        full.spend("a", 0, QUIET).spend("a", 1, QUIET)
    with pytest.raises(OverBudget):
        full.spend("c", 0, QUIET)


def test_a_smaller_limit_stops_a_task_under_way() -> None:
    budget = spent(PrivacyBudget(8.0, 1e-5).reserve("a", LOUD, 9), "a", LOUD, 3)
    tight = PrivacyBudget(1.0, 1e-5, budget.tasks)
    with pytest.raises(OverBudget, match="nothing is left"):
        tight.spend("a", 3, LOUD)
    assert tight.spend("a", 2, LOUD).tasks == budget.tasks


def test_refusals_change_nothing_and_say_why() -> None:
    budget = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 1)
    before = budget.as_dict()
    with pytest.raises(OverBudget, match="without noise"):
        budget.reserve("b", BARE, 1)
    with pytest.raises(OverBudget, match="without noise"):
        budget.spend("a", 0, BARE)
    with pytest.raises(InvalidInput):
        budget.reserve("b", QUIET, 0)
    assert budget.as_dict() == before
    assert budget.close("unknown") == budget


def test_what_shows_nothing_costs_nothing() -> None:
    budget = PrivacyBudget(0.5, 1e-6)
    assert budget.affordable_rounds(SILENT) == inf
    assert budget.reserve("a", SILENT, 10**6).left == budget.left


def test_what_went_out_counts_whatever_was_left() -> None:
    gone = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 1).count("a", 5, BARE)
    assert gone.left == 0.0
    assert gone.spent_epsilon == inf
    with pytest.raises(OverBudget, match="nothing is left"):
        gone.reserve("b", Release(1.0, 1e9, projections=0), 1)


def test_without_a_limit_everything_is_counted_and_nothing_refused() -> None:
    budget = spent(PrivacyBudget(inf, 1e-5).reserve("a", BARE, 5), "a", BARE, 2).spend("b", 0, QUIET)
    assert budget.left == inf
    assert budget.close("a").tasks["a"].rounds == {0: inf, 1: inf}
    assert PrivacyBudget(9.0, 1e-5, budget.tasks).left == 0.0


def test_budgets_are_kept_in_files() -> None:
    budget = spent(PrivacyBudget(2.0, 1e-5).reserve("a", QUIET, 3), "a", QUIET, 2).reserve("b", QUIET, 1)
    for kept in (budget, PrivacyBudget(inf, 0.5).reserve("c", BARE, 2).spend("c", 1, BARE)):
        assert PrivacyBudget.from_dict(json.loads(json.dumps(kept.as_dict(), allow_nan=False))) == kept


TASK = {"rounds": {"0": 0.1}, "planned": 1, "price": 0.1}


@pytest.mark.parametrize(
    "values",
    [
        {"epsilon": 0.0},
        {"epsilon": nan},
        {"delta": 0.0},
        {"delta": None},
        {"tasks": {"a": TASK | {"rounds": {"0": -1.0}}}},
        {"tasks": {"a": TASK | {"rounds": {"0": nan}}}},
        {"tasks": {"a": TASK | {"rounds": {"x": 1.0}}}},
        {"tasks": {"a": TASK | {"rounds": [1.0]}}},
        {"tasks": {"a": TASK | {"planned": -1}}},
        {"tasks": {"a": TASK | {"price": "many"}}},
        {"tasks": {"a": {}}},
        {"tasks": None},
    ],
)
def test_files_that_hold_something_else(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        PrivacyBudget.from_dict({"epsilon": 1.0, "delta": 1e-5, "tasks": {}} | values)


def test_accounts_out_of_range() -> None:
    with pytest.raises(InvalidInput, match="at least 0"):
        TaskAccount({0: -1.0})
