"""A committee of ten, all of it at fault, would hold the money if what judges it fitted no transaction (R9a).

Settling, expiring and overturning with as many seats to slash as there can be stay far below the limit, and so does
posting: nothing in it grows with rounds or trainers.
"""

from dataclasses import replace

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import FAILED, OVERTURNED, TERMS, report_of
from tests.contracts.raw import GAS_LIMIT, send


@pytest.fixture(scope="module")
def ten(driver, found_committee, many_oracles, arbiter):
    """The same market with a committee of ten."""
    committee_id = found_committee(many_oracles, arbiters=[arbiter])
    return replace(driver, committee_id=committee_id, oracles=many_oracles)


def test_settle_with_three_of_ten_at_fault(market, ten, trainers, mallory):
    task_id = ten.started(trainers)
    ten.play(task_id, report_of([1, 2, 4], WAD), submitters=trainers, workers=ten.oracles, members=ten.oracles[:7])
    ten.pass_time(ten.final_at(task_id, 0))

    assert send(market, market.settle.encode_input(task_id, 0), mallory).gasUsed < GAS_LIMIT // 16


def test_expire_with_ten_at_fault(market, ten, trainers, mallory):
    task_id = ten.started(trainers)
    ten.pass_time(ten.round(task_id)["voteEndsAt"])

    assert send(market, market.expire.encode_input(task_id), mallory).gasUsed < GAS_LIMIT // 16
    assert market.statusOf(task_id) == FAILED


def test_ruling_against_ten(market, ten, arbiter, trainers, mallory, deposit_for):
    task_id = ten.started(trainers, arbiter=arbiter)
    ten.play(task_id, report_of([1, 2, 4], WAD), submitters=trainers)
    deposit_for(mallory, TERMS["challengeBond"])
    market.challenge(task_id, 0, {"from": mallory})
    ruling = arbiter.giveRuling.encode_input(market, arbiter.disputeCount(), 2)

    assert send(arbiter, ruling, mallory).gasUsed < GAS_LIMIT // 16
    assert ten.round(task_id, 0)["dispute"] == OVERTURNED


def test_post(market, ten, reward_token, owner):
    """Windows, fees and texts have a fixed length: what is posted does not grow."""
    terms = ten.terms(rounds=256, maxTrainers=1024, missPenalty=0, harmPenaltyBps=0, unitStake=1)
    escrow = terms["pool"] + terms["rounds"] * terms["feePerRound"]
    reward_token.mint(owner, escrow, {"from": owner})
    reward_token.approve(market, escrow, {"from": owner})

    assert send(market, market.post.encode_input(tuple(terms.values())), owner).gasUsed < GAS_LIMIT // 16
