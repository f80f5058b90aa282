"""TaskMarket.start
- an unknown task, one that has started; too early (-1, 0, +1 s); too few trainers: refused
- anyone may
"""

import pytest

from tests.contracts.driver import TRAINING


@pytest.fixture(scope="module")
def two_joined(driver, alice, bob):
    task_id = driver.post()
    driver.join(task_id, alice)
    driver.join(task_id, bob)
    return task_id


def test_unknown(driver, market, mallory, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.start(9, {"from": mallory})


def test_started(market, just_started, mallory, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", just_started, TRAINING):
        market.start(just_started, {"from": mallory})


def test_early(driver, market, two_joined, mallory, at, reverts_with):
    ends_at = driver.task(two_joined)["joinEndsAt"]
    at(ends_at - 1)

    with reverts_with("TaskMarket_OutsideWindow", ends_at - 1, ends_at, 0):
        market.start(two_joined, {"from": mallory})


def test_too_few(driver, market, joining, alice, mallory, at, reverts_with):
    driver.join(joining, alice)
    at(driver.task(joining)["joinEndsAt"])

    with reverts_with("TaskMarket_TooFewTrainers", 1, 2):
        market.start(joining, {"from": mallory})


@pytest.mark.parametrize("late", [0, 1])
def test_start(driver, market, two_joined, mallory, at, late):
    starts_at = driver.task(two_joined)["joinEndsAt"] + late
    at(starts_at)

    tx = market.start(two_joined, {"from": mallory})

    assert tx.events["RoundOpened"] == {"taskId": two_joined, "round": 0}
    assert market.statusOf(two_joined) == TRAINING
    assert driver.round(two_joined)["openedAt"] == starts_at
