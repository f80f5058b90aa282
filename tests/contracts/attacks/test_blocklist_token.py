"""A token's issuer who blocks one receiver would stop the payments of everybody behind him in the queue.

There is no queue: each pulls for himself (I12). The blocked one names another receiver. Only a blocked market stops
all, in that token alone, and even then stakes come back.
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS
from tests.contracts.score_tree import share

from .conftest import SCORES

BASIS = TERMS["pool"] * (WAD // 3) // WAD


@pytest.fixture(scope="module")
def token(BlocklistTokenDouble, deployer):
    return BlocklistTokenDouble.deploy({"from": deployer})


@pytest.fixture(scope="module")
def scene(final_in, token):
    return final_in(token)


def test_blocked_receiver_blocks_himself(market, token, scene, alice, bob, dave, mallory, reverts_with):
    driver, task_id = scene
    token.setBlocked(alice, True, {"from": mallory})
    claims = [driver.claim_of(task_id, 0, SCORES, 0)]

    with reverts_with("BlocklistTokenDouble_Blocked", alice):
        market.claim(task_id, claims, alice, {"from": alice})
    market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, 1)], bob, {"from": bob})
    market.claim(task_id, claims, dave, {"from": alice})

    assert token.balanceOf(bob) == share(BASIS, 2, SCORES)
    assert token.balanceOf(dave) == share(BASIS, 1, SCORES)


def test_blocked_member_and_owner_too(market, token, scene, owner, dave, mallory, reverts_with):
    driver, task_id = scene
    member = driver.oracles[0]
    market.end(task_id, {"from": owner})
    for blocked in (owner, member):
        token.setBlocked(blocked, True, {"from": mallory})
    with reverts_with("BlocklistTokenDouble_Blocked", member):
        market.claimFees(task_id, [0], member, {"from": member})
    with reverts_with("BlocklistTokenDouble_Blocked", owner):
        market.refund(task_id, owner, {"from": owner})

    refundable = driver.task(task_id)["refundable"]
    market.claimFees(task_id, [0], dave, {"from": member})
    market.refund(task_id, dave, {"from": owner})

    assert token.balanceOf(dave) == TERMS["feePerRound"] // 4 + refundable


def test_blocked_market(market, vault, token, scene, alice, owner, mallory, reverts_with, solvent):
    driver, task_id = scene
    token.setBlocked(market, True, {"from": mallory})

    with reverts_with("BlocklistTokenDouble_Blocked", market):
        market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, 0)], alice, {"from": alice})
    market.end(task_id, {"from": owner})
    market.leave(task_id, {"from": alice})

    assert vault.freeOf(alice) == TERMS["unitStake"]
