"""TaskMarket.join
- an unknown task, one that has started, one past its join window (-1, 0, +1 s)
- units 0 and above the cap, no recipient, twice, without a deposit: refused
- locks the stake, numbers trainers in their order; the last seat starts the task
"""

import pytest

from tests.contracts.constants import ZERO_DIGEST
from tests.contracts.driver import JOINING, SUBMITTING, TERMS, TRAINING, digest_of

KEY = digest_of("age key")
UNIT = TERMS["unitStake"]


@pytest.fixture(scope="module")
def rich_alice(alice, deposit_for):
    deposit_for(alice, 10 * UNIT)
    return alice


def test_unknown(market, driver, rich_alice, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.join(9, 1, KEY, {"from": rich_alice})


def test_started(market, just_started, dave, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", just_started, TRAINING):
        market.join(just_started, 1, KEY, {"from": dave})


def test_before_the_window_ends(driver, market, joining, rich_alice, at):
    at(driver.task(joining)["joinEndsAt"] - 1)
    market.join(joining, 1, KEY, {"from": rich_alice})


@pytest.mark.parametrize("late", [0, 1])
def test_after_the_window(driver, market, joining, rich_alice, at, late, reverts_with):
    ends_at = driver.task(joining)["joinEndsAt"]
    at(ends_at + late)

    with reverts_with("TaskMarket_OutsideWindow", ends_at + late, 0, ends_at):
        market.join(joining, 1, KEY, {"from": rich_alice})


@pytest.mark.parametrize("units", [0, 5, 65535])
def test_bad_units(market, joining, rich_alice, units, reverts_with):
    with reverts_with("TaskMarket_BadUnits", units, 4):
        market.join(joining, units, KEY, {"from": rich_alice})


def test_zero_recipient(market, joining, rich_alice, reverts_with):
    with reverts_with("TaskMarket_ZeroRecipient"):
        market.join(joining, 1, ZERO_DIGEST, {"from": rich_alice})


def test_twice(market, joining, rich_alice, reverts_with):
    market.join(joining, 1, KEY, {"from": rich_alice})

    with reverts_with("TaskMarket_AlreadyJoined", joining, rich_alice):
        market.join(joining, 1, KEY, {"from": rich_alice})


def test_free_too_small(market, joining, dave, deposit_for, reverts_with):
    deposit_for(dave, 2 * UNIT - 1)

    with reverts_with("StakeVault_FreeTooSmall", dave, 2 * UNIT - 1, 2 * UNIT):
        market.join(joining, 2, KEY, {"from": dave})


@pytest.mark.parametrize("units", [1, 4])
def test_join(market, vault, joining, rich_alice, units):
    tx = market.join(joining, units, KEY, {"from": rich_alice})

    assert tx.events["TrainerJoined"] == {
        "taskId": joining,
        "trainer": rich_alice,
        "index": 0,
        "units": units,
        "recipient": "0x" + KEY.hex(),
    }
    assert vault.lockedBy(market, rich_alice) == units * UNIT
    assert market.trainerNumberOf(joining, rich_alice) == 1
    assert market.trainerAt(joining, 0) == (rich_alice, units, 0, 0, 0, False)
    assert market.statusOf(joining) == JOINING


def test_many_tasks_with_one_deposit(driver, market, vault, joining, rich_alice):
    for task_id in (joining, driver.post()):
        market.join(task_id, 4, KEY, {"from": rich_alice})

    assert vault.lockedBy(market, rich_alice) == 8 * UNIT


def test_last_seat_starts(driver, market, joining, trainers):
    driver.join(joining, trainers[0])
    driver.join(joining, trainers[1])
    assert driver.task(joining)["trainerCount"] == 2
    assert market.statusOf(joining) == JOINING

    tx = driver.join(joining, trainers[2])

    assert tx.events["RoundOpened"] == {"taskId": joining, "round": 0}
    assert market.statusOf(joining) == TRAINING
    assert market.phaseOf(joining) == SUBMITTING
    assert driver.round(joining)["openedAt"] == tx.timestamp
    assert [market.trainerNumberOf(joining, trainer) for trainer in trainers] == [1, 2, 3]
