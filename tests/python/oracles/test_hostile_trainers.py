"""What trainers send against the rules changes nothing for those who keep to them, and costs its sender what a missed
round costs (R4). The same trainers as processes in tests/e2e."""

from collections.abc import Iterator

import pytest

from deltaml.client.trainer import TrainerAgent
from deltaml.protocol.score_tree import HARMFUL, MISSED, unpack_scores
from tests.e2e.adversaries.copier import Copier
from tests.e2e.adversaries.crossed import Crossed
from tests.e2e.adversaries.digger import Digger
from tests.e2e.adversaries.doubler import Doubler
from tests.e2e.adversaries.extremist import Extremist
from tests.e2e.adversaries.garbler import Garbler
from tests.e2e.adversaries.giant import Giant, Stretcher
from tests.e2e.adversaries.greedy import Greedy
from tests.e2e.adversaries.shouter import Shouter
from tests.e2e.adversaries.sleeper import Sleeper
from tests.e2e.adversaries.spike import Spike
from tests.e2e.adversaries.wanderer import Wanderer
from tests.python.oracles.hostile_crowd import HONEST, MISS_PENALTY, Crowd
from tests.python.oracles.hostile_stage import Outcome

pytestmark = pytest.mark.unit

REFUSED: list[type[TrainerAgent]] = [
    Copier,
    Crossed,
    Digger,
    Extremist,
    Garbler,
    Giant,
    Greedy,
    Shouter,
    Sleeper,
    Spike,
    Stretcher,
    Wanderer,
]


class CrossedForAnother(Crossed):
    victim_seat = 0


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


def words_of(outcome: Outcome) -> list[int]:
    return unpack_scores(outcome.reports[0][3])


def money(outcome: Outcome) -> list[tuple[int, int]]:
    return list(outcome.trainers.values())


def test_whatever_is_refused_is_as_if_it_had_not_been_sent(patch: pytest.MonkeyPatch) -> None:
    """All of them in one round: same report, hence same pay, as a round in which they stay away."""
    absent, present = (Crowd(patch, REFUSED).run_with(bad_submit) for bad_submit in (False, True))
    assert present.reports == absent.reports
    assert all(0 < word < HARMFUL for word in words_of(present)[:HONEST])
    assert words_of(present)[HONEST:] == [MISSED] * len(REFUSED)
    share = len(REFUSED) * MISS_PENALTY // HONEST
    assert [stake for _, stake in money(present)] == [share] * HONEST + [-MISS_PENALTY] * len(REFUSED)
    assert [reward for reward, _ in money(present)][HONEST:] == [0] * len(REFUSED)
    assert present.members == absent.members


def test_two_trainers_who_leave_out_an_oracle_each_stop_nobody(patch: pytest.MonkeyPatch) -> None:
    """Were their blobs accepted, only two oracles of some sets could open all of them, and in some sets only one."""
    outcome = Crowd(patch, [Crossed, CrossedForAnother]).run_with(True)
    assert words_of(outcome)[HONEST:] == [MISSED, MISSED]
    assert all(0 < word < HARMFUL for word in words_of(outcome)[:HONEST])


def test_who_submits_twice_is_taken_at_his_first_word(patch: pytest.MonkeyPatch) -> None:
    """His zeros score nothing, and count as an update: the step of the others is a little shorter."""
    crowd = Crowd(patch, [Doubler])
    outcome = crowd.run_with(True)
    assert words_of(outcome)[HONEST] == 0
    assert money(outcome)[HONEST] == (0, 0)
    assert all(reward > 0 for reward, _ in money(outcome)[:HONEST])
