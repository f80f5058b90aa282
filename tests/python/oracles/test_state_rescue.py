"""A member who reveals a round and keeps the model it led to, or shows it to some only, holds nobody up."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from deltaml.protocol.kinds import Kind
from tests.e2e.adversaries.members.cast import LIARS
from tests.python.board.fakes import account
from tests.python.oracles.hostile_stage import HostileSealedStage, HostileStage, StageOfLiars

pytestmark = pytest.mark.unit

StageOf = Callable[[str], StageOfLiars]


@pytest.fixture(params=[(HostileStage, 1), (HostileSealedStage, 0)], ids=["open", "sealed"])
def stage_of(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> StageOf:
    """With one liar, in the seat that comes to reveal first when all tick in their order."""
    kind, seat = request.param
    return lambda name: kind(monkeypatch, {seat: LIARS[name]})


def announced_by_honest(stage: StageOfLiars, number: int) -> list[str]:
    """Who announced the state that a round led to."""
    (liar,) = (account(seat + 1) for seat in stage.liars)
    return [event.sender for event in stage.snapshot().announcements(number, Kind.STATE) if event.sender != liar]


@pytest.mark.parametrize("name", ["hoarder", "divider"])
def test_one_other_publishes_it_once(stage_of: StageOf, name: str) -> None:
    """Also after the last round, whose model is what the owner paid for."""
    stage = stage_of(name)
    stage.run(rounds=2)
    stage.tick_until(lambda: False, 100)
    assert [len(announced_by_honest(stage, number)) for number in (0, 1)] == [1, 1]
    assert stage.trainers_have_the_model()


def test_nobody_publishes_what_all_can_read(stage_of: StageOf) -> None:
    stage = stage_of("sums")
    stage.run(rounds=2)
    stage.tick_until(lambda: False, 100)
    announced = [stage.snapshot().announcements(number, Kind.STATE) for number in (0, 1)]
    assert [len(events) for events in announced] == [1, 1]


def test_it_is_derived_again_after_a_restart(stage_of: StageOf) -> None:
    stage = stage_of("hoarder")
    stage.begin_round()
    stage.tick_until(lambda: bool(stage.reveals()), 1200)
    assert not stage.trainers_have_the_model()
    for seat in range(4):
        stage.views[seat] = stage._views(seat)
        stage.oracles[seat] = stage.oracle(seat)
    stage.tick_until(stage.trainers_have_the_model, 200)
    assert stage.trainers_have_the_model()


def test_posts_that_are_gone_are_said_and_waited_for(stage_of: StageOf) -> None:
    stage = stage_of("hoarder")
    stage.begin_round()
    stage.tick_until(lambda: bool(stage.reveals()), 1200)
    posts = stage.snapshot().announcements(0, Kind.SHARES)
    lost = [stage.store.blocks.pop(post.digest) for post in posts]
    for seat in range(4):
        stage.views[seat] = stage._views(seat)
        stage.oracles[seat] = stage.oracle(seat)
    with capture_logs() as logs:
        stage.tick_until(lambda: False, 30)
    assert any("state" in entry.get("why", "") and "not to be had" in entry["why"] for entry in logs)
    assert not any(entry["event"] == "bug" for entry in logs)
    for block in lost:
        stage.store.put(block)
    stage.tick_until(stage.trainers_have_the_model, 60)
    assert stage.trainers_have_the_model()
