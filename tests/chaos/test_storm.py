"""Faults strike once, at their moment, in order, and end; who could not start is started again."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.chaos.cast import Cast
from tests.chaos.plan import Befall, Fault, Moment, Ordeal, Plan, Setting, Stage
from tests.chaos.storm import RESTART_SECONDS, Storm

pytestmark = pytest.mark.unit

COMMIT, SCORE = Moment(0, Stage.COMMIT), Moment(0, Stage.SCORE)


class Stagehand:
    """A cast that only notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.codes: dict[str, int] = {}
        self.last_line = ""
        self.net = SimpleNamespace(processes=dict.fromkeys(("ann", "ben")), log_of=lambda _: self.last_line)
        self.scene = SimpleNamespace(owner=SimpleNamespace(name="owner"))

    def start(self, name: str, twin: bool = False) -> None:
        self.done.append(f"start {name}{' twin' * twin}")
        self.codes.pop(name, None)

    def kill(self, name: str) -> None:
        self.done.append(f"kill {name}")

    def stop_and_continue(self, name: str, stop: bool) -> None:
        self.done.append(f"{'stop' if stop else 'continue'} {name}")

    def ended(self) -> list[tuple[str, int]]:
        return list(self.codes.items())


@pytest.fixture
def hand() -> Stagehand:
    return Stagehand()


def storm(hand: Stagehand, *faults: Fault) -> Storm:
    return Storm(Plan(1, Setting(sealed=False), 0, faults), cast(Cast, cast(Any, hand)), lambda _: None)


def test_a_fault_waits_for_its_stage_and_its_delay(hand: Stagehand) -> None:
    playing = storm(hand, Befall(Moment(0, Stage.COMMIT, 2.0), Ordeal.KILL, ("ann",), 5.0))
    playing.pump(Moment(0, Stage.SUBMIT), 0.0)
    playing.pump(COMMIT, 10.0)
    playing.pump(COMMIT, 11.9)
    assert hand.done == [] and not playing.is_over
    # The stage has passed; the delay still counts from when it was seen.
    playing.pump(SCORE, 12.0)
    playing.pump(SCORE, 16.9)
    assert hand.done == ["kill ann"] and not playing.is_over
    playing.pump(SCORE, 17.0)
    playing.pump(SCORE, 30.0)
    assert hand.done == ["kill ann", "start ann"] and playing.is_over


def test_a_stage_that_was_passed_over_still_has_its_faults(hand: Stagehand) -> None:
    playing = storm(hand, Befall(COMMIT, Ordeal.STOP, ("ann",), 1.0), Befall(SCORE, Ordeal.STOP, ("ben",), 1.0))
    playing.pump(Moment(1, Stage.SUBMIT), 5.0)
    assert hand.done == ["stop ann", "stop ben"]
    playing.pump(Moment(1, Stage.SUBMIT), 6.0)
    assert hand.done[2:] == ["continue ann", "continue ben"]


def test_a_reorganisation_takes_no_moment_back(hand: Stagehand) -> None:
    playing = storm(hand, Befall(Moment(0, Stage.COMMIT, 3.0), Ordeal.STOP, ("ann",), 1.0))
    playing.pump(COMMIT, 0.0)
    playing.pump(Moment(0, Stage.SUBMIT), 3.0)
    assert hand.done == ["stop ann"]


def test_who_is_down_already_is_not_started_twice(hand: Stagehand) -> None:
    del hand.net.processes["ben"]
    playing = storm(hand, Befall(COMMIT, Ordeal.KILL, ("ann", "ben"), 1.0))
    playing.pump(COMMIT, 0.0)
    playing.pump(COMMIT, 1.0)
    assert hand.done == ["kill ann", "start ann"]


def test_a_twin_comes_and_goes(hand: Stagehand) -> None:
    playing = storm(hand, Befall(COMMIT, Ordeal.TWIN, ("ann",), 4.0))
    playing.pump(COMMIT, 0.0)
    playing.pump(COMMIT, 4.0)
    assert hand.done == ["start ann twin", "kill ann-twin"]


def test_who_found_no_node_is_started_again(hand: Stagehand) -> None:
    playing = storm(hand)
    hand.codes["ann"], hand.last_line = 1, "not available now, try again: no node"
    playing.pump(COMMIT, 0.0)
    hand.codes.clear()
    playing.pump(COMMIT, RESTART_SECONDS)
    assert hand.done == ["kill ann", "start ann"]
    assert (playing.restarts, playing.problems) == (1, [])


@pytest.mark.parametrize(("code", "line"), [(1, "KeyError: 3"), (-11, ""), (0, "nothing to do")])
def test_who_ends_without_a_reason_is_a_problem(hand: Stagehand, code: int, line: str) -> None:
    playing = storm(hand)
    hand.codes["ann"], hand.last_line = code, line
    playing.pump(COMMIT, 0.0)
    playing.pump(COMMIT, 9.0)
    assert hand.done == [] and len(playing.problems) == 1 and "ann ended" in playing.problems[0]


def test_trainers_end_when_all_is_collected(hand: Stagehand) -> None:
    playing = storm(hand)
    hand.codes["ann"] = 0
    playing.pump(Moment(2, Stage.COLLECT), 0.0)
    assert playing.problems == [] and playing.done == {"ann"}
