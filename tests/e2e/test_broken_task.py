"""Owners whose posts nobody can work on: the committee votes to abort, and everybody has what he had before."""

import pytest

from deltaml.chain.events import RoundRevealed
from deltaml.chain.types import Outcome, Status
from scripts.localnet import Localnet
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, Crew
from tests.e2e.posting import Broken, post
from tests.e2e.scene import Scene

pytestmark = pytest.mark.e2e


def test_broken_tasks_are_aborted(net: Localnet, crew: Crew) -> None:
    scenes = {kind: Scene.prepare(net, crew, kind.value, trainers=1) for kind in Broken}
    for kind, scene in scenes.items():
        post(scene, 1, kind)
        # He joins without reading what he joins; there is nothing that he could submit.
        scene.start_adversary(0, "sleeper")
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
    scenes[Broken.GARBAGE].until_final()
    scenes[Broken.SHORT].until_final()
    # What can't be had may still come, until the last call.
    last = scenes[Broken.NOWHERE].look()
    assert not last.round.voted_mask
    scenes[Broken.NOWHERE].pass_until(last.round.vote_ends_at - 60)
    scenes[Broken.NOWHERE].until_final()

    for scene in scenes.values():
        scene.collect_and_refund()
    for kind, scene in scenes.items():
        snapshot = scene.look()
        assert snapshot.status is Status.FAILED, kind
        assert [event.outcome for event in snapshot.of(RoundRevealed)] == [Outcome.ABORTED]
        assert snapshot.round.matched_mask == 0b1111, "a member would have been slashed"
        assert set(scene.gains(snapshot).values()) == {(0, 0)}
        assert_every_wei(scene, snapshot, FAULT_PENALTY)
