"""A number at the edge of its type would wrap, cut off or revert, and so print money or lock it.

Pools, fees, stakes, penalties, scores and units at 2^128 - 1, 2^63 and their likes, in one task that still pays to the
wei; a wei beyond is refused where it comes in.
"""

import pytest

from tests.contracts.constants import BPS, WAD
from tests.contracts.driver import COMPLETED, DAY, TERMS, TRAINING, report_of
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED, share

UINT128 = 2**128 - 1
UINT256 = 2**256 - 1
# All deposits of the vault together fit 128 bits; four seats leave room for trainers and challengers.
SEAT = UINT128 // 16
BOND = UINT128 // 2


@pytest.fixture(scope="module")
def big(driver, found_committee, many_oracles, reward_token, arbiter):
    """A driver whose committee covers the largest pool: one wei of stake is worth 2^128 of reward, rounded up."""
    driver.committee_id = found_committee(
        many_oracles[4:8], seatStake=SEAT, faultPenalty=SEAT, arbiters=[arbiter], stakePerRewardWad=[1]
    )
    driver.oracles = many_oracles[4:8]
    return driver


def test_largest_pool(big, market, reward_token, trainers, owner, solvent):
    """Released, claimed and refunded to the last wei, with scores at their maximum."""
    fee = 10**30
    pool = UINT128 - 2 * fee
    task_id = big.started(trainers, pool=pool, feePerRound=fee, rounds=2)
    scores = [MAX_SCORE, MAX_SCORE, MAX_SCORE - 1]
    big.play(task_id, report_of(scores, WAD), submitters=trainers, workers=big.oracles)
    big.settle(task_id, 0)
    for index, trainer in enumerate(trainers):
        market.claim(task_id, [big.claim_of(task_id, 0, scores, index)], trainer, {"from": trainer})
    for member in big.oracles:
        market.claimFees(task_id, [0], member, {"from": member})
    market.refund(task_id, owner, {"from": owner})

    assert [reward_token.balanceOf(trainer) for trainer in trainers] == [share(pool, word, scores) for word in scores]
    assert reward_token.balanceOf(market) == 0


def test_a_wei_more_than_fits(big, market, owner, reverts_with):
    for changes, name in (
        ({"pool": UINT128, "feePerRound": 1, "rounds": 1}, "feePerRound"),
        ({"pool": 1, "feePerRound": UINT128, "rounds": 1}, "feePerRound"),
        ({"unitStake": UINT128 // 12 + 1, "maxUnits": 4, "maxTrainers": 3}, "unitStake"),
        ({"missPenalty": TERMS["unitStake"] // 3 + 1}, "missPenalty"),
        ({"missPenalty": UINT128}, "missPenalty"),
        ({"harmPenaltyBps": BPS // 3 + 1}, "harmPenaltyBps"),
        ({"harmPenaltyBps": 2**16 - 1}, "harmPenaltyBps"),
        ({"joinWindow": 30 * DAY + 1}, "joinWindow"),
        ({"joinWindow": 2**32 - 1}, "joinWindow"),
        ({"commitWindow": 2**31}, "commitWindow"),
        ({"voteWindow": 2**32 - 1}, "voteWindow"),
        ({"rounds": 257}, "rounds"),
        ({"rounds": 2**16 - 1}, "rounds"),
        ({"maxTrainers": 1025}, "maxTrainers"),
    ):
        with reverts_with("TaskMarket_BadParam", name):
            market.post(tuple(big.terms(**changes).values()), {"from": owner})


@pytest.mark.parametrize("committee", [0, 2**64 + 1, UINT256])
def test_committee_out_of_range(big, market, owner, committee, reverts_with):
    """A number that is cut off would name another committee."""
    with reverts_with("Committees_Unknown", committee):
        market.post(tuple(big.terms(committeeId=committee).values()), {"from": owner})


def test_largest_stakes_and_penalties(big, market, vault, alice, bob, carol, solvent):
    """All that a trainer has is taken by the last round, and not a wei more."""
    unit = UINT128 // 2**16 // 3
    task_id = big.started(
        [alice, bob, carol],
        units=(2**16 - 1, 2**16 - 1, 1),
        maxUnits=2**16 - 1,
        unitStake=unit,
        rounds=1,
        missPenalty=unit,
        harmPenaltyBps=BPS,
    )
    scores = [MAX_SCORE, HARMFUL, MISSED]
    big.play(task_id, report_of(scores, WAD))
    big.settle(task_id, 0)
    for index, trainer in enumerate((alice, bob, carol)):
        if index < 2:
            market.claim(task_id, [big.claim_of(task_id, 0, scores, index)], trainer, {"from": trainer})
        market.leave(task_id, {"from": trainer})

    stake = (2**16 - 1) * unit
    assert vault.freeOf(carol) == 0
    assert vault.freeOf(bob) == unit // 2
    assert vault.freeOf(alice) == 2 * stake + unit // 2


def test_largest_bond_and_faults(big, market, vault, arbiter, many_oracles, alice, mallory, deposit_for, solvent):
    """More than half of all stake there can be in one pot: a whole seat, and a bond as large as eight."""
    task_id = big.started([alice], arbiter=arbiter, challengeBond=BOND)
    big.play(task_id, report_of([1], WAD), members=big.oracles[:3])
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    arbiter.giveRuling(market, arbiter.disputeCount(), 1, {"from": mallory})

    big.settle(task_id, 0)

    pot = BOND + SEAT
    assert big.round(task_id, 0)["slashShare"] == pot // 3
    for member in big.oracles[:3]:
        market.claimFees(task_id, [0], member, {"from": member})
        assert vault.freeOf(member) == pot // 3


def test_scores_at_the_edge(big, market, alice, bob, carol, reverts_with):
    """2^63 is a score; one more is not, nor is what lies between it and the two words with a meaning."""
    for word in (MAX_SCORE + 1, HARMFUL - 1):
        task_id = big.started([alice])
        report = report_of([word], WAD)
        big.agree(task_id, report)
        with reverts_with("TaskMarket_BadReport", "score"):
            big.reveal(task_id, report)
    task_id = big.started([alice])
    big.play(task_id, report_of([MAX_SCORE], WAD))

    assert big.task(task_id)["released"] == TERMS["pool"]


@pytest.mark.parametrize("progress", [WAD + 1, 2**64 - 1])
def test_progress_beyond_the_target(big, market, alice, progress, reverts_with):
    task_id = big.started([alice])
    report = report_of([1], progress)
    big.agree(task_id, report)

    with reverts_with("TaskMarket_BadReport", "progress"):
        big.reveal(task_id, report)
    assert market.statusOf(task_id) == TRAINING


def test_smallest_of_everything(big, market, vault, reward_token, alice, owner, solvent):
    """A pool of one wei, a stake of one wei, windows of a few blocks: nothing divides, nothing sticks."""
    task_id = big.started(
        [alice], pool=1, feePerRound=0, rounds=1, maxUnits=1, unitStake=1, missPenalty=1, harmPenaltyBps=BPS,
        joinWindow=10, submitWindow=10, commitWindow=1, voteWindow=10, challengeWindow=1, challengeBond=0,
    )  # fmt: skip
    big.submit(task_id, [alice])
    big.agree(task_id, report_of([1], WAD), big.oracles[:3])
    big.reveal(task_id, report_of([1], WAD))
    big.settle(task_id, 0)
    market.claim(task_id, [big.claim_of(task_id, 0, [1], 0)], alice, {"from": alice})
    market.leave(task_id, {"from": alice})

    assert market.statusOf(task_id) == COMPLETED
    assert reward_token.balanceOf(alice) == vault.freeOf(alice) == 1


def test_rounds_that_wrap_a_bitmap(big, market, alice, reverts_with):
    """Bit 256 of a word is no bit: a round so far out cannot be claimed again and again."""
    task_id = big.started([alice])
    big.play(task_id, report_of([1], WAD))
    big.settle(task_id, 0)
    for round_ in (256, 2**16 - 1):
        with reverts_with("TaskMarket_WrongRound", task_id, 0, round_):
            market.claim(task_id, [(round_, 1, [])], alice, {"from": alice})
    member = big.oracles[0]
    for round_ in (256, UINT256):
        with reverts_with("TaskMarket_WrongRound", task_id, 0, round_):
            market.claimFees(task_id, [round_], member, {"from": member})
