"""A task from post to close, three rounds, everybody paid: in the end the market holds nothing of any token.

Round 0: alice and bob score, carol harms. Round 1: alice scores, bob nothing, carol misses; a member is silent.
Round 2: target reached, all submit; a member votes for another report.
"""

from tests.contracts.constants import BPS, FAULT_PENALTY, SEAT_STAKE, WAD
from tests.contracts.driver import COMPLETED, TERMS, TRAINING, report_of
from tests.contracts.score_tree import HARMFUL, MISSED, share

UNITS = (1, 2, 4)
SCORES = ([5, 7, HARMFUL], [3, 0, MISSED], [1, 1, 1])
PROGRESS = (WAD // 3, WAD // 2, WAD)


def test_three_rounds(
    driver, market, vault, committees, stake_token, reward_token, owner, oracles, alice, bob, carol, mallory, solvent
):
    trainers = (alice, bob, carol)
    task_id = driver.started(trainers, units=UNITS)
    assert market.statusOf(task_id) == TRAINING

    reports = [report_of(scores, progress) for scores, progress in zip(SCORES, PROGRESS, strict=True)]
    driver.play(task_id, reports[0], submitters=trainers, workers=oracles)
    driver.play(task_id, reports[1], submitters=(alice, bob), workers=oracles[:3], members=oracles[:3])
    driver.submit(task_id, trainers)
    driver.pass_time(driver.round(task_id)["closesAt"])
    driver.commit(task_id, oracles)
    driver.open(task_id, oracles)
    driver.vote(task_id, oracles[3:], report_of([9, 9, 9], WAD))
    driver.vote(task_id, oracles[:3], reports[2])
    driver.reveal(task_id, reports[2])
    assert market.statusOf(task_id) == COMPLETED
    for round_ in range(3):
        driver.settle(task_id, round_, by=mallory)

    rewards = [0, 0, 0]
    for index, trainer in enumerate(trainers):
        claims = [driver.claim_of(task_id, round_, SCORES[round_], index) for round_ in range(3)]
        market.claim(task_id, claims, trainer, {"from": trainer})
        rewards[index] = reward_token.balanceOf(trainer)
    for member in oracles:
        market.claimFees(task_id, [0, 1, 2], member, {"from": member})
    market.refund(task_id, owner, {"from": owner})
    for trainer in trainers:
        market.leave(task_id, {"from": trainer})
    market.close(task_id, {"from": mallory})

    pool, fee, miss = TERMS["pool"], TERMS["feePerRound"], TERMS["missPenalty"]
    bases = [
        pool * PROGRESS[0] // WAD,
        pool * (PROGRESS[1] - PROGRESS[0]) // WAD,
        pool * (PROGRESS[2] - PROGRESS[1]) // WAD,
    ]
    expected = [
        sum(share(basis, scores[index], scores) for basis, scores in zip(bases, SCORES, strict=True))
        for index in range(3)
    ]
    assert rewards == expected
    harm = 4 * TERMS["unitStake"] * TERMS["harmPenaltyBps"] // BPS
    unit = TERMS["unitStake"]
    assert vault.freeOf(alice) == unit + share(harm, 5, SCORES[0]) + miss // 2
    assert vault.freeOf(bob) == 2 * unit + share(harm, 7, SCORES[0]) + miss // 2
    assert vault.freeOf(carol) == 4 * unit - harm - miss
    earned = fee // 4 + fee // 3 + fee // 3
    assert [reward_token.balanceOf(member) for member in oracles] == [earned] * 3 + [fee // 4]
    assert [vault.freeOf(member) for member in oracles] == [2 * (FAULT_PENALTY // 3)] * 3 + [0]
    assert vault.lockedOf(oracles[3]) == SEAT_STAKE - 2 * FAULT_PENALTY
    assert reward_token.balanceOf(owner) == pool + 3 * fee - sum(expected) - 3 * earned - fee // 4
    assert reward_token.balanceOf(market) == stake_token.balanceOf(market) == 0
    assert vault.pot() == 0
    assert committees.committeeOf(driver.committee_id).dict()["openTasks"] == 0
