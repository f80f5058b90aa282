"""An owner who cancels, ends or expires at the right moment would have the work and keep the pool.

- cancel: only before the first join, or when too few came
- end: takes effect behind the round in which somebody has submitted, which is paid like any other
- what rounds have released stays theirs; a refund is what is left, once
"""

from tests.contracts.constants import WAD
from tests.contracts.driver import COMPLETED, TERMS, TRAINING, report_of
from tests.contracts.score_tree import share

from .conftest import SCORES

POOL, FEE = TERMS["pool"], TERMS["feePerRound"]


def test_cancel_after_a_join(driver, market, alice, owner, reverts_with):
    task_id = driver.post()
    driver.join(task_id, alice)

    with reverts_with("TaskMarket_TrainersJoined", 1):
        market.cancel(task_id, {"from": owner})


def test_cancel_after_the_start(driver, market, trainers, owner, reverts_with):
    task_id = driver.started(trainers)

    with reverts_with("TaskMarket_WrongStatus", task_id, TRAINING):
        market.cancel(task_id, {"from": owner})


def test_cancel_with_enough_trainers(driver, market, alice, bob, owner, reverts_with):
    """He waits with `start` until the window is over: anyone may start it then, and nobody cancel it."""
    task_id = driver.post(minTrainers=2)
    for trainer in (alice, bob):
        driver.join(task_id, trainer)
    driver.pass_time(driver.task(task_id)["joinEndsAt"])

    with reverts_with("TaskMarket_EnoughTrainers", 2, 2):
        market.cancel(task_id, {"from": owner})
    market.start(task_id, {"from": alice})


def test_end_after_a_submission(driver, market, reward_token, trainers, owner):
    """He has seen that the updates are in; the round is scored and paid all the same."""
    task_id = driver.started(trainers)
    driver.submit(task_id, trainers[:1])
    market.end(task_id, {"from": owner})
    assert market.statusOf(task_id) == TRAINING
    assert driver.task(task_id)["refundable"] == 0

    driver.play(task_id, report_of(SCORES, WAD // 3), submitters=trainers[1:])
    driver.settle(task_id, 0)
    market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, 2)], trainers[2], {"from": trainers[2]})

    assert market.statusOf(task_id) == COMPLETED
    assert reward_token.balanceOf(trainers[2]) == share(POOL * (WAD // 3) // WAD, 4, SCORES)


def test_end_takes_nothing_back(driver, market, reward_token, trainers, owner, reverts_with):
    """Round 0 is revealed and not final yet: what it released is out of his reach."""
    task_id = driver.started(trainers)
    driver.play(task_id, report_of(SCORES, WAD // 3))
    released = driver.round(task_id, 0)["released"]
    market.end(task_id, {"from": owner})
    market.refund(task_id, owner, {"from": owner})

    assert reward_token.balanceOf(owner) == POOL - released + 2 * FEE
    with reverts_with("TaskMarket_NothingToClaim", task_id, owner):
        market.refund(task_id, owner, {"from": owner})
    driver.settle(task_id, 0)
    for index, trainer in enumerate(trainers):
        market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, index)], trainer, {"from": trainer})
    assert sum(reward_token.balanceOf(trainer) for trainer in trainers) == released
