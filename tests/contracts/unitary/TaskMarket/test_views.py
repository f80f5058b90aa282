"""TaskMarket's reads: counts, tasks, rounds, phases, trainers, claims, votes
- of an unknown task: refused
- of what is not there: zeros
- phases follow the clock, at each edge (-1, 0 s), also while a quorum waits for its reveal; a round's times are those
  the windows give
"""

import pytest

from tests.contracts.constants import ZERO_ADDRESS, ZERO_DIGEST
from tests.contracts.driver import (
    COMMITTING,
    NO_PHASE,
    OPENING,
    OVERDUE,
    SUBMITTING,
    TERMS,
    VOTING,
    report_of,
)

READS = {
    "taskOf": (),
    "statusOf": (),
    "phaseOf": (),
    "roundOf": (0,),
    "trainerAt": (0,),
    "trainerNumberOf": (ZERO_ADDRESS,),
    "claimedRoundsOf": (ZERO_ADDRESS,),
    "voteOf": (0, ZERO_ADDRESS),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("task_id", [0, 9])
def test_unknown(driver, market, read, task_id, reverts_with):
    with reverts_with("TaskMarket_Unknown", task_id):
        getattr(market, read)(task_id, *READS[read])


def test_nothing_there(driver, market, joining, alice):
    nothing = {"0", "False", ZERO_ADDRESS, "0x" + ZERO_DIGEST.hex()}
    assert {str(value) for value in market.roundOf(joining, 0)} <= nothing
    assert market.trainerAt(joining, 0) == (ZERO_ADDRESS, 0, 0, 0, 0, False)
    assert market.trainerNumberOf(joining, alice) == 0
    assert market.claimedRoundsOf(joining, alice) == 0
    assert market.voteOf(joining, 0, alice) == "0x" + ZERO_DIGEST.hex()
    assert market.phaseOf(joining) == NO_PHASE


def test_ids_count_from_one(driver, market):
    before = market.taskCount()

    assert [driver.post(), driver.post()] == [before + 1, before + 2]
    assert market.taskCount() == before + 2


@pytest.mark.parametrize(
    "edge, before, after",
    [
        ("closesAt", SUBMITTING, COMMITTING),
        ("commitEndsAt", COMMITTING, OPENING),
        ("openEndsAt", OPENING, VOTING),
        ("voteEndsAt", VOTING, OVERDUE),
    ],
)
def test_phases(driver, market, training, edge, before, after):
    edge_at = driver.round(training)[edge]
    driver.pass_time(edge_at - 1)
    assert market.phaseOf(training) == before

    driver.pass_time(edge_at)
    assert market.phaseOf(training) == after


def test_phase_of_an_unrevealed_quorum(driver, market, training):
    driver.agree(training, report_of([1, 1, 1], 1))
    expires_at = driver.round(training)["voteEndsAt"] + TERMS["commitWindow"]
    driver.pass_time(expires_at - 1)
    assert market.phaseOf(training) == VOTING

    driver.pass_time(expires_at)
    assert market.phaseOf(training) == OVERDUE


def test_times(driver, training):
    facts = driver.round(training)

    opened_at = facts["openedAt"]
    closes_at = opened_at + TERMS["submitWindow"]
    assert facts["closesAt"] == closes_at
    assert facts["commitEndsAt"] == closes_at + TERMS["commitWindow"]
    assert facts["openEndsAt"] == closes_at + 2 * TERMS["commitWindow"]
    assert facts["voteEndsAt"] == closes_at + TERMS["voteWindow"]
    assert facts["revealedAt"] == facts["disputedAt"] == 0


def test_phase_after_the_end(market, training, owner):
    market.end(training, {"from": owner})

    assert market.phaseOf(training) == NO_PHASE
