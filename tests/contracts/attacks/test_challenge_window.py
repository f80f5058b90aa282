"""A colluding quorum would take the pool, and the honest members' stakes, if what it reveals were final at once.

- nobody draws anything before the challenge window and the votes have ended, or under a dispute (R6b)
- overturned: the release is the owner's again, the colluders lose their seats, who voted against them loses nothing
- a challenge that is wrong costs its bond, one that nobody answers costs nothing; neither holds a round up for ever
- only the task's own arbiter rules, once, on the dispute that was brought to him
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, SEAT_STAKE, WAD
from tests.contracts.driver import FAILED, OVERTURNED, TERMS, UPHELD, report_of
from tests.contracts.score_tree import MISSED

POOL, FEE, BOND = TERMS["pool"], TERMS["feePerRound"], TERMS["challengeBond"]
LIE = [1, MISSED, MISSED]
THEFT = report_of(LIE, WAD)


@pytest.fixture
def stolen(driver, market, arbiter, trainers, oracles, mallory, deposit_for):
    """Three of four give the whole pool to alice; the fourth votes for the truth. mallory has the bond."""
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.submit(task_id, trainers)
    driver.vote(task_id, oracles[3:], report_of([0, 1, 1], WAD // 9))
    driver.vote(task_id, oracles[:3], THEFT)
    driver.reveal(task_id, THEFT)
    deposit_for(mallory, BOND)
    return task_id


def test_nothing_before_the_window_ends(driver, market, stolen, alice, oracles, at, reverts_with):
    claims = [driver.claim_of(stolen, 0, LIE, 0)]
    at(driver.final_at(stolen, 0) - 1)
    with reverts_with("TaskMarket_NotFinal", stolen, 0):
        market.claim(stolen, claims, alice, {"from": alice})
    at(driver.final_at(stolen, 0) - 1)
    with reverts_with("TaskMarket_NotFinal", stolen, 0):
        market.settle(stolen, 0, {"from": oracles[0]})


def test_nothing_under_dispute(driver, market, stolen, alice, mallory, reverts_with):
    market.challenge(stolen, 0, {"from": mallory})
    driver.pass_time(driver.final_at(stolen, 0))

    with reverts_with("TaskMarket_NotFinal", stolen, 0):
        market.claim(stolen, [driver.claim_of(stolen, 0, LIE, 0)], alice, {"from": alice})


def test_overturned(driver, market, vault, reward_token, arbiter, stolen, trainers, oracles, owner, mallory, solvent):
    market.challenge(stolen, 0, {"from": mallory})
    arbiter.giveRuling(market, arbiter.disputeCount(), 2, {"from": mallory})
    driver.settle(stolen, 0)
    for index, trainer in enumerate(trainers[1:], start=1):
        market.claim(stolen, [driver.claim_of(stolen, 0, LIE, index)], trainer, {"from": trainer})
    for trainer in trainers:
        market.leave(stolen, {"from": trainer})
    market.refund(stolen, owner, {"from": owner})

    assert driver.round(stolen, 0)["dispute"] == OVERTURNED
    assert reward_token.balanceOf(owner) == POOL + 3 * FEE
    assert [vault.freeOf(trainer) for trainer in trainers] == [TERMS["unitStake"]] * 3
    assert [vault.lockedOf(member) for member in oracles] == [0, 0, 0, SEAT_STAKE]
    assert vault.freeOf(mallory) == BOND + 3 * SEAT_STAKE // 2
    assert vault.freeOf(owner) == 3 * SEAT_STAKE - 3 * SEAT_STAKE // 2


def test_fails_a_running_task(driver, market, arbiter, trainers, oracles, mallory, deposit_for):
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, report_of(LIE, WAD // 3))
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    arbiter.giveRuling(market, arbiter.disputeCount(), 2, {"from": mallory})

    assert market.statusOf(task_id) == FAILED
    assert driver.task(task_id)["refundable"] == POOL + 2 * FEE


def test_wrong_challenge_pays_the_voters(driver, market, vault, arbiter, stolen, oracles, mallory, solvent):
    market.challenge(stolen, 0, {"from": mallory})
    arbiter.giveRuling(market, arbiter.disputeCount(), 1, {"from": mallory})
    driver.settle(stolen, 0)

    assert driver.round(stolen, 0)["dispute"] == UPHELD
    assert driver.round(stolen, 0)["slashShare"] == (BOND + FAULT_PENALTY) // 3
    assert vault.depositOf(mallory) == 0


def test_challenge_that_nobody_answers(driver, market, vault, stolen, alice, mallory, solvent):
    """Held up for the arbitration window, and no longer: anyone ends it."""
    market.challenge(stolen, 0, {"from": mallory})
    driver.pass_time(driver.round(stolen, 0)["disputedAt"] + market.ARBITRATION_WINDOW())
    market.lapse(stolen, 0, {"from": alice})
    market.settle(stolen, 0, {"from": alice})

    assert vault.freeOf(mallory) == BOND


def test_a_second_challenge(driver, market, stolen, alice, mallory, deposit_for, reverts_with):
    market.challenge(stolen, 0, {"from": mallory})
    deposit_for(alice, BOND)

    with reverts_with("TaskMarket_AlreadyChallenged", stolen, 0):
        market.challenge(stolen, 0, {"from": alice})


def test_ruling_by_another_arbiter(ArbiterDouble, market, arbiter, stolen, mallory, reverts_with):
    market.challenge(stolen, 0, {"from": mallory})
    number = arbiter.disputeCount()
    other = ArbiterDouble.deploy({"from": mallory})

    with reverts_with("TaskMarket_NotArbiter", other, number):
        other.giveRuling(market, number, 2, {"from": mallory})
    with reverts_with("TaskMarket_NotArbiter", mallory, number):
        market.rule(number, 2, {"from": mallory})


def test_ruling_twice(market, arbiter, stolen, mallory, reverts_with):
    market.challenge(stolen, 0, {"from": mallory})
    number = arbiter.disputeCount()
    arbiter.giveRuling(market, number, 2, {"from": mallory})

    with reverts_with("TaskMarket_NotChallenged", stolen, 0):
        arbiter.giveRuling(market, number, 2, {"from": mallory})
