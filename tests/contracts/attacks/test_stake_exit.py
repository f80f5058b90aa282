"""Who takes his stake out while it still answers for something would miss, harm and lie for nothing.

- the locked part of a deposit cannot be withdrawn, nor pledged twice, nor paid out to another account
- a trainer leaves when the task is closed and all its rounds are settled, a challenger when his dispute has ended
- only the two books touch a lock; what was slashed is gone before anybody can leave
"""

import pytest

from tests.contracts.constants import SEAT_STAKE, WAD
from tests.contracts.driver import TERMS, digest_of, report_of
from tests.contracts.score_tree import MISSED

UNIT = TERMS["unitStake"]


def test_trainer_withdraws(driver, vault, training, alice, reverts_with):
    for receiver in (alice, vault):
        with reverts_with("StakeVault_FreeTooSmall", alice, 0, UNIT):
            vault.withdraw(receiver, UNIT, {"from": alice})


@pytest.fixture
def training(driver, trainers):
    return driver.started(trainers)


def test_trainer_pledges_twice(driver, market, vault, training, alice, reverts_with):
    other_id = driver.post()

    with reverts_with("StakeVault_FreeTooSmall", alice, 0, UNIT):
        market.join(other_id, 1, digest_of("age key"), {"from": alice})


def test_trainer_leaves_early(driver, market, training, alice, owner, reverts_with):
    with reverts_with("TaskMarket_StillOpen", training):
        market.leave(training, {"from": alice})
    driver.play(training, report_of([MISSED, 1, 1], WAD))
    with reverts_with("TaskMarket_StillOpen", training):
        market.leave(training, {"from": alice})
    driver.settle(training, 0)

    market.leave(training, {"from": alice})

    assert driver.vault.freeOf(alice) == UNIT - TERMS["missPenalty"]


def test_challenger_withdraws(driver, market, vault, arbiter, trainers, mallory, deposit_for, reverts_with):
    bond = TERMS["challengeBond"]
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, report_of([1, 1, 1], WAD))
    deposit_for(mallory, bond)
    market.challenge(task_id, 0, {"from": mallory})

    with reverts_with("StakeVault_FreeTooSmall", mallory, 0, bond):
        vault.withdraw(mallory, bond, {"from": mallory})


def test_member_withdraws(vault, committees, driver, oracles, reverts_with):
    with reverts_with("StakeVault_FreeTooSmall", oracles[0], 0, SEAT_STAKE):
        vault.withdraw(oracles[0], SEAT_STAKE, {"from": oracles[0]})
    with reverts_with("Committees_NotRetired", driver.committee_id):
        committees.leave(driver.committee_id, {"from": oracles[0]})


@pytest.mark.parametrize("function", ["lock", "unlock", "slash", "credit"])
def test_nobody_else_touches_a_lock(vault, training, alice, not_market, function, reverts_with):
    with reverts_with("StakeVault_NotBook", not_market):
        getattr(vault, function)(alice, 1, {"from": not_market})


def test_stake_of_one_task_does_not_answer_for_another(driver, market, vault, training, alice, bob, owner, solvent):
    """alice loses in one task; what she has in the other comes back whole (I10)."""
    other_id = driver.started([alice, bob])
    driver.play(training, report_of([MISSED, 1, 1], WAD))
    driver.settle(training, 0)
    market.end(other_id, {"from": owner})

    market.leave(other_id, {"from": alice})

    assert vault.freeOf(alice) == UNIT
    assert vault.lockedOf(alice) == UNIT - TERMS["missPenalty"]
