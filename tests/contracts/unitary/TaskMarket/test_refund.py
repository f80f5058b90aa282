"""TaskMarket.refund
- an unknown task, anybody but the owner, to nobody, nothing refundable: refused
- sends what is refundable, again when more has become so
"""

import pytest

from tests.contracts.constants import WAD, ZERO_ADDRESS
from tests.contracts.driver import TERMS, report_of

POOL, FEE = TERMS["pool"], TERMS["feePerRound"]


def test_unknown(driver, market, owner, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.refund(9, owner, {"from": owner})


@pytest.fixture(scope="module")
def ended(driver, market, trainers, owner):
    task_id = driver.started(trainers)
    market.end(task_id, {"from": owner})
    return task_id


def test_not_owner(market, ended, not_owner, reverts_with):
    with reverts_with("TaskMarket_NotOwner", not_owner):
        market.refund(ended, not_owner, {"from": not_owner})


def test_zero_address(market, ended, owner, reverts_with):
    with reverts_with("TaskMarket_ZeroAddress"):
        market.refund(ended, ZERO_ADDRESS, {"from": owner})


def test_nothing(market, training, owner, reverts_with):
    with reverts_with("TaskMarket_NothingToClaim", training, owner):
        market.refund(training, owner, {"from": owner})


def test_refund(driver, market, reward_token, ended, owner, dave, reverts_with):
    tx = market.refund(ended, dave, {"from": owner})

    assert tx.events["Refunded"] == {"taskId": ended, "to": dave, "amount": POOL + 3 * FEE}
    assert reward_token.balanceOf(dave) == POOL + 3 * FEE
    assert driver.task(ended)["refundable"] == 0
    with reverts_with("TaskMarket_NothingToClaim", ended, owner):
        market.refund(ended, dave, {"from": owner})


def test_again(driver, market, reward_token, training, owner, oracles, dave):
    """The rest of a fee while the task runs, then what the end leaves, then the last round's fee."""
    driver.play(training, report_of([1, 1, 1], WAD // 2), workers=oracles)
    driver.settle(training, 0)
    market.refund(training, dave, {"from": owner})
    assert reward_token.balanceOf(dave) == FEE % 4

    driver.play(training, report_of([0, 0, 0], WAD))
    market.refund(training, dave, {"from": owner})
    assert reward_token.balanceOf(dave) == POOL - driver.task(training)["released"] + FEE + FEE % 4

    driver.settle(training, 1)
    market.refund(training, dave, {"from": owner})
    assert reward_token.balanceOf(dave) == POOL - driver.task(training)["released"] + 2 * FEE + FEE % 4


def test_other_tasks_keep_theirs(driver, market, reward_token, ended, training, owner, dave):
    market.refund(ended, dave, {"from": owner})

    assert reward_token.balanceOf(market) >= POOL + 3 * FEE
