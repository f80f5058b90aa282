"""TaskMarket.expire
- an unknown task, one that is joining or over: refused
- legal from voteEndsAt (-1, 0, +1 s), by anyone; with a quorum from voteEndsAt + commitWindow (-1, 0, +1 s)
- until then a quorum may be revealed, also one of the last second
- the task fails: pool and fees of what was not revealed are refundable
- without a quorum who did not vote is slashed, for the submitters, or the voters, or the owner; with one, nobody is
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, SEAT_STAKE, WAD
from tests.contracts.driver import FAILED, JOINING, NOBODY, OVERDUE, TERMS, report_of

POOL, FEE = TERMS["pool"], TERMS["feePerRound"]
GOOD = report_of([1, 1, 1], WAD // 3)


def test_unknown(driver, market, mallory, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.expire(9, {"from": mallory})


def test_joining(market, joining, mallory, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", joining, JOINING):
        market.expire(joining, {"from": mallory})


def test_twice(driver, market, training, mallory, reverts_with):
    driver.pass_time(driver.round(training)["voteEndsAt"])
    market.expire(training, {"from": mallory})

    with reverts_with("TaskMarket_WrongStatus", training, FAILED):
        market.expire(training, {"from": mallory})


def test_early(driver, market, training, mallory, at, reverts_with):
    ends_at = driver.round(training)["voteEndsAt"]
    at(ends_at - 1)

    with reverts_with("TaskMarket_OutsideWindow", ends_at - 1, ends_at, 0):
        market.expire(training, {"from": mallory})


@pytest.mark.parametrize("late", [0, 1])
def test_in_time(driver, market, training, mallory, at, late):
    at(driver.round(training)["voteEndsAt"] + late)

    tx = market.expire(training, {"from": mallory})

    assert tx.events["TaskClosed"] == {"taskId": training, "status": FAILED}
    assert market.statusOf(training) == FAILED


def test_refund_after_a_paid_round(driver, market, training, mallory):
    driver.play(training, GOOD)
    released = driver.task(training)["released"]
    driver.pass_time(driver.round(training)["voteEndsAt"])
    assert market.phaseOf(training) == OVERDUE

    market.expire(training, {"from": mallory})

    task = driver.task(training)
    assert (task["round"], task["unsettled"]) == (1, 1)
    assert task["refundable"] == POOL - released + 2 * FEE


@pytest.mark.parametrize("submitters, voters, shares", [(2, 0, 2), (2, 2, 2), (0, 2, 2), (0, 0, 0)])
def test_no_quorum(
    driver, market, vault, committees, training, trainers, oracles, owner, mallory, submitters, voters, shares, solvent
):
    driver.submit(training, trainers[:submitters])
    driver.pass_time(driver.round(training)["closesAt"])
    driver.vote(training, oracles[:voters], GOOD)
    driver.pass_time(driver.round(training)["voteEndsAt"])

    tx = market.expire(training, {"from": mallory})

    taken = (4 - voters) * FAULT_PENALTY
    assert [event["seat"] for event in tx.events["SeatSlashed"]] == list(range(voters, 4))
    share = taken // shares if shares else 0
    assert driver.round(training)["slashShare"] == share
    assert vault.depositOf(owner) == taken - share * shares
    assert vault.pot() == share * shares
    for seat, facts in enumerate(committees.seatsOf(driver.committee_id)):
        assert facts[2] == SEAT_STAKE - (FAULT_PENALTY if seat >= voters else 0)


def test_what_does_not_divide(driver, market, vault, trainers, training, owner, oracles, mallory):
    """Two are silent, three submitted."""
    driver.submit(training, trainers)
    driver.vote(training, oracles[:3:2], report_of([1, 1, 1], 1))
    driver.pass_time(driver.round(training)["voteEndsAt"])

    market.expire(training, {"from": mallory})

    assert driver.round(training)["slashShare"] == 2 * FAULT_PENALTY // 3
    assert vault.depositOf(owner) == 2 * FAULT_PENALTY % 3 == 2


def test_disagreement(driver, market, vault, training, oracles, mallory):
    """All have voted, without a quorum: nobody is slashed."""
    driver.pass_time(driver.round(training)["closesAt"])
    driver.vote(training, oracles[:2], GOOD)
    driver.vote(training, oracles[2:], report_of([9, 9, 9], WAD))
    driver.pass_time(driver.round(training)["voteEndsAt"])

    tx = market.expire(training, {"from": mallory})

    assert "SeatSlashed" not in tx.events
    assert vault.pot() == 0


def test_unrevealed_quorum(driver, market, vault, training, trainers, oracles, mallory):
    driver.submit(training, trainers)
    driver.agree(training, GOOD, oracles[:3])
    driver.pass_time(driver.round(training)["voteEndsAt"] + TERMS["commitWindow"])

    tx = market.expire(training, {"from": mallory})

    assert "SeatSlashed" not in tx.events
    assert vault.pot() == driver.round(training)["slashShare"] == 0


@pytest.fixture
def last_second(driver, training, oracles, at):
    """The third vote for GOOD is mined one second before voteEndsAt, which is returned."""
    driver.agree(training, GOOD, oracles[:2])
    ends_at = driver.round(training)["voteEndsAt"]
    report_hash = driver.market.reportHashOf(training, 0, GOOD)
    at(ends_at - 1)
    tx = driver.market.vote(training, 0, report_hash, NOBODY, {"from": oracles[2]})
    assert "QuorumReached" in tx.events
    return ends_at


@pytest.mark.parametrize("late", [0, 1, TERMS["commitWindow"] - 1])
def test_quorum_has_grace(driver, market, training, last_second, owner, at, late, reverts_with):
    at(last_second + late)

    with reverts_with("TaskMarket_OutsideWindow", last_second + late, last_second + TERMS["commitWindow"], 0):
        market.expire(training, {"from": owner})
    driver.reveal(training, GOOD)
    assert driver.current(training) == 1


@pytest.mark.parametrize("late", [0, 1])
def test_grace_ends(driver, market, training, last_second, mallory, at, late):
    at(last_second + TERMS["commitWindow"] + late)

    tx = market.expire(training, {"from": mallory})

    assert tx.events["TaskClosed"] == {"taskId": training, "status": FAILED}
    assert "SeatSlashed" not in tx.events


def test_votes_without_quorum_have_no_grace(driver, market, training, oracles, mallory, at):
    """Two for one report, two for another: there will be nothing to reveal."""
    driver.agree(training, GOOD, oracles[:2])
    driver.vote(training, oracles[2:], report_of([9, 9, 9], WAD))
    at(driver.round(training)["voteEndsAt"])

    market.expire(training, {"from": mallory})

    assert market.statusOf(training) == FAILED


def test_next_round_has_no_grace(driver, market, training, mallory, at):
    """The quorum of the round before is not this round's."""
    driver.play(training, GOOD)
    at(driver.round(training)["voteEndsAt"])

    market.expire(training, {"from": mallory})

    assert market.statusOf(training) == FAILED
