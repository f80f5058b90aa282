"""TaskMarket.leave
- an unknown task, a stranger, before the end, before all rounds are settled, twice: refused
- gives back the stake less fines; without fines all of it
- after an overturned round the fine is not taken off twice: leave keeps it, claim gives it back
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, report_of
from tests.contracts.score_tree import HARMFUL, MISSED

UNIT, MISS, BOND = TERMS["unitStake"], TERMS["missPenalty"], TERMS["challengeBond"]


def test_unknown(driver, market, alice, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.leave(9, {"from": alice})


def test_not_trainer(market, training, owner, not_trainer, reverts_with):
    market.end(training, {"from": owner})

    with reverts_with("TaskMarket_NotTrainer", training, not_trainer):
        market.leave(training, {"from": not_trainer})


def test_joining(driver, market, joining, alice, reverts_with):
    driver.join(joining, alice)

    with reverts_with("TaskMarket_StillOpen", joining):
        market.leave(joining, {"from": alice})


def test_training(market, training, alice, reverts_with):
    with reverts_with("TaskMarket_StillOpen", training):
        market.leave(training, {"from": alice})


def test_unsettled(driver, market, training, alice, reverts_with):
    driver.play(training, report_of([1, 1, 1], WAD))

    with reverts_with("TaskMarket_StillOpen", training):
        market.leave(training, {"from": alice})
    driver.settle(training, 0)
    market.leave(training, {"from": alice})


def test_twice(market, training, owner, alice, reverts_with):
    market.end(training, {"from": owner})
    market.leave(training, {"from": alice})

    with reverts_with("TaskMarket_AlreadyLeft", training, alice):
        market.leave(training, {"from": alice})


def test_whole(market, vault, training, owner, bob, solvent):
    market.end(training, {"from": owner})
    free = vault.freeOf(bob)

    tx = market.leave(training, {"from": bob})

    assert tx.events["StakeReturned"] == {"taskId": training, "trainer": bob, "amount": 2 * UNIT}
    assert vault.freeOf(bob) == free + 2 * UNIT
    assert market.trainerAt(training, 1) == (bob, 2, 0, 0, 0, True)


@pytest.mark.parametrize("words", [(MISSED, MISSED, 1), (HARMFUL, 1, HARMFUL), (MISSED, HARMFUL, MISSED)])
def test_fined(driver, market, vault, trainers, carol, words, solvent):
    before = vault.lockedBy(market, carol)
    task_id = driver.started(trainers, units=(1, 2, 3))
    for progress, word in zip((WAD // 3, WAD // 2, WAD), words, strict=True):
        driver.play(task_id, report_of([1, 1, word], progress))
    for round_ in range(3):
        driver.settle(task_id, round_)

    tx = market.leave(task_id, {"from": carol})

    fines = words.count(MISSED) * MISS + words.count(HARMFUL) * (3 * UNIT // 10)
    assert tx.events["StakeReturned"]["amount"] == 3 * UNIT - fines
    assert vault.lockedBy(market, carol) == before


def test_overturned(driver, market, vault, arbiter, trainers, carol, mallory, deposit_for, solvent):
    before = vault.depositOf(carol)
    task_id = driver.started(trainers, units=(1, 2, 3), arbiter=arbiter)
    scores = [1, 1, MISSED]
    driver.play(task_id, report_of(scores, WAD // 3))
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    arbiter.giveRuling(market, arbiter.disputeCount(), 2, {"from": mallory})
    driver.settle(task_id, 0)

    market.leave(task_id, {"from": carol})
    assert vault.depositOf(carol) == before + 3 * UNIT - MISS
    market.claim(task_id, [driver.claim_of(task_id, 0, scores, 2)], carol, {"from": carol})

    assert vault.depositOf(carol) == before + 3 * UNIT
