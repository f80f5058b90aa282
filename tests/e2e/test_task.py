"""A whole task from its file to the last wei, and what the command line says about it."""

import pytest

from deltaml.protocol.score_tree import unpack_scores
from scripts.localnet import Localnet
from tests.e2e.people import WEI, Crew
from tests.e2e.scene import Scene
from tests.e2e.whole_task import assert_whole_task, play_whole_task, tokens

pytestmark = pytest.mark.e2e


def test_whole_task(net: Localnet, crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rich fits its tables into this many characters.
    monkeypatch.setenv("COLUMNS", "200")
    scene = Scene.prepare(net, crew, "whole", trainers=3)
    play_whole_task(scene, rounds=2)
    assert_whole_task(scene)
    assert_shown(scene)


def list_line(scene: Scene) -> str:
    printed = scene.net.deltaml("task", "list")
    return next(line for line in printed.splitlines() if line.strip("│┃ ").split(" ")[0] == str(scene.task))


def assert_shown(scene: Scene) -> None:
    """`task list` and `task show` say what the chain says."""
    snapshot = scene.look()
    params, released = snapshot.task.params, tokens(snapshot.task.released)
    cells = [cell.strip() for cell in list_line(scene).strip("│").split("│")]
    counts = [f"{params.rounds}/{params.rounds}", f"{len(scene.trainers)}/{params.max_trainers}"]
    assert cells == [str(scene.task), "completed", *counts, "300.000001", released, str(scene.crew.number)]

    shown = scene.net.deltaml("task", "show", str(scene.task))
    assert "toy patients: tell yes from no" in shown
    progress = f"progress {snapshot.task.progress_wad / WEI:.1%}, released {released} of 300.000001"
    assert f"status completed, round {params.rounds} of {params.rounds}, {progress}" in shown
    for index, trainer in enumerate(snapshot.trainers):
        row = next(line for line in shown.splitlines() if trainer.account in line)
        for number in range(params.rounds):
            words = unpack_scores(snapshot.reveals[number].scores)
            assert f"{words[index] / sum(words):.1%}" in row
