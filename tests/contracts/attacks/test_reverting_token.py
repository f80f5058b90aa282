"""A token that reverts, for all or at its issuer's whim, would freeze stakes and the rest of a task with it.

It holds up its own payments only: nothing is marked as paid, rounds go on, stakes come back, and when it moves again
everybody gets what was his (I8, I12).
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import COMPLETED, TERMS, report_of
from tests.contracts.score_tree import share

from .conftest import SCORES

BASIS = TERMS["pool"] * (WAD // 3) // WAD


@pytest.fixture(scope="module")
def token(PausableTokenDouble, deployer):
    return PausableTokenDouble.deploy({"from": deployer})


@pytest.fixture
def paused(final_in, token, mallory):
    driver, task_id = final_in(token)
    token.setPaused(True, {"from": mallory})
    return driver, task_id


def test_post(driver_in, market, token, mallory, owner, reverts_with):
    driver = driver_in(token)
    token.approve(market, 10**24, {"from": owner})
    token.setPaused(True, {"from": mallory})

    with reverts_with("PausableTokenDouble_Paused"):
        market.post(tuple(driver.terms().values()), {"from": owner})
    assert market.taskCount() == 0


def test_task_goes_on_and_pays_later(market, vault, committees, token, paused, alice, owner, reverts_with, solvent):
    driver, task_id = paused
    claims = [driver.claim_of(task_id, 0, SCORES, 0)]
    member = driver.oracles[0]
    driver.play(task_id, report_of(SCORES, WAD))
    driver.settle(task_id, 1)

    for contract_call, args, caller in (
        (market.claim, (task_id, claims, alice), alice),
        (market.claimFees, (task_id, [0], member), member),
        (market.refund, (task_id, owner), owner),
    ):
        with reverts_with("PausableTokenDouble_Paused"):
            contract_call(*args, {"from": caller})
    market.leave(task_id, {"from": alice})
    market.close(task_id, {"from": alice})

    assert market.statusOf(task_id) == COMPLETED
    assert vault.freeOf(alice) == TERMS["unitStake"]
    assert committees.committeeOf(driver.committee_id).dict()["openTasks"] == 0
    token.setPaused(False, {"from": owner})
    market.claim(task_id, claims, alice, {"from": alice})
    market.claimFees(task_id, [0], member, {"from": member})
    assert token.balanceOf(alice) == share(BASIS, 1, SCORES)
    assert token.balanceOf(member) == TERMS["feePerRound"] // 4
