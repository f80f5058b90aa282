"""A member who takes his seat's stake and goes would lie in his last round for nothing, or leave a task without quorum.

- no member leaves while a task of his committee is open, retired or not; retiring only stops new tasks (I17)
- a retired committee still finishes what it has: members vote, reveal, and are paid and slashed as before
- after the last task each leaves once, with what slashing left him
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, SEAT_STAKE, WAD
from tests.contracts.driver import COMPLETED, TERMS, report_of

from .conftest import SCORES


@pytest.fixture
def retired(driver, committees, trainers, oracles):
    """A running task, whose committee a member has retired."""
    task_id = driver.started(trainers)
    committees.retire(driver.committee_id, {"from": oracles[3]})
    return task_id


def test_leaving_under_an_open_task(driver, committees, retired, oracles, reverts_with):
    for member in oracles:
        with reverts_with("Committees_TasksOpen", driver.committee_id, 1):
            committees.leave(driver.committee_id, {"from": member})


def test_no_new_task(driver, retired, reverts_with):
    with reverts_with("Committees_IsRetired", driver.committee_id):
        driver.post()


def test_the_open_task_goes_on(driver, market, vault, committees, retired, oracles, trainers, owner, solvent):
    """The one who wanted to leave votes no more: he is slashed like anybody else, and leaves with the rest."""
    driver.play(retired, report_of(SCORES, WAD), submitters=trainers, workers=oracles[:3], members=oracles[:3])
    driver.settle(retired, 0)
    market.close(retired, {"from": owner})
    for member in oracles[:3]:
        market.claimFees(retired, [0], member, {"from": member})
    for member in oracles:
        committees.leave(driver.committee_id, {"from": member})

    assert market.statusOf(retired) == COMPLETED
    assert [vault.freeOf(member) for member in oracles[:3]] == [SEAT_STAKE + FAULT_PENALTY // 3] * 3
    assert vault.freeOf(oracles[3]) == SEAT_STAKE - FAULT_PENALTY


def test_leaving_before_a_challenge_is_decided(driver, market, committees, arbiter, trainers, oracles, mallory,
                                               deposit_for, reverts_with):  # fmt: skip
    """A task over, but under dispute, is open: its voters' stakes are what the dispute is about."""
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, report_of(SCORES, WAD))
    deposit_for(mallory, TERMS["challengeBond"])
    market.challenge(task_id, 0, {"from": mallory})
    driver.pass_time(driver.final_at(task_id, 0))
    committees.retire(driver.committee_id, {"from": oracles[0]})

    with reverts_with("TaskMarket_StillOpen", task_id):
        market.close(task_id, {"from": oracles[0]})
    with reverts_with("Committees_TasksOpen", driver.committee_id, 1):
        committees.leave(driver.committee_id, {"from": oracles[0]})


def test_twice(driver, market, committees, retired, oracles, owner, reverts_with):
    market.end(retired, {"from": owner})
    market.close(retired, {"from": owner})
    committees.leave(driver.committee_id, {"from": oracles[0]})

    with reverts_with("Committees_AlreadyLeft", driver.committee_id, oracles[0]):
        committees.leave(driver.committee_id, {"from": oracles[0]})
