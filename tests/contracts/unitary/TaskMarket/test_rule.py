"""TaskMarket.rule
- by anybody but the arbiter of the task, of no dispute of his, twice, after it lapsed: refused
- 1: the report stands, the bond is forfeited; 0 and above 2: it stands, the bond comes back
- 2: the round is void, its release the owner's again, its voters lose their seats, half to the challenger, half to the
  owner, a running task fails; one that is over stays what it is
- two arbiters with the same number do not meet
"""

import pytest

from tests.contracts.constants import SEAT_STAKE, WAD
from tests.contracts.driver import COMPLETED, FAILED, OVERTURNED, TERMS, TRAINING, UPHELD, report_of
from tests.contracts.score_tree import MISSED

POOL, FEE, BOND = TERMS["pool"], TERMS["feePerRound"], TERMS["challengeBond"]
GOOD = report_of([1, 2, 4], WAD // 3)


@pytest.fixture(scope="module")
def challenge(driver, market, arbiter, trainers, mallory, deposit_for):
    """`challenge(progress)`: a task whose first round three members agreed on and mallory challenged."""

    def start(progress=WAD // 3, scores=(1, 2, 4), **changes):
        task_id = driver.started(trainers, **({"arbiter": arbiter} | changes))
        driver.play(task_id, report_of(list(scores), progress), members=driver.oracles[:3])
        deposit_for(mallory, BOND)
        market.challenge(task_id, 0, {"from": mallory})
        return task_id

    return start


@pytest.fixture(scope="module")
def challenged(challenge):
    return challenge()


def test_not_arbiter(market, challenged, roles, reverts_with):
    for role in roles.values():
        with reverts_with("TaskMarket_NotArbiter", role, 1):
            market.rule(1, 2, {"from": role})


def test_no_such_dispute(market, arbiter, challenged, owner, reverts_with):
    with reverts_with("TaskMarket_NotArbiter", arbiter, 2):
        arbiter.giveRuling(market, 2, 2, {"from": owner})


@pytest.mark.parametrize("first", [0, 1, 2])
def test_twice(market, arbiter, challenged, owner, first, reverts_with):
    arbiter.giveRuling(market, 1, first, {"from": owner})

    with reverts_with("TaskMarket_NotChallenged", challenged, 0):
        arbiter.giveRuling(market, 1, 2, {"from": owner})


def test_after_it_lapsed(driver, market, arbiter, challenged, owner, reverts_with):
    driver.pass_time(driver.round(challenged, 0)["disputedAt"] + market.ARBITRATION_WINDOW())
    market.lapse(challenged, 0, {"from": owner})

    with reverts_with("TaskMarket_NotChallenged", challenged, 0):
        arbiter.giveRuling(market, 1, 2, {"from": owner})


def test_stands(driver, market, vault, arbiter, challenged, owner, mallory, solvent):
    tx = arbiter.giveRuling(market, 1, 1, {"from": owner})

    assert tx.events["DisputeEnded"] == {"taskId": challenged, "round": 0, "result": UPHELD}
    assert driver.round(challenged, 0)["dispute"] == UPHELD
    assert vault.pot() == BOND
    assert vault.depositOf(mallory) == vault.lockedOf(mallory) == 0
    assert market.statusOf(challenged) == TRAINING


@pytest.mark.parametrize("ruling", [0, 3, 2**256 - 1])
def test_would_not_say(driver, market, vault, arbiter, challenged, owner, mallory, ruling, solvent):
    tx = arbiter.giveRuling(market, 1, ruling, {"from": owner})

    assert tx.events["DisputeEnded"] == {"taskId": challenged, "round": 0, "result": UPHELD}
    assert vault.pot() == 0
    assert vault.freeOf(mallory) == BOND
    assert driver.round(challenged, 0)["remaining"] == driver.round(challenged, 0)["released"] > 0


def test_overturned(driver, market, vault, committees, arbiter, challenged, owner, mallory, solvent):
    released = driver.task(challenged)["released"]
    assert released > 0

    tx = arbiter.giveRuling(market, 1, 2, {"from": owner})

    assert tx.events["DisputeEnded"] == {"taskId": challenged, "round": 0, "result": OVERTURNED}
    assert tx.events["TaskClosed"] == {"taskId": challenged, "status": FAILED}
    assert [event["seat"] for event in tx.events["SeatSlashed"]] == [0, 1, 2]
    assert [seat[2] for seat in committees.seatsOf(driver.committee_id)] == [0, 0, 0, SEAT_STAKE]
    assert vault.freeOf(mallory) == BOND + 3 * SEAT_STAKE // 2
    assert vault.depositOf(owner) == 3 * SEAT_STAKE // 2
    assert vault.pot() == 0
    task = driver.task(challenged)
    assert (task["released"], task["refundable"]) == (0, POOL + 2 * FEE)
    assert driver.round(challenged, 0)["remaining"] == 0


def test_fines_wait_for_their_owners(driver, market, vault, arbiter, challenge, owner, solvent):
    challenge(scores=(1, 1, MISSED))

    arbiter.giveRuling(market, arbiter.disputeCount(), 2, {"from": owner})

    assert vault.pot() == TERMS["missPenalty"]


def test_overturned_after_the_end(driver, market, arbiter, challenge, owner, solvent):
    task_id = challenge(progress=WAD)
    refundable = driver.task(task_id)["refundable"]
    released = driver.task(task_id)["released"]

    tx = arbiter.giveRuling(market, arbiter.disputeCount(), 2, {"from": owner})

    assert "TaskClosed" not in tx.events
    assert market.statusOf(task_id) == COMPLETED
    assert driver.task(task_id)["refundable"] == refundable + released
    driver.settle(task_id, 0)
    assert driver.task(task_id)["refundable"] == POOL + 3 * FEE


def test_earlier_rounds_are_paid(driver, market, arbiter, trainers, mallory, owner, deposit_for):
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, GOOD)
    driver.play(task_id, report_of([1, 1, 1], WAD // 2))
    deposit_for(mallory, BOND)
    market.challenge(task_id, 1, {"from": mallory})
    first = driver.round(task_id, 0)["released"]

    arbiter.giveRuling(market, arbiter.disputeCount(), 2, {"from": owner})

    assert driver.task(task_id)["released"] == driver.round(task_id, 0)["remaining"] == first
    assert driver.task(task_id)["refundable"] == POOL - first + FEE


def test_two_arbiters(ArbiterDouble, driver, market, arbiter, challenge, found_committee, oracles, owner):
    other = ArbiterDouble.deploy({"from": owner})
    its_committee = found_committee(oracles, arbiters=[other])
    mine, theirs = challenge(), challenge(arbiter=other, committeeId=its_committee)

    other.giveRuling(market, 1, 2, {"from": owner})

    assert driver.round(theirs, 0)["dispute"] == OVERTURNED
    assert market.statusOf(mine) == TRAINING
