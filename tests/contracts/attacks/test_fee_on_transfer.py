"""A token that takes a fee on the way would have the market owe more than it holds, and the last to claim get nothing.

- it is refused when it comes in: at `post` and at `deposit`
- one that begins to take its fee later pays its receivers less, each out of his own; the books stay what they were
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS
from tests.contracts.score_tree import share

from .conftest import SCORES

BASIS = TERMS["pool"] * (WAD // 3) // WAD


@pytest.fixture(scope="module")
def token(FeeTokenDouble, deployer):
    return FeeTokenDouble.deploy({"from": deployer})


def test_post(driver_in, market, token, reverts_with):
    escrow = TERMS["pool"] + TERMS["rounds"] * TERMS["feePerRound"]

    with reverts_with("TaskMarket_TransferShort", escrow, escrow - escrow // 100):
        driver_in(token).post()
    assert token.balanceOf(market) == market.taskCount() == 0


def test_deposit(StakeVault, token, alice, reverts_with):
    vault = StakeVault.deploy(token, {"from": alice})
    token.mint(alice, WAD, {"from": alice})
    token.approve(vault, WAD, {"from": alice})

    with reverts_with("StakeVault_TransferShort", WAD, WAD - WAD // 100):
        vault.deposit(alice, WAD, {"from": alice})
    assert vault.totalDeposits() == 0


def test_fee_that_begins_later(final_in, market, token, trainers, owner):
    token.setFee(0, {"from": owner})
    driver, task_id = final_in(token)
    held = token.balanceOf(market)
    token.setFee(100, {"from": owner})

    for index, trainer in enumerate(trainers):
        market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, index)], trainer, {"from": trainer})

    rewards = [share(BASIS, score, SCORES) for score in SCORES]
    assert [token.balanceOf(trainer) for trainer in trainers] == [reward - reward // 100 for reward in rewards]
    assert token.balanceOf(market) == held - sum(rewards)
    assert driver.round(task_id, 0)["remaining"] == 0
