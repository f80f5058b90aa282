"""Whoever sees a transaction in the pool and gets his own mined first would take a seat, a window or a reveal from its
sender.

- join: a bot that takes all seats locks a stake for each and pays for every round it misses
- submit: the last submission closes the round for nobody, since all have submitted by then
- reveal: another member's reveal does the same thing; who came second loses nothing (see test_racing_the_reveal too)
- permit: somebody else's use of the signature leaves the allowance where it is
"""

import pytest
from brownie import chain

from tests.contracts.constants import WAD
from tests.contracts.driver import DAY, FAILED, NOBODY, SUBMITTING, TERMS, TRAINING, report_of
from tests.contracts.score_tree import MISSED, share

HONEST = report_of([1], WAD // 3)


def test_bot_takes_all_seats_but_one(driver, market, vault, oracles, alice, bob, mallory, solvent):
    """It sends nothing: round by round its stake goes to who worked."""
    task_id = driver.started([mallory, alice])
    driver.play(task_id, report_of([MISSED, 1], WAD), submitters=[alice])
    driver.settle(task_id, 0)
    market.claim(task_id, [driver.claim_of(task_id, 0, [MISSED, 1], 1)], alice, {"from": alice})
    for trainer in (alice, mallory):
        market.leave(task_id, {"from": trainer})

    assert vault.freeOf(mallory) == TERMS["unitStake"] - TERMS["missPenalty"]
    assert vault.freeOf(alice) == TERMS["unitStake"] + TERMS["missPenalty"]


def test_victim_of_the_last_seat(driver, market, vault, alice, mallory, reverts_with):
    """She is refused, and her stake stays free."""
    task_id = driver.post(maxTrainers=1, minTrainers=1)
    driver.join(task_id, mallory)

    with reverts_with("TaskMarket_WrongStatus", task_id, TRAINING):
        driver.join(task_id, alice)
    assert vault.freeOf(alice) == TERMS["unitStake"]
    assert vault.lockedOf(alice) == 0


def test_submission_closes_nothing_for_others(driver, market, alice, bob, mallory):
    task_id = driver.started([alice, bob, mallory])
    driver.submit(task_id, [mallory])

    assert market.phaseOf(task_id) == SUBMITTING
    driver.submit(task_id, [alice, bob])
    assert driver.round(task_id)["submitted"] == 3


def test_reveal_by_another_member(driver, market, vault, oracles, alice, reverts_with, solvent):
    task_id = driver.started([alice])
    driver.submit(task_id, [alice])
    driver.commit(task_id, oracles)
    driver.open(task_id, oracles)
    driver.vote(task_id, oracles, HONEST)
    market.reveal(task_id, 0, HONEST, {"from": oracles[3]})

    with reverts_with("TaskMarket_AlreadyRevealed", task_id, 0):
        market.reveal(task_id, 0, HONEST, {"from": oracles[0]})
    driver.settle(task_id, 0)
    assert driver.round(task_id, 0)["feeShare"] == TERMS["feePerRound"] // 4


def test_quick_reveal_shuts_nobody_out(driver, market, oracles, alice, solvent):
    """Three members vote and reveal at once; the fourth may still vote, and is not slashed (I18)."""
    task_id = driver.started([alice])
    driver.submit(task_id, [alice])
    driver.vote(task_id, oracles[:3], HONEST)
    driver.reveal(task_id, HONEST)
    driver.vote(task_id, oracles[3:], HONEST, round_=0)

    driver.settle(task_id, 0)

    assert driver.round(task_id, 0)["slashShare"] == 0


def test_permit_used_by_another(driver, market, reward_token, owner, mallory, sign_permit):
    escrow = TERMS["pool"] + TERMS["rounds"] * TERMS["feePerRound"]
    reward_token.mint(owner, escrow, {"from": owner})
    deadline = chain[-1].timestamp + DAY
    signature = sign_permit(owner, reward_token, market, escrow, deadline)
    reward_token.permit(owner, market, escrow, deadline, *signature, {"from": mallory})

    market.multicall(
        [
            market.selfPermit.encode_input(reward_token, escrow, deadline, *signature),
            market.post.encode_input(tuple(driver.terms().values())),
        ],
        {"from": owner},
    )

    assert reward_token.balanceOf(market) == escrow
    assert reward_token.nonces(owner) == 1


@pytest.mark.parametrize("quick", [True, False])
def test_racing_the_reveal(driver, market, reward_token, oracles, owner, mallory, at, quick, reverts_with):
    """The owner reads the model his committee agreed on, and expires the round before it is revealed."""
    task_id = driver.started([mallory])
    driver.submit(task_id, [mallory])
    vote_ends_at = driver.round(task_id)["voteEndsAt"]
    driver.agree(task_id, HONEST, oracles[:2])
    at(vote_ends_at - 1)
    market.vote(task_id, 0, market.reportHashOf(task_id, 0, HONEST), NOBODY, {"from": oracles[2]})
    expires_at = vote_ends_at + TERMS["commitWindow"]

    now = vote_ends_at if quick else expires_at - 1
    at(now)
    with reverts_with("TaskMarket_OutsideWindow", now, expires_at, 0):
        market.expire(task_id, {"from": owner})
    driver.reveal(task_id, HONEST)

    driver.settle(task_id, 0)
    market.claim(task_id, [driver.claim_of(task_id, 0, [1], 0)], mallory, {"from": mallory})
    assert reward_token.balanceOf(mallory) == share(TERMS["pool"] * HONEST[2] // WAD, 1, [1])
    driver.pass_time(driver.round(task_id, 1)["voteEndsAt"])
    market.expire(task_id, {"from": owner})
    assert market.statusOf(task_id) == FAILED
    assert driver.task(task_id)["released"] == reward_token.balanceOf(mallory)
