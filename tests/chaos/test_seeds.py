"""Tasks that go on while everything around them fails: a short storm in everyday tests, twenty seeds for `-m chaos`."""

from pathlib import Path

import pytest

from tests.chaos.draw import draw_plan
from tests.chaos.plan import Befall, Disturb, Fate, Moment, Ordeal, Plan, Reorg, Service, Setting, Stage, Trouble
from tests.chaos.run import play
from tests.chaos.verdict import Money

OPEN, SEALED = Setting(sealed=False), Setting(sealed=True)
SHORT = Plan(
    seed=0,
    setting=Setting(sealed=False, rounds=1),
    confirmations=1,
    faults=(
        Disturb(Moment(0, Stage.JOIN), Service.RPC, None, Trouble.LOST_CUT, None, 0.5, 3.0),
        Befall(Moment(0, Stage.SUBMIT, 0.5), Ordeal.KILL, ("crew-oracle-0", "task-trainer-0"), 0.5),
        Disturb(Moment(0, Stage.SUBMIT, 0.5), Service.RPC, 0, Trouble.CUT, None, 1.0, 6.0),
        Reorg(Moment(0, Stage.COMMIT, 1.0), 1, Fate.DELAYED),
        Befall(Moment(0, Stage.SCORE), Ordeal.KILL, ("ipfs",), 8.0),
        Befall(Moment(0, Stage.VOTE), Ordeal.STOP, ("crew-oracle-2",), 2.0),
    ),
)


@pytest.mark.e2e
def test_a_short_storm_changes_nothing(tmp_path: Path) -> None:
    """What each round says is recomputed from the trainers' own updates, and all money from that."""
    assert play(SHORT, tmp_path, undisturbed=None).problems == ()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[Setting, Money]:
    verdicts = {s: play(Plan(0, s, 0, ()), tmp_path_factory.mktemp("calm"), None) for s in (OPEN, SEALED)}
    assert [verdict.problems for verdict in verdicts.values()] == [(), ()]
    return {setting: verdict.money for setting, verdict in verdicts.items()}


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(1, 21))
def test_a_storm_changes_nothing(seed: int, undisturbed: dict[Setting, Money], tmp_path: Path) -> None:
    plan = draw_plan(seed)
    assert play(plan, tmp_path, undisturbed[plan.setting]).problems == ()
