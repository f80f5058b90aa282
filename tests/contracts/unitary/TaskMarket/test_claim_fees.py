"""TaskMarket.claimFees
- to nobody, an unknown task, a stranger; a round that has not opened or is not settled; twice: refused
- a fee for who opened, matched and was vouched for, a stake share for who matched; nothing for anybody else
- many rounds in one call; a trainer's claims and a member's do not touch each other
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, WAD, ZERO_ADDRESS
from tests.contracts.driver import TERMS, report_of

FEE = TERMS["feePerRound"]
GOOD = report_of([1, 2, 4], WAD // 3)


@pytest.fixture(scope="module")
def settled(driver, training, oracles):
    """In round 0 members 0 and 1 worked and matched, 2 only matched, 3 worked and was wrong. Round 1 is open."""
    driver.pass_time(driver.round(training)["closesAt"])
    workers = [oracles[0], oracles[1], oracles[3]]
    driver.commit(training, workers)
    driver.pass_time(driver.round(training)["commitEndsAt"])
    driver.open(training, workers)
    driver.vote(training, oracles[3:], report_of([9, 9, 9], WAD))
    driver.agree(training, GOOD, oracles[:3])
    driver.reveal(training, GOOD)
    driver.settle(training, 0)
    return training


def test_zero_address(market, settled, oracles, reverts_with):
    with reverts_with("TaskMarket_ZeroAddress"):
        market.claimFees(settled, [0], ZERO_ADDRESS, {"from": oracles[0]})


def test_unknown(driver, market, oracles, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.claimFees(9, [0], oracles[0], {"from": oracles[0]})


def test_not_member(market, settled, not_member, reverts_with):
    with reverts_with("TaskMarket_NotMember", settled, not_member):
        market.claimFees(settled, [0], not_member, {"from": not_member})


@pytest.mark.parametrize("round_", [2, 256, 2**256 - 1])
def test_unopened_round(market, settled, oracles, round_, reverts_with):
    with reverts_with("TaskMarket_WrongRound", settled, 1, round_):
        market.claimFees(settled, [round_], oracles[0], {"from": oracles[0]})


def test_not_settled(driver, market, settled, oracles, reverts_with):
    driver.play(settled, report_of([1, 1, 1], WAD // 2))

    for round_ in (1, 2):
        with reverts_with("TaskMarket_NotSettled", settled, round_):
            market.claimFees(settled, [round_], oracles[0], {"from": oracles[0]})


@pytest.mark.parametrize("rounds", [[0], [0, 0]])
def test_twice(market, settled, oracles, rounds, reverts_with):
    if rounds == [0]:
        market.claimFees(settled, [0], oracles[0], {"from": oracles[0]})

    with reverts_with("TaskMarket_AlreadyClaimed", settled, 0, oracles[0]):
        market.claimFees(settled, rounds, oracles[0], {"from": oracles[0]})


@pytest.mark.parametrize("seat, rounds", [(0, []), (3, [0])])
def test_nothing(market, settled, oracles, seat, rounds, reverts_with):
    with reverts_with("TaskMarket_NothingToClaim", settled, oracles[seat]):
        market.claimFees(settled, rounds, oracles[seat], {"from": oracles[seat]})


@pytest.mark.parametrize("seat, fees", [(0, FEE // 2), (1, FEE // 2), (2, 0)])
def test_fees(market, vault, reward_token, settled, oracles, dave, seat, fees, solvent):
    free = vault.freeOf(oracles[seat])

    tx = market.claimFees(settled, [0], dave, {"from": oracles[seat]})

    assert tx.events["FeesClaimed"] == {
        "taskId": settled,
        "member": oracles[seat],
        "to": dave,
        "fees": fees,
        "stakeShare": FAULT_PENALTY // 3,
    }
    assert reward_token.balanceOf(dave) == fees
    assert vault.freeOf(oracles[seat]) == free + FAULT_PENALTY // 3
    assert market.claimedRoundsOf(settled, oracles[seat]) == 1


@pytest.fixture
def unvouched(driver, trainers, oracles):
    """In round 0 all worked, 3 was wrong, and nobody vouched for 2 but himself."""
    task_id = driver.started(trainers)
    driver.work(task_id, oracles)
    driver.vote(task_id, oracles[3:], report_of([9, 9, 9], WAD), vouched=0b1011)
    driver.vote(task_id, oracles[2:3], GOOD)
    driver.agree(task_id, GOOD, oracles[:2], vouched=0b1011)
    driver.reveal(task_id, GOOD)
    driver.settle(task_id, 0)
    return task_id


@pytest.mark.parametrize("seat, fees", [(0, FEE // 2), (1, FEE // 2), (2, 0)])
def test_fees_of_vouched(market, vault, reward_token, unvouched, oracles, seat, fees, solvent):
    """Who was not vouched for has his part of the slash all the same: he voted right."""
    free = vault.freeOf(oracles[seat])

    tx = market.claimFees(unvouched, [0], oracles[seat], {"from": oracles[seat]})

    assert tx.events["FeesClaimed"]["fees"] == reward_token.balanceOf(oracles[seat]) == fees
    assert vault.freeOf(oracles[seat]) - free == FAULT_PENALTY // 3


def test_vouched_and_wrong(market, unvouched, oracles, reverts_with):
    with reverts_with("TaskMarket_NothingToClaim", unvouched, oracles[3]):
        market.claimFees(unvouched, [0], oracles[3], {"from": oracles[3]})


def test_vouched_and_did_not_work(driver, market, trainers, oracles, reverts_with):
    task_id = driver.started(trainers)
    driver.play(task_id, GOOD, workers=oracles[:3])
    driver.settle(task_id, 0)

    with reverts_with("TaskMarket_NothingToClaim", task_id, oracles[3]):
        market.claimFees(task_id, [0], oracles[3], {"from": oracles[3]})


def test_many_rounds(driver, market, reward_token, settled, oracles):
    for round_, progress in ((1, WAD // 2), (2, WAD)):
        driver.play(settled, report_of([1, 1, 1], progress), workers=oracles)
        driver.settle(settled, round_)

    market.claimFees(settled, [2, 0, 1], oracles[0], {"from": oracles[0]})

    assert reward_token.balanceOf(oracles[0]) == FEE // 2 + 2 * (FEE // 4)
    assert market.claimedRoundsOf(settled, oracles[0]) == 0b111


def test_member_who_trains(driver, market, reward_token, oracles, alice):
    """He claims once as a trainer and once as a member."""
    member = oracles[0]
    task_id = driver.started([alice, member])
    driver.play(task_id, report_of([1, 1], WAD), workers=oracles)
    driver.settle(task_id, 0)

    market.claim(task_id, [driver.claim_of(task_id, 0, [1, 1], 1)], member, {"from": member})
    market.claimFees(task_id, [0], member, {"from": member})

    assert reward_token.balanceOf(member) == TERMS["pool"] // 2 + FEE // 4
