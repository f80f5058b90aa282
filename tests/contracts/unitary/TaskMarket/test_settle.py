"""TaskMarket.settle
- an unknown task, a round that has not opened or is not revealed, twice, under dispute: refused
- legal from finalAt (-1, 0, +1 s), whichever of its two parts is later
- the fee goes to who opened, matched and was vouched for, no matter when; what nobody earns, to the owner
- who did not match is slashed for those who did, down to an empty seat; what rounding leaves goes to the owner
- a forfeited bond goes to who matched; of an overturned round the fee is the owner's, and nobody is slashed again
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, SEAT_STAKE, WAD
from tests.contracts.driver import ABORTED, DAY, HOUR, NOBODY, TERMS, report_of
from tests.contracts.score_tree import HARMFUL, MISSED

FEE, MISS, UNIT, BOND = (TERMS[name] for name in ("feePerRound", "missPenalty", "unitStake", "challengeBond"))
GOOD = report_of([1, 2, 4], WAD // 3)


def test_unknown(driver, market, mallory, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.settle(9, 0, {"from": mallory})


def test_unopened_round(market, training, mallory, reverts_with):
    with reverts_with("TaskMarket_WrongRound", training, 0, 1):
        market.settle(training, 1, {"from": mallory})


def test_not_revealed(market, training, mallory, reverts_with):
    with reverts_with("TaskMarket_NotRevealed", training, 0):
        market.settle(training, 0, {"from": mallory})


def test_twice(driver, market, training, mallory, reverts_with):
    driver.play(training, GOOD)
    driver.settle(training, 0)

    with reverts_with("TaskMarket_AlreadySettled", training, 0):
        market.settle(training, 0, {"from": mallory})


WINDOWS = [{"challengeWindow": DAY}, {"challengeWindow": HOUR}]


@pytest.mark.parametrize("windows", WINDOWS, ids=["challenge later", "votes later"])
def test_early(driver, market, trainers, mallory, windows, at, reverts_with):
    task_id = driver.started(trainers, **windows)
    driver.play(task_id, GOOD)
    at(driver.final_at(task_id, 0) - 1)

    with reverts_with("TaskMarket_NotFinal", task_id, 0):
        market.settle(task_id, 0, {"from": mallory})


@pytest.mark.parametrize("windows", WINDOWS, ids=["challenge later", "votes later"])
@pytest.mark.parametrize("late", [0, 1])
def test_in_time(driver, market, trainers, mallory, windows, at, late):
    task_id = driver.started(trainers, **windows)
    driver.play(task_id, GOOD)
    at(driver.final_at(task_id, 0) + late)

    market.settle(task_id, 0, {"from": mallory})

    assert driver.round(task_id, 0)["settled"]
    assert driver.task(task_id)["unsettled"] == 0


@pytest.fixture
def disputed(driver, market, arbiter, trainers, mallory, deposit_for):
    """Round 0 is revealed with three matching votes, the fourth silent, and challenged by mallory."""
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, GOOD, workers=driver.oracles, members=driver.oracles[:3])
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    return task_id


def test_disputed(driver, market, disputed, mallory, reverts_with):
    driver.pass_time(driver.final_at(disputed, 0))

    with reverts_with("TaskMarket_NotFinal", disputed, 0):
        market.settle(disputed, 0, {"from": mallory})


def test_forfeited_bond(driver, market, vault, arbiter, disputed, owner, solvent):
    arbiter.giveRuling(market, 1, 1, {"from": owner})

    tx = driver.settle(disputed, 0)

    share = (FAULT_PENALTY + BOND) // 3
    assert tx.events["RoundSettled"]["slashShare"] == share
    assert vault.depositOf(owner) == (FAULT_PENALTY + BOND) % 3


def test_overturned(driver, market, vault, committees, arbiter, disputed, owner, solvent):
    arbiter.giveRuling(market, 1, 2, {"from": owner})
    pot, refundable = vault.pot(), driver.task(disputed)["refundable"]

    tx = driver.settle(disputed, 0)

    assert tx.events["RoundSettled"] == {"taskId": disputed, "round": 0, "feeShare": 0, "slashShare": 0}
    assert vault.pot() == pot
    assert driver.task(disputed)["refundable"] == refundable + FEE
    assert committees.seatsOf(driver.committee_id)[3][2] == SEAT_STAKE


@pytest.mark.parametrize("earners", [0, 1, 2, 3, 4])
def test_fees(driver, training, oracles, earners):
    driver.play(training, GOOD, workers=oracles[:earners])

    tx = driver.settle(training, 0)

    share = FEE // earners if earners else 0
    assert tx.events["RoundSettled"] == {"taskId": training, "round": 0, "feeShare": share, "slashShare": 0}
    assert driver.task(training)["refundable"] == FEE - earners * share


@pytest.mark.parametrize("vouchers", [0, 1, 2, 3, 4])
def test_vouched_for(driver, training, oracles, vouchers):
    """Two of four are enough for member 0, who is what the others' vouches leave out; one is not."""
    driver.work(training, oracles)
    for number, member in enumerate(oracles):
        driver.vote(training, [member], GOOD, vouched=0b1111 if number < vouchers else 0b1110)
    driver.reveal(training, GOOD)

    tx = driver.settle(training, 0)

    earners = 4 if vouchers >= 2 else 3
    assert tx.events["RoundSettled"] == {"taskId": training, "round": 0, "feeShare": FEE // earners, "slashShare": 0}
    assert driver.task(training)["refundable"] == FEE % earners


@pytest.mark.parametrize("last", [NOBODY, 0b1111])
def test_nobody_vouches(driver, training, oracles, last):
    """All worked, and nobody, or only one, says so: the fee is the owner's. Nobody is slashed for that."""
    driver.work(training, oracles)
    driver.vote(training, oracles[:3], GOOD, vouched=NOBODY)
    driver.vote(training, oracles[3:], GOOD, vouched=last)
    driver.reveal(training, GOOD)

    tx = driver.settle(training, 0)

    assert tx.events["RoundSettled"] == {"taskId": training, "round": 0, "feeShare": 0, "slashShare": 0}
    assert driver.task(training)["refundable"] == FEE


def test_late_vouch_earns(driver, training, oracles):
    """The last voter, after the reveal, brings all seats to two."""
    driver.work(training, oracles)
    driver.vote(training, oracles[:1], GOOD)
    driver.vote(training, oracles[1:3], GOOD, vouched=NOBODY)
    driver.reveal(training, GOOD)
    driver.vote(training, oracles[3:], report_of([9, 9, 9], WAD), round_=0)

    driver.settle(training, 0)

    assert driver.round(training, 0)["feeShare"] == FEE // 3


def test_opened_but_did_not_match(driver, training, oracles):
    driver.play(training, GOOD, workers=oracles, members=oracles[:3])

    driver.settle(training, 0)

    assert driver.round(training, 0)["feeShare"] == FEE // 3


def test_committed_but_did_not_open(driver, training, oracles):
    driver.pass_time(driver.round(training)["closesAt"])
    driver.commit(training, oracles)
    driver.open(training, oracles[:2])
    driver.agree(training, GOOD)
    driver.reveal(training, GOOD)

    driver.settle(training, 0)

    assert driver.round(training, 0)["feeShare"] == FEE // 2


@pytest.mark.parametrize("votes", [True, False], ids=["lies", "is silent"])
def test_faulty_member(driver, vault, committees, training, oracles, owner, votes, solvent):
    driver.pass_time(driver.round(training)["closesAt"])
    if votes:
        driver.vote(training, oracles[3:], report_of([9, 9, 9], WAD))
    driver.agree(training, GOOD, oracles[:3])
    driver.reveal(training, GOOD)

    tx = driver.settle(training, 0)

    assert tx.events["SeatSlashed"]["seat"] == 3
    assert tx.events["RoundSettled"]["slashShare"] == FAULT_PENALTY // 3
    assert vault.pot() == FAULT_PENALTY // 3 * 3
    assert vault.depositOf(owner) == FAULT_PENALTY % 3
    assert committees.seatsOf(driver.committee_id)[3][2] == SEAT_STAKE - FAULT_PENALTY


def test_late_vote_saves(driver, vault, training, oracles):
    driver.play(training, GOOD, members=oracles[:3])
    driver.vote(training, oracles[3:], GOOD, round_=0)

    driver.settle(training, 0)

    assert vault.pot() == 0


def test_what_is_left_of_a_seat(driver, market, vault, found_committee, trainers, many_oracles, solvent):
    """A seat with less than the fault penalty loses what it has, and then nothing."""
    members = many_oracles[4:8]
    committee_id = found_committee(members, seatStake=3 * WAD, faultPenalty=2 * WAD, exposureBps=10**9)
    task_id = driver.started(trainers, committeeId=committee_id)
    for progress in (1, 2, 3):
        report = report_of([1, 1, 1], progress)
        driver.agree(task_id, report, members[:3])
        market.reveal(task_id, driver.current(task_id), report, {"from": members[0]})

    shares = [driver.settle(task_id, round_).events["RoundSettled"]["slashShare"] for round_ in range(3)]

    assert shares == [2 * WAD // 3, WAD // 3, 0]


def test_dust_of_fines(driver, vault, training, owner, solvent):
    """One missed, two share; one harmful, scores that do not divide."""
    driver.play(training, report_of([2, 1, MISSED], WAD // 3))
    driver.play(training, report_of([2, 1, HARMFUL], WAD // 2))

    driver.settle(training, 0)
    driver.settle(training, 1)

    harm = 3 * UNIT // 10
    assert vault.depositOf(owner) == MISS % 2 + harm - 2 * harm // 3 - harm // 3


def test_aborted(driver, training, oracles):
    """Who did not see that the task can't be worked on is slashed like anybody who is wrong."""
    driver.play(training, report_of([], 0, ABORTED), workers=oracles[:2], members=oracles[:3])

    tx = driver.settle(training, 0)

    assert tx.events["RoundSettled"] == {
        "taskId": training,
        "round": 0,
        "feeShare": FEE // 2,
        "slashShare": FAULT_PENALTY // 3,
    }
