"""Sealed-model tasks with real processes: the ordinary course, an owner who is killed, and one who never comes back."""

import pytest

from deltaml.chain.types import Outcome, Status
from deltaml.protocol.score_tree import unpack_scores
from scripts.localnet import Localnet
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, WEI, Crew
from tests.e2e.scene import Scene
from tests.e2e.sealed import assert_twin, exported, play_sealed, post_sealed
from tests.e2e.toy import accuracy, write_csv
from tests.e2e.whole_task import assert_logs_are_clean

pytestmark = pytest.mark.e2e


def test_a_sealed_model_is_trained_as_in_the_clear(net: Localnet, crew: Crew) -> None:
    scene = Scene.prepare(net, crew, "sealed", trainers=3)
    snapshot = play_sealed(scene, rounds=3)
    assert snapshot.status is Status.COMPLETED
    assert [event.progress_wad for event in snapshot.reveals.values()] == [(i + 1) * WEI // 3 for i in range(3)]
    assert_twin(scene, snapshot)
    assert_every_wei(scene, snapshot, FAULT_PENALTY)
    model, unseen = scene.folder / "model.json", write_csv(scene.folder / "unseen.csv", 300, 7)
    assert accuracy(scene.net.deltaml("task", "predict", str(model), "--data", str(unseen)).split(), unseen) > 0.85
    assert_logs_are_clean(scene)
    key = scene.key.read_bytes()
    assert b"AGE-SECRET" not in key and key.startswith(b"age-encryption.org")


def test_an_owner_killed_between_his_posts_loses_nothing(net: Localnet, crew: Crew) -> None:
    scene = Scene.prepare(net, crew, "restarted-owner", trainers=3)
    post_sealed(scene, rounds=2)
    scene.start_owner()
    scene.start_trainers()
    scene.until(lambda s: s.round.opened_mask == 0b1111, 120, "all have opened their work")
    net.kill(scene.owner.name)
    scene.start_owner()
    scene.until_round(1, 120)
    net.kill(scene.owner.name)
    scene.start_owner()
    scene.until_final(120)
    snapshot = scene.collect_and_refund()
    assert snapshot.status is Status.COMPLETED
    assert_twin(scene, snapshot)
    assert_every_wei(scene, snapshot, FAULT_PENALTY)


def test_an_owner_who_never_comes_pays_for_the_round(net: Localnet, crew: Crew) -> None:
    """R7: the round's price goes to who submitted, the rest of the pool back to him."""
    scene = Scene.prepare(net, crew, "stalled", trainers=3)
    post_sealed(scene, rounds=2)
    scene.start_trainers()
    scene.until(lambda s: s.round.opened_mask == 0b1111, 120, "all have opened their work")
    state = scene.look().round
    scene.pass_until(state.vote_ends_at - (state.vote_ends_at - state.open_ends_at) // 4)
    scene.until_final()
    snapshot = scene.collect_and_refund()
    assert snapshot.status is Status.COMPLETED
    reveal = snapshot.reveals[0]
    assert reveal.outcome is Outcome.OWNER_STALLED and unpack_scores(reveal.scores) == [1, 1, 1]
    gains = scene.gains(snapshot)
    share = snapshot.task.params.pool // 2 // 3
    assert [gains[trainer.account] for trainer in scene.trainers] == [(share, 0)] * 3
    assert exported(scene)["weights"] == [0] * 6
