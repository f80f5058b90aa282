"""TaskMarket.commitWork
- an unknown task, a round that has not opened, an unrevealed round of a closed task; a stranger: refused
- zero, twice: refused
- legal from closesAt to commitEndsAt (-1, 0, +1 s at both ends), also when the round was revealed meanwhile
- the last commitment ends the window
"""

import pytest

from tests.contracts.constants import WAD, ZERO_DIGEST
from tests.contracts.driver import COMPLETED, OPENING, TERMS, digest_of, report_of

COMMITMENT = digest_of("commitment")


@pytest.fixture(scope="module")
def closed(driver, training):
    """Its first round no longer takes updates."""
    driver.pass_time(driver.round(training)["closesAt"])
    return training


def test_unknown(driver, market, oracles, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.commitWork(9, 0, COMMITMENT, {"from": oracles[0]})


@pytest.mark.parametrize("round_", [1, 2**256 - 1])
def test_unopened_round(market, closed, oracles, round_, reverts_with):
    with reverts_with("TaskMarket_WrongRound", closed, 0, round_):
        market.commitWork(closed, round_, COMMITMENT, {"from": oracles[0]})


def test_joining(market, joining, oracles, reverts_with):
    with reverts_with("TaskMarket_WrongRound", joining, 0, 0):
        market.commitWork(joining, 0, COMMITMENT, {"from": oracles[0]})


def test_over(market, closed, owner, oracles, reverts_with):
    market.end(closed, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", closed, COMPLETED):
        market.commitWork(closed, 0, COMMITMENT, {"from": oracles[0]})


def test_not_member(market, closed, not_member, reverts_with):
    with reverts_with("TaskMarket_NotMember", closed, not_member):
        market.commitWork(closed, 0, COMMITMENT, {"from": not_member})


def test_zero(market, closed, oracles, reverts_with):
    with reverts_with("TaskMarket_ZeroDigest"):
        market.commitWork(closed, 0, ZERO_DIGEST, {"from": oracles[0]})


def test_twice(market, closed, oracles, reverts_with):
    market.commitWork(closed, 0, COMMITMENT, {"from": oracles[0]})

    with reverts_with("TaskMarket_AlreadyCommitted", closed, 0, oracles[0]):
        market.commitWork(closed, 0, COMMITMENT, {"from": oracles[0]})


def test_early(driver, market, trainers, oracles, at, reverts_with):
    task_id = driver.started(trainers)
    facts = driver.round(task_id)
    at(facts["closesAt"] - 1)

    with reverts_with("TaskMarket_OutsideWindow", facts["closesAt"] - 1, facts["closesAt"], facts["commitEndsAt"]):
        market.commitWork(task_id, 0, COMMITMENT, {"from": oracles[0]})


@pytest.mark.parametrize("late", [0, 1])
def test_late(driver, market, closed, oracles, at, late, reverts_with):
    facts = driver.round(closed)
    now = facts["commitEndsAt"] + late
    at(now)

    with reverts_with("TaskMarket_OutsideWindow", now, facts["closesAt"], facts["commitEndsAt"]):
        market.commitWork(closed, 0, COMMITMENT, {"from": oracles[0]})


@pytest.mark.parametrize("edge, seconds", [("closesAt", 0), ("closesAt", 1), ("commitEndsAt", -1)])
def test_commit(driver, market, trainers, oracles, at, edge, seconds):
    task_id = driver.started(trainers)
    at(driver.round(task_id)[edge] + seconds)

    tx = market.commitWork(task_id, 0, COMMITMENT, {"from": oracles[2]})

    assert tx.events["WorkCommitted"] == {
        "taskId": task_id,
        "round": 0,
        "member": oracles[2],
        "seat": 2,
        "commitment": "0x" + COMMITMENT.hex(),
    }
    assert driver.round(task_id)["committedMask"] == 0b0100


def test_all_committed(driver, market, closed, oracles):
    ends_at = driver.round(closed)["commitEndsAt"]
    driver.commit(closed, oracles[:3])
    assert driver.round(closed)["commitEndsAt"] == ends_at

    tx = market.commitWork(closed, 0, COMMITMENT, {"from": oracles[3]})

    assert driver.round(closed)["committedMask"] == 0b1111
    assert driver.round(closed)["commitEndsAt"] == tx.timestamp
    assert driver.round(closed)["openEndsAt"] == tx.timestamp + TERMS["commitWindow"]
    assert market.phaseOf(closed) == OPENING


def test_after_a_quick_reveal(driver, market, closed, oracles):
    """Three members that vote and reveal at once do not shut the fourth out of his fee."""
    report = report_of([1, 1, 1], WAD // 2)
    driver.vote(closed, oracles[:3], report)
    driver.reveal(closed, report)

    driver.commit(closed, oracles[3:], round_=0)

    assert driver.round(closed, 0)["committedMask"] == 0b1000
