"""TaskMarket.submitUpdate
- an unknown task, one that is joining or over; another round than the current; a stranger: refused
- zero digest, twice: refused; the same digest by another trainer: fine (R15)
- legal until closesAt (-1, 0, +1 s); closes when the last has submitted, and voting begins
"""

import pytest

from tests.contracts.constants import WAD, ZERO_DIGEST
from tests.contracts.driver import COMMITTING, COMPLETED, JOINING, TERMS, digest_of, report_of

DIGEST = digest_of("update")


def test_unknown(driver, market, alice, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.submitUpdate(9, 0, DIGEST, {"from": alice})


def test_joining(market, joining, alice, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", joining, JOINING):
        market.submitUpdate(joining, 0, DIGEST, {"from": alice})


def test_over(market, training, owner, alice, reverts_with):
    market.end(training, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", training, COMPLETED):
        market.submitUpdate(training, 0, DIGEST, {"from": alice})


def test_future_round(market, training, alice, reverts_with):
    with reverts_with("TaskMarket_WrongRound", training, 0, 1):
        market.submitUpdate(training, 1, DIGEST, {"from": alice})


def test_past_round(driver, market, training, trainers, alice, reverts_with):
    driver.play(training, report_of([1, 1, 1], WAD // 2), submitters=trainers)

    with reverts_with("TaskMarket_WrongRound", training, 1, 0):
        market.submitUpdate(training, 0, DIGEST, {"from": alice})


def test_not_trainer(market, training, not_trainer, reverts_with):
    with reverts_with("TaskMarket_NotTrainer", training, not_trainer):
        market.submitUpdate(training, 0, DIGEST, {"from": not_trainer})


def test_zero_digest(market, training, alice, reverts_with):
    with reverts_with("TaskMarket_ZeroDigest"):
        market.submitUpdate(training, 0, ZERO_DIGEST, {"from": alice})


def test_twice(market, training, alice, reverts_with):
    market.submitUpdate(training, 0, DIGEST, {"from": alice})

    with reverts_with("TaskMarket_AlreadySubmitted", training, 0, alice):
        market.submitUpdate(training, 0, digest_of("another"), {"from": alice})


def test_same_digest(driver, market, training, trainers):
    for trainer in trainers:
        market.submitUpdate(training, 0, DIGEST, {"from": trainer})

    assert driver.round(training)["submitted"] == 3


def test_before_it_closes(driver, market, training, bob, at):
    at(driver.round(training)["closesAt"] - 1)

    tx = market.submitUpdate(training, 0, DIGEST, {"from": bob})

    assert tx.events["UpdateSubmitted"] == {
        "taskId": training,
        "round": 0,
        "trainer": bob,
        "index": 1,
        "digest": "0x" + DIGEST.hex(),
    }
    assert driver.round(training)["submitted"] == 1
    assert market.trainerAt(training, 1).dict()["submittedRounds"] == 1


@pytest.mark.parametrize("late", [0, 1])
def test_after_it_closed(driver, market, training, bob, at, late, reverts_with):
    facts = driver.round(training)
    at(facts["closesAt"] + late)

    with reverts_with("TaskMarket_OutsideWindow", facts["closesAt"] + late, facts["openedAt"], facts["closesAt"]):
        market.submitUpdate(training, 0, DIGEST, {"from": bob})


def test_last_one_closes(driver, market, training, trainers):
    opened_at = driver.round(training)["openedAt"]
    assert driver.round(training)["closesAt"] == opened_at + TERMS["submitWindow"]

    driver.submit(training, trainers[:2])
    assert driver.round(training)["closesAt"] == opened_at + TERMS["submitWindow"]
    tx = market.submitUpdate(training, 0, DIGEST, {"from": trainers[2]})

    facts = driver.round(training)
    assert facts["closesAt"] == tx.timestamp
    assert facts["commitEndsAt"] == tx.timestamp + TERMS["commitWindow"]
    assert facts["openEndsAt"] == tx.timestamp + 2 * TERMS["commitWindow"]
    assert facts["voteEndsAt"] == tx.timestamp + TERMS["voteWindow"]
    assert market.phaseOf(training) == COMMITTING


def test_in_the_second_of_the_opening(driver, market, alice, at, deposit_for):
    """A trainer who is alone may join, start and submit in one second: the round closes then, not a window later."""
    task_id = driver.post(maxTrainers=1, minTrainers=1)
    deposit_for(alice, TERMS["unitStake"])
    calls = [market.join.encode_input(task_id, 1, DIGEST), market.submitUpdate.encode_input(task_id, 0, DIGEST)]

    tx = market.multicall(calls, {"from": alice})

    assert driver.round(task_id)["openedAt"] == driver.round(task_id)["closesAt"] == tx.timestamp
