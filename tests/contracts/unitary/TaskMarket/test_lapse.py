"""TaskMarket.lapse
- an unknown task, a round without an open dispute: refused
- legal ARBITRATION_WINDOW after the challenge (-1, 0, +1 s), by anyone: the report stands, the bond comes back
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, UPHELD, report_of

BOND = TERMS["challengeBond"]


@pytest.fixture(scope="module")
def challenged(driver, market, arbiter, trainers, mallory, deposit_for):
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, report_of([1, 2, 4], WAD // 3))
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    return task_id


@pytest.fixture
def lapses_at(driver, market, challenged):
    return driver.round(challenged, 0)["disputedAt"] + market.ARBITRATION_WINDOW()


def test_unknown(driver, market, dave, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.lapse(9, 0, {"from": dave})


def test_not_challenged(market, challenged, dave, reverts_with):
    with reverts_with("TaskMarket_NotChallenged", challenged, 1):
        market.lapse(challenged, 1, {"from": dave})


def test_early(market, challenged, lapses_at, dave, at, reverts_with):
    at(lapses_at - 1)

    with reverts_with("TaskMarket_OutsideWindow", lapses_at - 1, lapses_at, 0):
        market.lapse(challenged, 0, {"from": dave})


@pytest.mark.parametrize("late", [0, 1])
def test_lapse(driver, market, vault, challenged, lapses_at, mallory, dave, at, late, solvent, reverts_with):
    at(lapses_at + late)

    tx = market.lapse(challenged, 0, {"from": dave})

    assert tx.events["DisputeEnded"] == {"taskId": challenged, "round": 0, "result": UPHELD}
    assert vault.freeOf(mallory) == BOND
    with reverts_with("TaskMarket_NotChallenged", challenged, 0):
        market.lapse(challenged, 0, {"from": dave})
    market.settle(challenged, 0, {"from": dave})
    assert vault.pot() == 0
