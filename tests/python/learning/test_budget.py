"""A data set's budget: it reserves the worst case, counts what happened, and refuses what it can't afford."""

import json
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, Refused
from deltaml.learning import Ledger, PrivacyBudget, Release, gaussian_epsilon, noise_multiplier_for

pytestmark = pytest.mark.unit

QUIET = Release(1.0, 10.0, projections=32)
SILENT = Release(1.0, 0.0, projections=0, scores=0, pre_scores=0, sums=0)
BARE = Release(1.0, 0.0, projections=32)


def after(release: Release, rounds: int) -> Ledger:
    ledger = Ledger()
    for _ in range(rounds):
        ledger = ledger.after(release)
    return ledger


@given(st.floats(0.1, 16), st.floats(1e-9, 1e-3), st.integers(1, 200))
def test_noise_made_for_a_number_of_rounds_affords_just_these(epsilon: float, delta: float, rounds: int) -> None:
    release = Release(2.0, 2.0 * noise_multiplier_for(epsilon, delta, rounds), projections=32)
    budget = PrivacyBudget(epsilon, delta)
    assert budget.affordable_rounds(release) == rounds
    with pytest.raises(Refused, match=f"can afford {rounds} such rounds"):
        budget.reserve("1", release, rounds + 1)
    settled = budget.reserve("1", release, rounds).settle("1", after(release, rounds))
    assert settled.spent_epsilon == pytest.approx(epsilon, rel=1e-6)
    assert settled.affordable_rounds(release) == 0


def test_tasks_share_one_budget() -> None:
    budget = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 4)
    free = PrivacyBudget(1.0, 1e-5).affordable_rounds(QUIET)
    assert budget.affordable_rounds(QUIET) == free - 4
    assert budget.spent_epsilon == 0.0
    budget = budget.reserve("b", QUIET, 2).settle("a", after(QUIET, 1))
    assert budget.affordable_rounds(QUIET) == free - 3
    assert budget.spent_epsilon == pytest.approx(gaussian_epsilon(1e-5, 10.0))
    assert set(budget.reserved) == {"b"}


def test_refusals_change_nothing_and_say_why() -> None:
    budget = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 1)
    before = budget.as_dict()
    with pytest.raises(Refused, match="without noise"):
        budget.reserve("b", BARE, 1)
    with pytest.raises(Refused, match="already"):
        budget.reserve("a", QUIET, 1)
    with pytest.raises(Refused, match="no reservation"):
        budget.settle("c", Ledger())
    with pytest.raises(InvalidInput):
        budget.reserve("b", QUIET, 0)
    assert budget.as_dict() == before


def test_what_shows_nothing_costs_nothing() -> None:
    budget = PrivacyBudget(0.5, 1e-6)
    assert budget.affordable_rounds(SILENT) == inf
    assert budget.reserve("a", SILENT, 10**6).left == budget.left


def test_what_was_opened_counts_even_beyond_the_reservation() -> None:
    budget = PrivacyBudget(1.0, 1e-5).reserve("a", QUIET, 1)
    over = budget.settle("a", after(QUIET, 3))
    assert over.spent == pytest.approx(0.03)
    gone = budget.settle("a", after(BARE, 1))
    assert gone.left == 0.0
    assert gone.spent_epsilon == inf
    with pytest.raises(Refused):
        gone.reserve("b", Release(1.0, 1e9, projections=0), 1)


def test_budgets_are_kept_in_files() -> None:
    budget = PrivacyBudget(2.0, 1e-5).reserve("a", QUIET, 3).settle("a", after(QUIET, 2)).reserve("b", QUIET, 1)
    assert PrivacyBudget(**json.loads(json.dumps(budget.as_dict()))) == budget


@pytest.mark.parametrize(
    "values",
    [
        {"epsilon": 0.0, "delta": 1e-5},
        {"epsilon": inf, "delta": 1e-5},
        {"epsilon": float("nan"), "delta": 1e-5},
        {"epsilon": 1.0, "delta": 0.0},
        {"epsilon": 1.0, "delta": 1e-5, "spent": -1.0},
        {"epsilon": 1.0, "delta": 1e-5, "spent": float("nan")},
        {"epsilon": 1.0, "delta": 1e-5, "reserved": {"a": inf}},
    ],
)
def test_budgets_out_of_range(values: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        PrivacyBudget(**values)  # type: ignore[arg-type]
