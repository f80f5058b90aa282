"""Members and trainers killed without warning: they have no database, and up to t of 3t + 1 may never return."""

from collections.abc import Iterator

import pytest

from deltaml.board import Snapshot
from deltaml.chain.types import Status
from scripts.localnet import Localnet
from tests.e2e.clear import assert_report
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, ORACLE_TICK_SECONDS, Crew, mortal_crew
from tests.e2e.posting import post
from tests.e2e.scene import TRAINER_STAKE, Scene

pytestmark = pytest.mark.e2e

ALL = 0b1111


@pytest.fixture(scope="module")
def mortals(net: Localnet) -> Iterator[Crew]:
    """Lose nobody for good in the first test, and two members in the last."""
    with mortal_crew(net, "mortal") as crew:
        yield crew


def test_killed_and_restarted_nobody_loses_anything(net: Localnet, mortals: Crew) -> None:
    scene = Scene.prepare(net, mortals, "restarted", trainers=3)
    post(scene, rounds=2)
    scene.start_trainers()
    scene.until(lambda s: s.round.committed_mask == ALL, 90, "all have committed")
    # He has to open what his last life committed to, with the same salt.
    committed = mortals.members[1]
    net.kill(committed.name)
    # He has submitted; the next round needs him again.
    net.kill(scene.trainers[2].name)
    net.start_oracle(committed, ORACLE_TICK_SECONDS)
    scene.start_trainer(2)
    scene.until(lambda s: s.round.opened_mask == ALL, 60, "all have opened their work")
    # The others reveal the round without him; his vote still counts until the window ends.
    late = mortals.members[3]
    net.kill(late.name)
    assert not scene.look().round.voted_mask, "killed too late to show anything"
    scene.until_round(1)
    assert not scene.rounds(scene.look())[0].voted_mask >> 3 & 1
    net.start_oracle(late, ORACLE_TICK_SECONDS)
    scene.until_final()
    snapshot = scene.collect_and_refund()

    assert snapshot.status is Status.COMPLETED
    for number, state in enumerate(scene.rounds(snapshot)):
        assert (state.opened_mask, state.matched_mask) == (ALL, ALL)
        assert_report(scene, snapshot, number, [0, 1, 2])
    assert_every_wei(scene, snapshot, FAULT_PENALTY)


def test_one_of_four_killed_for_good(net: Localnet) -> None:
    with mortal_crew(net, "doomed") as crew:
        _work_on_without_the_first(Scene.prepare(net, crew, "bereaved", trainers=3))


def _work_on_without_the_first(scene: Scene) -> None:
    net, crew = scene.net, scene.crew
    post(scene, rounds=2)
    scene.start_trainers()
    scene.until(lambda s: s.round.committed_mask == ALL, 90, "all have committed")
    dead, living = crew.members[0], crew.members[1:]
    net.kill(dead.name)
    for number in range(2):
        # Nobody waits for the dead longer than the windows of the round allow.
        state = scene.until(lambda s: _others_did(s, 0b1110), 60, "the others have done what they can").round
        scene.pass_until(state.open_ends_at if state.committed_mask == ALL else state.commit_ends_at)
        scene.until_round(number + 1)
    scene.until_final()
    snapshot = scene.collect_and_refund(dead=[dead])

    assert snapshot.status is Status.COMPLETED
    for number, state in enumerate(scene.rounds(snapshot)):
        assert state.matched_mask == 0b1110
        assert_report(scene, snapshot, number, [0, 1, 2])
    gains = scene.gains(snapshot)
    # He may have opened his work before he died; a fee he has not.
    fees = 2 * (4_000_003 * 10**12 // 3)
    stakes = 2 * (FAULT_PENALTY // 3)
    for member in living:
        assert gains[member.account] == (fees, stakes)
    assert gains[dead.account] == (0, -2 * FAULT_PENALTY)
    assert_every_wei(scene, snapshot, FAULT_PENALTY)


def test_two_of_four_killed_for_good(net: Localnet, mortals: Crew) -> None:
    scene = Scene.prepare(net, mortals, "orphaned", trainers=3)
    post(scene, rounds=2)
    scene.start_trainers()
    scene.until(lambda s: s.round.opened_mask == ALL, 90, "all have opened their work")
    dead, living = mortals.members[:2], mortals.members[2:]
    for member in dead:
        net.kill(member.name)
    snapshot = scene.look()
    state = snapshot.round
    assert not state.voted_mask, "killed too late to show anything"
    # Half a committee can open nothing. At the last call it says that it was there.
    scene.pass_until(state.vote_ends_at - 60)
    state = scene.until(lambda s: s.round.voted_mask == 0b1100, 60, "the living have voted").round
    assert not any(state.quorum_hash)
    # The first two to expire it, by turns, are dead.
    scene.pass_until(state.vote_ends_at + 60)
    scene.until_final()
    snapshot = scene.collect_and_refund(dead=dead)

    assert snapshot.status is Status.FAILED
    gains = scene.gains(snapshot)
    for member in dead:
        assert gains[member.account] == (0, -FAULT_PENALTY)
    for member in living:
        assert gains[member.account] == (0, 0)
    for trainer in scene.trainers:
        assert gains[trainer.account] == (0, 2 * FAULT_PENALTY // 3)
        wallet = scene.market.token_balance(net.deployment.stake_token, trainer.account, snapshot.block)
        assert wallet == TRAINER_STAKE + 2 * FAULT_PENALTY // 3, "not all stake came back"
    assert gains[scene.owner.account] == (0, 2 * FAULT_PENALTY % 3)
    assert_every_wei(scene, snapshot, FAULT_PENALTY)


def _others_did(snapshot: Snapshot, others: int) -> bool:
    state = snapshot.round
    if state.committed_mask == ALL:
        return state.opened_mask & others == others
    return state.committed_mask == others
