"""TaskMarket.close
- an unknown task, before the end, before all rounds are settled, twice: refused
- frees the committee's exposure, by anyone
"""

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, report_of


def test_unknown(driver, market, mallory, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.close(9, {"from": mallory})


def test_joining(market, joining, mallory, reverts_with):
    with reverts_with("TaskMarket_StillOpen", joining):
        market.close(joining, {"from": mallory})


def test_training(market, training, mallory, reverts_with):
    with reverts_with("TaskMarket_StillOpen", training):
        market.close(training, {"from": mallory})


def test_unsettled(driver, market, training, mallory, reverts_with):
    driver.play(training, report_of([1, 1, 1], WAD))

    with reverts_with("TaskMarket_StillOpen", training):
        market.close(training, {"from": mallory})


def test_twice(market, training, owner, mallory, reverts_with):
    market.end(training, {"from": owner})
    market.close(training, {"from": mallory})

    with reverts_with("TaskMarket_AlreadyClosed", training):
        market.close(training, {"from": mallory})


def test_close(driver, market, committees, training, owner, mallory):
    market.end(training, {"from": owner})
    before = committees.committeeOf(driver.committee_id).dict()

    tx = market.close(training, {"from": mallory})

    assert tx.events["Released"]["amount"] == TERMS["pool"]
    after = committees.committeeOf(driver.committee_id).dict()
    assert after["openTasks"] == before["openTasks"] - 1
    assert after["exposureStake"] == before["exposureStake"] - TERMS["pool"]
    assert driver.task(training)["committeeReleased"]
