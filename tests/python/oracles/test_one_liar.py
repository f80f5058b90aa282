"""Whatever one member of four does, to an open-model or a sealed-model task, every trainer earns what he earns without
him. Real oracles, sealing, owner and trainers, a market in memory; the same liars as processes in tests/e2e."""

from collections.abc import Mapping

import pytest

from tests.e2e.adversaries.members.cast import LIARS
from tests.python.oracles.hostile_pay import FEE, PAID, SLASHED, UNPAID, assert_same_pay, expected_of_members
from tests.python.oracles.hostile_stage import HostileSealedStage, HostileStage, Outcome

pytestmark = pytest.mark.unit

KINDS = sorted(PAID | UNPAID | SLASHED)
OTHERS = {"brinkman"}
STAGES = {"open": HostileStage, "sealed": HostileSealedStage}
PROPOSERS = {"path", "step", "progress"}
"""What they lie about, the owner says in a sealed-model task."""

CASES = [(task, kind) for task in STAGES for kind in KINDS if task == "open" or kind not in PROPOSERS]


def test_everybody_is_in_one_of_the_classes() -> None:
    assert sorted(LIARS) == sorted([*PAID, *UNPAID, *SLASHED, *OTHERS])


@pytest.fixture(scope="module")
def undisturbed(patch: pytest.MonkeyPatch) -> Mapping[str, Outcome]:
    return {task: stage(patch, {}).run() for task, stage in STAGES.items()}


@pytest.mark.parametrize("task", STAGES)
def test_every_trainer_earns_something(undisturbed: Mapping[str, Outcome], task: str) -> None:
    assert all(reward > 0 for reward, _ in undisturbed[task].trainers.values())


@pytest.mark.parametrize(("task", "kind"), CASES)
def test_one_liar_of_four(patch: pytest.MonkeyPatch, undisturbed: Mapping[str, Outcome], task: str, kind: str) -> None:
    # In the first round he is second in line for everything, in the second round first.
    outcome = STAGES[task](patch, {1: LIARS[kind]}).run()
    assert_same_pay(outcome, undisturbed[task])
    assert outcome.members == expected_of_members(1, kind, 4)


@pytest.mark.hostile
@pytest.mark.parametrize("seat", [0, 2, 3])
@pytest.mark.parametrize(("task", "kind"), CASES)
def test_one_liar_of_four_in_any_seat(
    patch: pytest.MonkeyPatch, undisturbed: Mapping[str, Outcome], task: str, kind: str, seat: int
) -> None:
    outcome = STAGES[task](patch, {seat: LIARS[kind]}).run()
    assert_same_pay(outcome, undisturbed[task])
    assert outcome.members == expected_of_members(seat, kind, 4)


@pytest.mark.parametrize("task", STAGES)
def test_who_answers_in_the_last_seconds_costs_only_time(
    patch: pytest.MonkeyPatch, undisturbed: Mapping[str, Outcome], task: str
) -> None:
    """He commits and opens in time in the first round. While he keeps back its vote, the second goes on without him."""
    outcome = STAGES[task](patch, {1: LIARS["brinkman"]}).run()
    assert_same_pay(outcome, undisturbed[task])
    if task == "open":
        assert outcome.members[1] == (FEE // 4, 0)
        assert {outcome.members[seat] for seat in (0, 2, 3)} == {(FEE // 4 + FEE // 3, 0)}


def test_what_no_work_earns_is_exactly_nothing(patch: pytest.MonkeyPatch, undisturbed: Mapping[str, Outcome]) -> None:
    """Who opens garbage and votes with the majority loses no stake; his fee is the others'."""
    outcome = HostileStage(patch, {1: LIARS["inventor"]}).run()
    assert_same_pay(outcome, undisturbed["open"])
    assert outcome.members[1] == (0, 0)
    assert {outcome.members[seat] for seat in (0, 2, 3)} == {(666666666666666666, 0)}
