"""The issuer of a rebasing token would take the escrow back by writing the market's balance down.

A committee takes only tokens its charter names, so nobody meets one unawares. The loss stays in that token: tasks that
pay in another one, and all stakes, are whole (I10, I12). Written up, the surplus is nobody's, as any donation (I7).
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, report_of
from tests.contracts.score_tree import share

from .conftest import SCORES

BASIS = TERMS["pool"] * (WAD // 3) // WAD


@pytest.fixture(scope="module")
def token(RebasingTokenDouble, deployer):
    return RebasingTokenDouble.deploy({"from": deployer})


@pytest.fixture(scope="module")
def scene(final_in, driver, token, trainers):
    """Two tasks, one in each token, both with a final round."""
    hostile, hostile_id = final_in(token)
    plain_id = driver.started(trainers)
    driver.play(plain_id, report_of(SCORES, WAD // 3))
    driver.pass_time(driver.final_at(plain_id, 0))
    return hostile, hostile_id, plain_id


def test_written_down(driver, market, vault, reward_token, token, scene, alice, owner, reverts_with, solvent):
    hostile, hostile_id, plain_id = scene
    reward = share(BASIS, 1, SCORES)
    token.rebase(market, reward - 1, {"from": owner})

    with reverts_with("ERC20InsufficientBalance", market, reward - 1, reward):
        market.claim(hostile_id, [hostile.claim_of(hostile_id, 0, SCORES, 0)], alice, {"from": alice})
    market.claim(plain_id, [driver.claim_of(plain_id, 0, SCORES, 0)], alice, {"from": alice})
    market.end(hostile_id, {"from": owner})
    market.leave(hostile_id, {"from": alice})

    assert reward_token.balanceOf(alice) == reward
    assert vault.freeOf(alice) == TERMS["unitStake"]


def test_written_up(market, token, scene, alice, owner):
    hostile, hostile_id, _ = scene
    held = token.balanceOf(market)
    token.rebase(market, 2 * held, {"from": owner})

    market.claim(hostile_id, [hostile.claim_of(hostile_id, 0, SCORES, 0)], alice, {"from": alice})
    market.end(hostile_id, {"from": owner})
    before = token.balanceOf(owner)
    market.refund(hostile_id, owner, {"from": owner})

    assert token.balanceOf(alice) == share(BASIS, 1, SCORES)
    released, fee = hostile.task(hostile_id)["released"], TERMS["feePerRound"]
    assert token.balanceOf(owner) - before == TERMS["pool"] - released + 2 * fee + fee % 4


def test_token_nobody_named(driver, market, token, owner, reverts_with):
    with reverts_with("Committees_TokenNotAccepted", driver.committee_id, token):
        market.post(tuple(driver.terms(rewardToken=token).values()), {"from": owner})
