"""Trainers who break the rules pay for it, to those who don't; the model never sees what they sent."""

import pytest

from deltaml.chain.types import Status
from deltaml.protocol.score_tree import MISSED, unpack_scores
from scripts.localnet import Localnet
from tests.e2e.clear import assert_report
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, WEI, Crew
from tests.e2e.posting import post
from tests.e2e.scene import Scene

pytestmark = pytest.mark.e2e

HONEST = [0, 1, 2]
BAD = {3: "copier", 4: "garbler", 5: "shouter", 6: "sleeper"}
ROUNDS = 2


def test_bad_trainers_miss_their_rounds(net: Localnet, crew: Crew) -> None:
    scene = Scene.prepare(net, crew, "crowded", trainers=len(HONEST) + len(BAD))
    post(scene, ROUNDS)
    for index in HONEST:
        scene.start_trainer(index)
    scene.until(lambda s: s.task.trainer_count == len(HONEST), 60, "the honest have joined")
    for index, kind in BAD.items():
        scene.start_adversary(index, kind)
    for number in range(ROUNDS):
        scene.until_round(number)
        # All but the sleeper.
        state = scene.until(lambda s: s.round.submitted == s.task.trainer_count - 1, 60, "updates are there").round
        scene.pass_until(state.closes_at)
        if number > 0:
            # The garbler's block is nowhere; oracles look for it during half of the window.
            scene.pass_until((state.closes_at + state.commit_ends_at) // 2)
        scene.until_round(number + 1)
    scene.until_final()
    snapshot = scene.collect_and_refund()

    assert snapshot.status is Status.COMPLETED
    by_account = {trainer.account: index for index, trainer in enumerate(snapshot.trainers)}
    order = [by_account[trainer.account] for trainer in scene.trainers]
    assert order[: len(HONEST)] and set(order[: len(HONEST)]) == set(HONEST)
    for number in range(ROUNDS):
        words = unpack_scores(snapshot.reveals[number].scores)
        assert [index for index, word in enumerate(words) if word == MISSED] == sorted(BAD)
        assert_report(scene, snapshot, number, HONEST)
    gains = scene.gains(snapshot)
    for index, trainer in enumerate(scene.trainers):
        reward, stake = gains[trainer.account]
        assert (reward > 0) == (index in HONEST)
        assert stake == (ROUNDS * (len(BAD) * WEI // len(HONEST)) if index in HONEST else -ROUNDS * WEI)
    assert gains[scene.owner.account][1] == ROUNDS * (len(BAD) * WEI % len(HONEST)), "what does not divide"
    assert_every_wei(scene, snapshot, FAULT_PENALTY)
