"""A forged proof would draw a score that the committee never gave; a foreign or old one, a score of somebody else, of
another round or task, or the same once more.

- another's leaf or score, a proof cut short or made longer, another round's or another task's: refused
- a round's money is its own: what is left of another round pays nobody here (I2)
- twice, in one call, in two, after leaving, and through two receivers: refused (I3)
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, report_of
from tests.contracts.score_tree import HARMFUL, MISSED, share

from .conftest import SCORES

OTHER = [4, 2, 1]


@pytest.fixture(scope="module")
def scene(driver, final, trainers):
    """`final`, with a second round that gave the same people other scores, and a second task with that round first."""
    driver.play(final, report_of(OTHER, 2 * WAD // 3))
    driver.settle(final, 1)
    other_id = driver.started(trainers)
    driver.play(other_id, report_of(OTHER, WAD // 3))
    driver.settle(other_id, 0)
    return final, other_id


def test_forged(driver, market, scene, alice, bob, reverts_with):
    task_id, _ = scene
    tree = driver.tree(task_id, 0, SCORES)
    forged = [
        (alice, 2, tree.proof(0)),
        (alice, 4, tree.proof(0)),
        (alice, 0, tree.proof(0)),
        (alice, MISSED, tree.proof(0)),
        (alice, HARMFUL, tree.proof(0)),
        (alice, 1, []),
        (alice, 1, tree.proof(0)[:-1]),
        (alice, 1, tree.proof(0)[::-1]),
        (alice, 1, [*tree.proof(0), tree.root()]),
        (bob, 1, tree.proof(0)),
        (alice, 2, tree.proof(1)),
        (alice, 4, tree.proof(2)),
    ]
    for trainer, score, proof in forged:
        with reverts_with("TaskMarket_BadProof", task_id, 0):
            market.claim(task_id, [(0, score, proof)], trainer, {"from": trainer})


def test_of_another_round(driver, market, scene, alice, reverts_with):
    task_id, _ = scene
    _, score, proof = driver.claim_of(task_id, 1, OTHER, 0)

    with reverts_with("TaskMarket_BadProof", task_id, 0):
        market.claim(task_id, [(0, score, proof)], alice, {"from": alice})


def test_of_another_task(driver, market, scene, alice, reverts_with):
    task_id, other_id = scene
    foreign = driver.claim_of(other_id, 0, OTHER, 0)

    with reverts_with("TaskMarket_BadProof", task_id, 0):
        market.claim(task_id, [foreign], alice, {"from": alice})


def test_of_another_market(driver, market, scene, TaskMarket, vault, committees, deployer):
    """The leaf names the contract: a twin of the market, deployed beside it, gives no proofs for it."""
    task_id, _ = scene
    other = TaskMarket.deploy(vault, committees, {"from": deployer})

    assert market.leafOf(task_id, 0, 0, 1) != other.leafOf(task_id, 0, 0, 1)


def test_replayed(driver, market, reward_token, scene, alice, dave, reverts_with):
    task_id, _ = scene
    claims = [driver.claim_of(task_id, 0, SCORES, 0)]
    with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, alice):
        market.claim(task_id, claims * 2, alice, {"from": alice})
    market.claim(task_id, claims, alice, {"from": alice})

    for receiver in (alice, dave):
        with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, alice):
            market.claim(task_id, claims, receiver, {"from": alice})
    assert reward_token.balanceOf(alice) == share(TERMS["pool"] * (WAD // 3) // WAD, 1, SCORES)


def test_replayed_after_leaving(driver, market, scene, owner, alice, reverts_with):
    task_id, _ = scene
    claims = [driver.claim_of(task_id, 0, SCORES, 0)]
    market.claim(task_id, claims, alice, {"from": alice})
    market.end(task_id, {"from": owner})
    market.leave(task_id, {"from": alice})

    with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, alice):
        market.claim(task_id, claims, alice, {"from": alice})
    with reverts_with("TaskMarket_AlreadyLeft", task_id, alice):
        market.leave(task_id, {"from": alice})


def test_each_round_pays_its_own(driver, market, scene, trainers):
    task_id, _ = scene
    for index, trainer in enumerate(trainers):
        market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, index)], trainer, {"from": trainer})

    first, second = driver.round(task_id, 0), driver.round(task_id, 1)
    assert (first["remaining"], second["remaining"]) == (0, second["released"])


def test_fees_twice(driver, market, scene, oracles, reverts_with):
    task_id, _ = scene
    member = oracles[0]
    with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, member):
        market.claimFees(task_id, [0, 0], member, {"from": member})
    market.claimFees(task_id, [0], member, {"from": member})

    with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, member):
        market.claimFees(task_id, [0], member, {"from": member})
