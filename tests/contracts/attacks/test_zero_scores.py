"""A round in which nobody scored would divide by zero and lock the pool, or pay progress to nobody.

- all zero, all negative, all missing, and mixtures: nothing is released, the pool stays the owner's
- fines are taken only when there is somebody to have them; every wei of stake comes back or finds its receiver (I5)
"""

import pytest

from tests.contracts.constants import BPS, WAD
from tests.contracts.driver import COMPLETED, TERMS, report_of
from tests.contracts.score_tree import HARMFUL, MISSED

UNIT, MISS = TERMS["unitStake"], TERMS["missPenalty"]
HARM = UNIT * TERMS["harmPenaltyBps"] // BPS
NOBODY = {
    "all zero": ([0, 0, 0], [0, 0, 0]),
    "all negative": ([HARMFUL] * 3, [0, 0, 0]),
    "all missing": ([MISSED] * 3, [0, 0, 0]),
    "zero and negative": ([0, HARMFUL, 0], [0, 0, 0]),
    "negative and missing": ([HARMFUL, MISSED, HARMFUL], [MISS // 2, -MISS, MISS // 2]),
    "zero and missing": ([0, MISSED, MISSED], [2 * MISS, -MISS, -MISS]),
}


@pytest.mark.parametrize("scores, gains", NOBODY.values(), ids=NOBODY.keys())
def test_nobody_scored(driver, market, vault, reward_token, trainers, owner, oracles, scores, gains, solvent):
    task_id = driver.started(trainers)
    driver.play(task_id, report_of(scores, WAD), workers=oracles)
    driver.settle(task_id, 0)
    claims = [driver.claim_of(task_id, 0, scores, index) for index in range(3)]
    for index, trainer in enumerate(trainers):
        if gains[index] > 0:
            market.claim(task_id, [claims[index]], trainer, {"from": trainer})
        market.leave(task_id, {"from": trainer})
    market.refund(task_id, owner, {"from": owner})

    assert market.statusOf(task_id) == COMPLETED
    assert driver.round(task_id, 0)["released"] == driver.task(task_id)["released"] == 0
    assert [vault.freeOf(trainer) - UNIT for trainer in trainers] == gains
    assert vault.freeOf(owner) == -sum(gains)
    assert reward_token.balanceOf(owner) == TERMS["pool"] + 2 * TERMS["feePerRound"] + TERMS["feePerRound"] % 4
    assert vault.pot() == 0


def test_nobody_can_claim_of_it(driver, market, trainers, reverts_with):
    task_id = driver.started(trainers)
    scores = [0, HARMFUL, 0]
    driver.play(task_id, report_of(scores, WAD))
    driver.pass_time(driver.final_at(task_id, 0))

    for index, trainer in enumerate(trainers):
        with reverts_with("TaskMarket_NothingToClaim", task_id, trainer):
            market.claim(task_id, [driver.claim_of(task_id, 0, scores, index)], trainer, {"from": trainer})


def test_progress_of_a_round_nobody_scored_is_not_paid_later(driver, market, trainers):
    """It counts as made: the next round is paid for what it adds, and the rest of the pool goes back to the owner."""
    task_id = driver.started(trainers)
    driver.play(task_id, report_of([0, 0, 0], WAD // 2))
    driver.play(task_id, report_of([1, 0, 0], WAD))

    assert driver.task(task_id)["released"] == TERMS["pool"] // 2


def test_one_harmful_with_one_scorer(driver, market, vault, trainers, solvent):
    task_id = driver.started(trainers)
    scores = [HARMFUL, 1, 0]
    driver.play(task_id, report_of(scores, WAD))
    driver.settle(task_id, 0)
    market.claim(task_id, [driver.claim_of(task_id, 0, scores, 1)], trainers[1], {"from": trainers[1]})
    for trainer in trainers:
        market.leave(task_id, {"from": trainer})

    assert [vault.freeOf(trainer) - UNIT for trainer in trainers] == [-HARM, HARM, 0]
