"""TaskMarket.claimExpired
- an unknown task, one that has not failed, one that failed otherwise, an unrevealed quorum: nothing to claim
- each submitter of the expired round once; a trainer who did not submit, a stranger: refused
- when nobody submitted, each voter once; a member who did not vote, a stranger: refused
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, WAD
from tests.contracts.driver import ABORTED, TERMS, report_of

GOOD = report_of([1, 1, 1], WAD // 3)


@pytest.fixture
def expired(driver, market, training, mallory):
    """`expired(submitters, voters)`: the current round of the task has expired."""

    def expire(submitters=(), voters=(), report=GOOD):
        driver.submit(training, submitters)
        driver.pass_time(driver.round(training)["closesAt"])
        driver.vote(training, voters, report)
        driver.pass_time(driver.round(training)["voteEndsAt"] + TERMS["commitWindow"])
        market.expire(training, {"from": mallory})
        return training

    return expire


def test_unknown(driver, market, alice, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.claimExpired(9, {"from": alice})


def test_training(driver, market, training, alice, reverts_with):
    driver.submit(training, [alice])

    with reverts_with("TaskMarket_NothingToClaim", training, alice):
        market.claimExpired(training, {"from": alice})


def test_aborted(driver, market, training, alice, reverts_with):
    driver.play(training, report_of([], 0, ABORTED), submitters=[alice], members=driver.oracles[:3])
    driver.settle(training, 0)

    with reverts_with("TaskMarket_NothingToClaim", training, alice):
        market.claimExpired(training, {"from": alice})


def test_unrevealed_quorum(market, expired, oracles, alice, reverts_with):
    task_id = expired([alice], oracles[:3])

    with reverts_with("TaskMarket_NothingToClaim", task_id, alice):
        market.claimExpired(task_id, {"from": alice})


def test_submitters(market, vault, expired, alice, bob, carol, solvent, reverts_with):
    task_id = expired([alice, bob])
    before = vault.depositOf(alice)

    tx = market.claimExpired(task_id, {"from": alice})

    assert tx.events["RewardClaimed"] == {
        "taskId": task_id,
        "trainer": alice,
        "to": alice,
        "reward": 0,
        "stakeShare": 2 * FAULT_PENALTY,
    }
    assert vault.depositOf(alice) == before + 2 * FAULT_PENALTY
    assert market.claimedRoundsOf(task_id, alice) == 1
    with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, alice):
        market.claimExpired(task_id, {"from": alice})
    with reverts_with("TaskMarket_NothingToClaim", task_id, carol):
        market.claimExpired(task_id, {"from": carol})
    market.claimExpired(task_id, {"from": bob})
    assert vault.pot() == 0


def test_not_trainer(market, expired, alice, not_trainer, reverts_with):
    task_id = expired([alice])

    with reverts_with("TaskMarket_NotTrainer", task_id, not_trainer):
        market.claimExpired(task_id, {"from": not_trainer})


def test_earlier_submission_does_not_count(driver, market, training, expired, alice, bob, reverts_with):
    driver.play(training, GOOD, submitters=[alice])
    expired([bob])

    with reverts_with("TaskMarket_NothingToClaim", training, alice):
        market.claimExpired(training, {"from": alice})


def test_voters(market, vault, expired, oracles, alice, solvent, reverts_with):
    task_id = expired([], oracles[:2])
    before = vault.depositOf(oracles[0])

    tx = market.claimExpired(task_id, {"from": oracles[0]})

    assert tx.events["FeesClaimed"] == {
        "taskId": task_id,
        "member": oracles[0],
        "to": oracles[0],
        "fees": 0,
        "stakeShare": FAULT_PENALTY,
    }
    assert vault.depositOf(oracles[0]) == before + FAULT_PENALTY
    with reverts_with("TaskMarket_AlreadyClaimed", task_id, 0, oracles[0]):
        market.claimExpired(task_id, {"from": oracles[0]})
    with reverts_with("TaskMarket_NothingToClaim", task_id, oracles[2]):
        market.claimExpired(task_id, {"from": oracles[2]})
    with reverts_with("TaskMarket_NotMember", task_id, alice):
        market.claimExpired(task_id, {"from": alice})
    market.claimExpired(task_id, {"from": oracles[1]})
    assert vault.pot() == 0


def test_nobody(market, vault, expired, alice, reverts_with):
    task_id = expired()

    with reverts_with("TaskMarket_NothingToClaim", task_id, alice):
        market.claimExpired(task_id, {"from": alice})
    assert vault.pot() == 0
