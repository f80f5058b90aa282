"""TaskMarket.challenge
- an unknown task, a round that has not opened or is not revealed, no arbiter, twice: refused
- legal until the challenge window ends (-1, 0, +1 s)
- another price than the arbiter's, no free deposit for the bond: refused; a bond of nothing is fine
- locks the bond, opens a dispute with what the arbiter needs to know; an arbiter can't rule meanwhile
"""

import pytest
from eth_abi import encode

from tests.contracts.constants import WAD
from tests.contracts.driver import OPEN, TERMS, report_of

BOND = TERMS["challengeBond"]
GOOD = report_of([1, 2, 4], WAD // 3)


@pytest.fixture(scope="module")
def revealed(driver, arbiter, trainers, mallory, deposit_for):
    """Round 0 is revealed, round 1 open; mallory has the bond."""
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, GOOD)
    deposit_for(mallory, BOND)
    return task_id


def test_unknown(driver, market, mallory, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.challenge(9, 0, {"from": mallory})


def test_unopened_round(market, revealed, mallory, reverts_with):
    with reverts_with("TaskMarket_WrongRound", revealed, 1, 2):
        market.challenge(revealed, 2, {"from": mallory})


def test_not_revealed(market, revealed, mallory, reverts_with):
    with reverts_with("TaskMarket_NotRevealed", revealed, 1):
        market.challenge(revealed, 1, {"from": mallory})


def test_no_arbiter(driver, market, trainers, mallory, reverts_with):
    task_id = driver.started(trainers)
    driver.play(task_id, GOOD)

    with reverts_with("TaskMarket_NoArbiter", task_id):
        market.challenge(task_id, 0, {"from": mallory})


def test_twice(market, arbiter, revealed, mallory, owner, reverts_with):
    market.challenge(revealed, 0, {"from": mallory})

    with reverts_with("TaskMarket_AlreadyChallenged", revealed, 0):
        market.challenge(revealed, 0, {"from": mallory})
    arbiter.giveRuling(market, 1, 0, {"from": owner})
    with reverts_with("TaskMarket_AlreadyChallenged", revealed, 0):
        market.challenge(revealed, 0, {"from": mallory})


@pytest.mark.parametrize("late", [0, 1])
def test_late(driver, market, revealed, mallory, at, late, reverts_with):
    revealed_at = driver.round(revealed, 0)["revealedAt"]
    ends_at = revealed_at + TERMS["challengeWindow"]
    at(ends_at + late)

    with reverts_with("TaskMarket_OutsideWindow", ends_at + late, revealed_at, ends_at):
        market.challenge(revealed, 0, {"from": mallory})


def test_in_time(driver, market, revealed, mallory, at):
    at(driver.round(revealed, 0)["revealedAt"] + TERMS["challengeWindow"] - 1)

    market.challenge(revealed, 0, {"from": mallory})

    assert driver.round(revealed, 0)["dispute"] == OPEN


@pytest.mark.parametrize("given", [0, 6, 8])
def test_cost(market, arbiter, revealed, mallory, given, reverts_with):
    arbiter.setCost(7, {"from": mallory})

    with reverts_with("TaskMarket_ArbitrationCost", 7, given):
        market.challenge(revealed, 0, {"from": mallory, "value": given})


def test_no_bond(market, revealed, dave, reverts_with):
    with reverts_with("StakeVault_FreeTooSmall", dave, 0, BOND):
        market.challenge(revealed, 0, {"from": dave})


def test_free_of_bond(driver, market, arbiter, trainers, dave):
    task_id = driver.started(trainers, arbiter=arbiter, challengeBond=0)
    driver.play(task_id, GOOD)

    market.challenge(task_id, 0, {"from": dave})

    assert driver.round(task_id, 0)["challenger"] == dave


def test_challenge(driver, market, vault, arbiter, revealed, mallory, chain):
    arbiter.setCost(7, {"from": mallory})
    free = vault.freeOf(mallory)

    tx = market.challenge(revealed, 0, {"from": mallory, "value": 7})

    assert tx.return_value == 1
    assert tx.events["RoundChallenged"] == {
        "taskId": revealed,
        "round": 0,
        "challenger": mallory,
        "disputeId": 1,
    }
    assert vault.freeOf(mallory) == free - BOND
    assert vault.lockedBy(market, mallory) == BOND
    assert arbiter.balance() == 7
    assert market.balance() == 0
    assert arbiter.choices() == 2
    extra_data = encode(["address", "uint256", "uint256"], [market.address, revealed, 0])
    assert arbiter.extraData() == "0x" + extra_data.hex()
    facts = driver.round(revealed, 0)
    assert (facts["dispute"], facts["challenger"], facts["disputedAt"]) == (OPEN, mallory, tx.timestamp)


def test_eager_arbiter(market, arbiter, revealed, mallory, reverts_with):
    arbiter.setEager(True, {"from": mallory})

    with reverts_with("ReentrancyGuardReentrantCall"):
        market.challenge(revealed, 0, {"from": mallory})
