"""Rounding that adds up over a thousand rounds would be printed by somebody, or be locked in the market for ever.

1,024 rounds in four tasks (one of 256 without DEEP=1), with pools, fees and fines that never divide: each rounding goes
down, what all of them leave is below a unit per trainer and round (I6), and all of it is the owner's in the end: the
contracts hold nothing. Everybody claims all 256 rounds of a task in one transaction, which fits (R9a).
"""

import os
import random

import pytest

from tests.contracts.constants import BPS, WAD
from tests.contracts.driver import COMPLETED, PER_ROUND
from tests.contracts.raw import GAS_LIMIT, send
from tests.contracts.score_tree import HARMFUL, MISSED, share

from .troupe import Troupe, some_report

DEEP = bool(os.environ.get("DEEP"))
ROUNDS = 256
TASKS = 4 if DEEP else 1
ROUNDS_AT_ONCE = 10
# A trainer of 1,024 proves each round by ten siblings, one of these three by two; each costs less than this.
SIBLINGS_MORE, GAS_PER_SIBLING = 8, 1_000
POOL, FEE, UNIT = 10**6 + 3, 7, 10**9 + 7


@pytest.fixture(scope="module")
def troupe(driver, found_committee, TroupeDouble, stake_token, vault, committees, recipient_of, charter_of, deployer):
    """Three trainers and four members."""
    contract = TroupeDouble.deploy(7, {"from": deployer})
    puppets = [contract.puppets(number) for number in range(7)]
    stake_token.mint(deployer, 10**30, {"from": deployer})
    stake_token.approve(vault, 10**30, {"from": deployer})
    charter = charter_of(puppets[3:])
    driver.committee_id = committees.found(charter, {"from": deployer}).return_value
    made = Troupe(driver, contract, puppets, [0, 1, 2], [3, 4, 5, 6], deployer)
    for number, puppet in enumerate(puppets):
        vault.deposit(puppet, TASKS * UNIT if number < 3 else charter[1], {"from": deployer})
        if number >= 3:
            made.play(number, committees, "enroll", driver.committee_id, recipient_of(puppet))
    made.perform()
    return made


def some_scores(rng):
    """Of three trainers, of whom the first always scores."""
    return [rng.randrange(1, 10**6), *(rng.choice([0, rng.randrange(10**6), MISSED, HARMFUL]) for _ in range(2))]


def play_all(troupe, rng):
    """A task of 256 rounds from post to settled, and what it scored."""
    driver, market = troupe.driver, troupe.driver.market
    task_id = troupe.join(
        pool=POOL, feePerRound=FEE, rounds=ROUNDS, unitStake=UNIT, missPenalty=UNIT // ROUNDS,
        harmPenaltyBps=BPS // ROUNDS, progressRule=PER_ROUND,
    )  # fmt: skip
    scores = [some_scores(rng) for _ in range(ROUNDS)]
    for round_, words in enumerate(scores):
        troupe.round(task_id, round_, some_report(words, round_, ROUNDS))
        if (round_ + 1) % ROUNDS_AT_ONCE == 0:
            troupe.perform()
    troupe.perform()
    driver.pass_time(driver.final_at(task_id, ROUNDS - 1))
    for first in range(0, ROUNDS, 64):
        calls = [market.settle.encode_input(task_id, round_) for round_ in range(first, first + 64)]
        send(market, market.multicall.encode_input(calls), troupe.director)
    return task_id, scores


def test_all_rounds(troupe, market, vault, reward_token, owner):
    rng = random.Random(4)
    paid = 0
    for _ in range(TASKS):
        task_id, scores = play_all(troupe, rng)
        for index in troupe.trainers:
            troupe.play(index, market, "claim", task_id, troupe.claims(task_id, scores, index), troupe.puppets[index])
            assert troupe.perform() + ROUNDS * SIBLINGS_MORE * GAS_PER_SIBLING < GAS_LIMIT
            troupe.play(index, market, "leave", task_id)
            assert troupe.perform() < GAS_LIMIT
        for member in troupe.members:
            troupe.play(member, market, "claimFees", task_id, list(range(ROUNDS)), troupe.puppets[member])
            assert troupe.perform() < GAS_LIMIT
        send(market, market.close.encode_input(task_id), owner)

        released = troupe.driver.task(task_id)["released"]
        refundable = troupe.driver.task(task_id)["refundable"]
        assert market.statusOf(task_id) == COMPLETED
        assert refundable == POOL - released + ROUNDS * (FEE % 4)
        assert 0 < POOL - released < ROUNDS * (3 + 1)
        assert released == sum(_released(words, round_) for round_, words in enumerate(scores))
        send(market, market.refund.encode_input(task_id, owner), owner)
        paid += released

    assert reward_token.balanceOf(market) == 0
    assert sum(reward_token.balanceOf(puppet) for puppet in troupe.puppets[:3]) == paid
    assert vault.pot() == 0
    assert vault.depositOf(owner) <= TASKS * ROUNDS * 3 * 2


def _released(words, round_):
    """From the terms alone, by fractions of the pool."""
    done, before = ((count * WAD) // ROUNDS for count in (round_ + 1, round_))
    return sum(share(POOL * (done - before) // WAD, word, words) for word in words)
