"""Owners whose posts nobody can work on: the committee votes to abort, and everybody has what he had before."""

import pytest

from deltaml.chain.events import RoundRevealed
from deltaml.chain.types import Outcome, Status
from scripts.localnet import Localnet
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, Crew
from tests.e2e.posting import NOT_TO_BE_HAD, Broken, post
from tests.e2e.scene import Scene, collect_all, start_crowd

pytestmark = pytest.mark.e2e


def test_broken_tasks_are_aborted(net: Localnet, crew: Crew) -> None:
    scenes = {kind: Scene.prepare(net, crew, kind.value, trainers=1) for kind in Broken}
    for kind, scene in scenes.items():
        post(scene, 1, kind)
    # They join without reading what they join; there is nothing that they could submit.
    sleepers = {scene.trainers[0]: scene.crowd_member(0, "sleeper") for scene in scenes.values()}
    start_crowd(net, sleepers, scenes[Broken.GARBAGE])
    for scene in scenes.values():
        scene.until(lambda s: s.status is Status.TRAINING, 60, "the trainer has joined")
    scene = scenes[Broken.GARBAGE]
    with pytest.raises(RuntimeError, match="error: ") as refusal:
        net.deltaml(
            "task",
            "show",
            str(scene.task),
        )
    assert "Traceback" not in str(refusal.value)

    scene.pass_until(max(scene.look().round.closes_at for scene in scenes.values()))
    for kind in set(Broken) - set(NOT_TO_BE_HAD):
        scenes[kind].until_final(120)
    # What can't be had may still come, until the last call.
    waiting = [scenes[kind] for kind in NOT_TO_BE_HAD]
    assert not any(scene.look().round.voted_mask for scene in waiting)
    scene.pass_until(max(scene.look().round.vote_ends_at for scene in waiting) - 60)
    for scene in waiting:
        scene.until_final()

    collect_all(list(scenes.values()))
    for kind, scene in scenes.items():
        snapshot = scene.look()
        assert snapshot.status is Status.FAILED, kind
        assert [event.outcome for event in snapshot.of(RoundRevealed)] == [Outcome.ABORTED]
        assert snapshot.round.matched_mask == 0b1111, "a member would have been slashed"
        assert set(scene.gains(snapshot).values()) == {(0, 0)}
        assert_every_wei(scene, snapshot, FAULT_PENALTY)
