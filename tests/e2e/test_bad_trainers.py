"""Trainers who break the rules pay for it, to those who don't; the model never sees what they sent."""

import pytest

from deltaml.chain.types import Status
from deltaml.protocol.score_tree import HARMFUL, MISSED, unpack_scores
from scripts.localnet import Localnet
from tests.e2e.clear import assert_report, expected_report
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, WEI, Crew
from tests.e2e.posting import post
from tests.e2e.scene import Scene

HONEST = [0, 1, 2]
BAD = {
    3: "copier",
    4: "garbler",
    5: "shouter",
    6: "sleeper",
    7: "giant",
    8: "digger",
    9: "extremist",
    10: "crossed",
    11: "wanderer",
    12: "greedy",
}
ROUNDS = 2


@pytest.mark.e2e
def test_bad_trainers_miss_their_rounds(net: Localnet, crew: Crew) -> None:
    scene = Scene.prepare(net, crew, "crowded", trainers=len(HONEST) + len(BAD))
    post(scene, ROUNDS)
    for index in HONEST:
        scene.start_trainer(index)
    scene.until(lambda s: s.task.trainer_count == len(HONEST), 60, "the honest have joined")
    scene.start_crowd(BAD)
    for number in range(ROUNDS):
        scene.until_round(number)
        # All but the sleeper.
        state = scene.until(lambda s: s.round.submitted == s.task.trainer_count - 1, 120, "updates are there").round
        scene.pass_until(state.closes_at)
        if number > 0:
            # The garbler's block is nowhere; oracles look for it during half of the window.
            scene.pass_until((state.closes_at + state.commit_ends_at) // 2)
        scene.until_round(number + 1, 120)
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


@pytest.mark.e2e
@pytest.mark.hostile
def test_who_has_no_data_earns_nothing(net: Localnet, crew: Crew) -> None:
    """One sends zeros, twice in a round; one sends the last public step again. Both are in order, and worth nothing."""
    scene = Scene.prepare(net, crew, "dataless", trainers=len(HONEST) + 2)
    post(scene, ROUNDS)
    scene.start_crowd(dict.fromkeys(HONEST, "honest"))
    scene.until(lambda s: s.task.trainer_count == len(HONEST), 120, "the honest have joined")
    scene.start_crowd({3: "doubler", 4: "replayer"})
    scene.until_final(240)
    snapshot = scene.collect_and_refund()

    assert snapshot.status is Status.COMPLETED
    names = {trainer.account: trainer.name for trainer in scene.trainers}
    order = [names[trainer.account] for trainer in snapshot.trainers]
    doubler, replayer = order.index(scene.trainers[3].name), order.index(scene.trainers[4].name)
    for number in range(ROUNDS):
        reveal = snapshot.reveals[number]
        digest, words = expected_report(scene, snapshot, number, list(range(len(order))))
        assert (reveal.model_digest, unpack_scores(reveal.scores)) == (digest, words)
        assert words[doubler] == 0 and MISSED not in words
        earned = [word if word < HARMFUL else 0 for word in words]
        # What the public steps leave of a replay is what rounding to fixed point leaves.
        assert earned[replayer] <= 1e-4 * sum(earned)

    assert_every_wei(scene, snapshot, FAULT_PENALTY)
