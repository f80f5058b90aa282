"""TaskMarket.cancel
- an unknown task, one that has started
- before the join window ends: by the owner, if nobody joined
- after it: by anyone, if too few joined
- everything escrowed becomes refundable, trainers leave whole, the committee is free
"""

import pytest

from tests.contracts.driver import CANCELLED, TERMS, TRAINING

ESCROW = TERMS["pool"] + 3 * TERMS["feePerRound"]


def test_unknown(driver, market, owner, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.cancel(9, {"from": owner})


def test_started(market, just_started, owner, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", just_started, TRAINING):
        market.cancel(just_started, {"from": owner})


def test_twice(market, joining, owner, reverts_with):
    market.cancel(joining, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", joining, CANCELLED):
        market.cancel(joining, {"from": owner})


def test_not_owner(driver, market, joining, not_owner, at, reverts_with):
    at(driver.task(joining)["joinEndsAt"] - 1)

    with reverts_with("TaskMarket_NotOwner", not_owner):
        market.cancel(joining, {"from": not_owner})


def test_joined(driver, market, joining, owner, alice, at, reverts_with):
    driver.join(joining, alice)
    at(driver.task(joining)["joinEndsAt"] - 1)

    with reverts_with("TaskMarket_TrainersJoined", 1):
        market.cancel(joining, {"from": owner})


def test_enough(driver, market, joining, owner, alice, bob, at, reverts_with):
    driver.join(joining, alice)
    driver.join(joining, bob)
    at(driver.task(joining)["joinEndsAt"])

    with reverts_with("TaskMarket_EnoughTrainers", 2, 2):
        market.cancel(joining, {"from": owner})


def test_by_the_owner(driver, market, joining, owner):
    tx = market.cancel(joining, {"from": owner})

    assert tx.events["TaskClosed"] == {"taskId": joining, "status": CANCELLED}
    assert market.statusOf(joining) == CANCELLED
    assert driver.task(joining)["refundable"] == ESCROW


@pytest.mark.parametrize("late", [0, 1])
def test_by_anyone(driver, market, vault, committees, reward_token, joining, owner, alice, mallory, at, late, solvent):
    driver.join(joining, alice)
    at(driver.task(joining)["joinEndsAt"] + late)

    market.cancel(joining, {"from": mallory})

    market.refund(joining, owner, {"from": owner})
    market.leave(joining, {"from": alice})
    market.close(joining, {"from": mallory})
    assert reward_token.balanceOf(owner) == ESCROW
    assert reward_token.balanceOf(market) == 0
    assert vault.freeOf(alice) == TERMS["unitStake"]
    assert committees.committeeOf(driver.committee_id).dict()["openTasks"] == 0
