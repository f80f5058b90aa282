"""Whatever t members of a committee do to a sealed-model task, every trainer earns what he earns without them. Real
oracles, owner and trainers, a market in memory; the open-model twin is test_hostile_members."""

from collections.abc import Iterator

import pytest

from tests.e2e.adversaries.members.cast import LIARS
from tests.python.oracles.hostile_stage import HostileSealedStage, Outcome
from tests.python.oracles.test_hostile_members import (
    PAID,
    SLASHED,
    UNPAID,
    assert_same_pay,
    expected_of_members,
)

pytestmark = pytest.mark.unit

PROPOSERS = {"path", "step", "progress"}
"""What they lie about, the owner says in a sealed-model task."""

KINDS = sorted((PAID | UNPAID | SLASHED) - PROPOSERS)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


@pytest.fixture(scope="module")
def undisturbed(patch: pytest.MonkeyPatch) -> Outcome:
    outcome = HostileSealedStage(patch, {}).run()
    assert all(reward > 0 for reward, _ in outcome.trainers.values())
    return outcome


@pytest.mark.parametrize("kind", KINDS)
def test_one_liar_of_four(patch: pytest.MonkeyPatch, undisturbed: Outcome, kind: str) -> None:
    outcome = HostileSealedStage(patch, {1: LIARS[kind]}).run()
    assert_same_pay(outcome, undisturbed)
    assert outcome.members == expected_of_members(1, kind, 4)


@pytest.mark.hostile
@pytest.mark.parametrize("seat", [0, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_one_liar_of_four_in_any_seat(patch: pytest.MonkeyPatch, undisturbed: Outcome, kind: str, seat: int) -> None:
    outcome = HostileSealedStage(patch, {seat: LIARS[kind]}).run()
    assert_same_pay(outcome, undisturbed)
    assert outcome.members == expected_of_members(seat, kind, 4)


def test_who_answers_in_the_last_seconds_costs_only_time(patch: pytest.MonkeyPatch, undisturbed: Outcome) -> None:
    outcome = HostileSealedStage(patch, {1: LIARS["brinkman"]}).run()
    assert_same_pay(outcome, undisturbed)
