"""TaskMarket.end
- an unknown task, anybody but the owner, a task that is not training: refused
- at once when nobody has submitted to the current round: pool and unused fees become refundable
- else with the current round
"""

from tests.contracts.constants import WAD
from tests.contracts.driver import COMPLETED, JOINING, TERMS, TRAINING, report_of

POOL, FEE = TERMS["pool"], TERMS["feePerRound"]


def test_unknown(driver, market, owner, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.end(9, {"from": owner})


def test_not_owner(market, training, not_owner, reverts_with):
    with reverts_with("TaskMarket_NotOwner", not_owner):
        market.end(training, {"from": not_owner})


def test_joining(market, joining, owner, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", joining, JOINING):
        market.end(joining, {"from": owner})


def test_over(market, training, owner, reverts_with):
    market.end(training, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", training, COMPLETED):
        market.end(training, {"from": owner})


def test_at_once(driver, market, training, owner):
    tx = market.end(training, {"from": owner})

    assert tx.events["TaskClosed"] == {"taskId": training, "status": COMPLETED}
    assert "TaskEndRequested" not in tx.events
    assert market.statusOf(training) == COMPLETED
    assert driver.task(training)["refundable"] == POOL + 3 * FEE


def test_at_once_in_a_later_round(driver, market, training, owner):
    driver.play(training, report_of([1, 1, 1], WAD // 2))

    market.end(training, {"from": owner})

    assert driver.task(training)["refundable"] == POOL - driver.task(training)["released"] + 2 * FEE


def test_with_the_round(driver, market, training, owner, trainers):
    driver.submit(training, trainers[:1])

    tx = market.end(training, {"from": owner})

    assert tx.events["TaskEndRequested"] == {"taskId": training}
    assert market.statusOf(training) == TRAINING
    assert driver.task(training)["endRequested"]

    tx = driver.play(training, report_of([1, 1, 1], WAD // 2), submitters=trainers[1:])

    assert tx.events["TaskClosed"] == {"taskId": training, "status": COMPLETED}
    assert "RoundOpened" not in tx.events
    assert driver.task(training)["refundable"] == POOL - driver.task(training)["released"] + 2 * FEE
