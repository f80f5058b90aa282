"""A token whose transfers return nothing would lock its escrow in a market that waits for `true`: it can come in, but
nobody can get it out again. Here such a token passes through whole, as stake and as reward.
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS

from .conftest import SCORES


@pytest.fixture(scope="module")
def token(NoReturnTokenDouble, deployer):
    return NoReturnTokenDouble.deploy({"from": deployer})


def test_reward(final_in, market, token, trainers, owner):
    driver, task_id = final_in(token)
    market.end(task_id, {"from": owner})

    for index, trainer in enumerate(trainers):
        market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, index)], trainer, {"from": trainer})
    for member in driver.oracles:
        market.claimFees(task_id, [0], member, {"from": member})
    market.refund(task_id, owner, {"from": owner})

    assert token.balanceOf(market) == 0
    paid = sum(token.balanceOf(trainer) for trainer in trainers)
    assert paid == driver.task(task_id)["released"]
    assert token.balanceOf(owner) == TERMS["pool"] - paid + 2 * TERMS["feePerRound"] + TERMS["feePerRound"] % 4


def test_stake(StakeVault, token, alice):
    vault = StakeVault.deploy(token, {"from": alice})
    token.mint(alice, WAD, {"from": alice})
    token.approve(vault, WAD, {"from": alice})

    vault.deposit(alice, WAD, {"from": alice})
    vault.withdraw(alice, WAD, {"from": alice})

    assert token.balanceOf(alice) == WAD
    assert vault.totalDeposits() == token.balanceOf(vault) == 0
