"""TaskMarket.reveal, reportHashOf, leafOf
- an unknown task, a round that has not opened, a stranger, without a quorum, another report: refused
- twice, after the task has ended: refused
- a report that has quorum but breaks a rule: length, score above 2^63, progress above 1, no model, wrong progress of a
  PerRound task, an owner who stalls where he has nothing to do, an abort with scores or progress
- releases pool * progress beyond the best so far, exactly what claims draw; nothing when nobody scored
- takes fines of those who missed and those who harmed, if there is somebody to have them
- opens the next round, or ends the task: target, last round, owner stalled, abort
"""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.constants import WAD, ZERO_DIGEST
from tests.contracts.driver import (
    ABORTED,
    COMPLETED,
    FAILED,
    MEASURED,
    OWNER_STALLED,
    PER_ROUND,
    SCORED,
    TERMS,
    TRAINING,
    digest_of,
    report_of,
)
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED, share, words

POOL, FEE, UNIT, MISS = (TERMS[name] for name in ("pool", "feePerRound", "unitStake", "missPenalty"))
GOOD = report_of([1, 2, 4], WAD // 3)


@pytest.fixture(scope="module")
def agreed(driver, trainers):
    """The report GOOD has quorum."""
    task_id = driver.started(trainers)
    driver.agree(task_id, GOOD)
    return task_id


def test_unknown(driver, market, oracles, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.reveal(9, 0, GOOD, {"from": oracles[0]})


def test_unopened_round(market, agreed, oracles, reverts_with):
    with reverts_with("TaskMarket_WrongRound", agreed, 0, 1):
        market.reveal(agreed, 1, GOOD, {"from": oracles[0]})


def test_not_member(market, agreed, not_member, reverts_with):
    with reverts_with("TaskMarket_NotMember", agreed, not_member):
        market.reveal(agreed, 0, GOOD, {"from": not_member})


def test_no_quorum(driver, market, trainers, oracles, reverts_with):
    task_id = driver.started(trainers)
    driver.agree(task_id, GOOD, oracles[:2])

    with reverts_with("TaskMarket_NoQuorum", task_id, 0):
        market.reveal(task_id, 0, GOOD, {"from": oracles[0]})


@pytest.mark.parametrize(
    "other",
    [
        (ABORTED, *GOOD[1:]),
        (*GOOD[:1], digest_of("x"), *GOOD[2:]),
        (*GOOD[:2], GOOD[2] + 1, GOOD[3]),
        (*GOOD[:3], words([1, 2, 5])),
        (*GOOD[:3], GOOD[3] + b"\x00"),
    ],
)
def test_another_report(market, agreed, oracles, other, reverts_with):
    hashes = market.reportHashOf(agreed, 0, GOOD), market.reportHashOf(agreed, 0, other)

    with reverts_with("TaskMarket_HashMismatch", *hashes):
        market.reveal(agreed, 0, other, {"from": oracles[0]})


def test_twice(driver, market, agreed, oracles, reverts_with):
    driver.reveal(agreed, GOOD)

    with reverts_with("TaskMarket_AlreadyRevealed", agreed, 0):
        market.reveal(agreed, 0, GOOD, {"from": oracles[1]})


def test_after_the_end(market, agreed, owner, oracles, reverts_with):
    market.end(agreed, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", agreed, COMPLETED):
        market.reveal(agreed, 0, GOOD, {"from": oracles[0]})


def test_after_voting(driver, agreed):
    """Late, but nobody has let the round expire."""
    driver.pass_time(driver.round(agreed)["voteEndsAt"])

    driver.reveal(agreed, GOOD)

    assert driver.current(agreed) == 1


@pytest.mark.parametrize(
    "rule, report, reason",
    [
        (MEASURED, report_of([1, 1], WAD // 2), "length"),
        (MEASURED, report_of([1, 1, 1, 1], WAD // 2), "length"),
        (MEASURED, (SCORED, digest_of("m"), WAD // 2, b"\x00" * 25), "length"),
        (MEASURED, report_of([1, 1, MAX_SCORE + 1], WAD // 2), "score"),
        (MEASURED, report_of([1, 1, HARMFUL - 1], WAD // 2), "score"),
        (MEASURED, report_of([1, 1, 1], WAD + 1), "progress"),
        (MEASURED, (SCORED, ZERO_DIGEST, WAD, words([1, 1, 1])), "modelDigest"),
        (MEASURED, report_of([1, 1, 1], 0, OWNER_STALLED), "outcome"),
        (MEASURED, report_of([], 1, ABORTED), "progress"),
        (MEASURED, report_of([1, 1, 1], 0, ABORTED), "length"),
        (PER_ROUND, report_of([1, 1, 1], WAD // 3 + 1), "progress"),
        (PER_ROUND, report_of([1, 1, 1], WAD // 3 - 1), "progress"),
        (PER_ROUND, report_of([1, 1, 1], WAD // 2, OWNER_STALLED), "progress"),
    ],
)
def test_bad_report(driver, trainers, rule, report, reason, reverts_with):
    task_id = driver.started(trainers, progressRule=rule)
    driver.agree(task_id, report)

    with reverts_with("TaskMarket_BadReport", reason):
        driver.reveal(task_id, report)


def test_reveal(driver, market, agreed, oracles, trainers):
    tx = market.reveal(agreed, 0, GOOD, {"from": oracles[2]})

    scores = [1, 2, 4]
    basis = POOL * (WAD // 3) // WAD
    released = sum(share(basis, score, scores) for score in scores)
    root = "0x" + driver.tree(agreed, 0, scores).root().hex()
    assert tx.events["RoundRevealed"] == {
        "taskId": agreed,
        "round": 0,
        "outcome": SCORED,
        "modelDigest": "0x" + GOOD[1].hex(),
        "progressWad": WAD // 3,
        "released": released,
        "root": root,
        "scores": "0x" + GOOD[3].hex(),
    }
    assert tx.events["RoundOpened"] == {"taskId": agreed, "round": 1}
    assert "TrainerPenalised" not in tx.events
    facts = driver.round(agreed, 0)
    assert facts["revealedAt"] == driver.round(agreed, 1)["openedAt"] == tx.timestamp
    assert facts["released"] == facts["remaining"] == released < facts["basis"] == basis
    assert (facts["root"], facts["totalScore"], facts["accepted"]) == (root, 7, 3)
    task = driver.task(agreed)
    assert (task["status"], task["round"], task["unsettled"], task["refundable"]) == (TRAINING, 1, 1, 0)
    assert (task["progressWad"], task["released"]) == (WAD // 3, released)
    assert task["modelDigest"] == "0x" + GOOD[1].hex()


def test_only_progress_beyond_the_best(driver, training):
    """Down, and up to where it was: pays nothing. Beyond: only the difference."""
    scores = [1, 1, 1]
    for progress, paid in ((WAD // 2, WAD // 2), (WAD // 4, 0)):
        driver.play(training, report_of(scores, progress))
        assert driver.round(training, driver.current(training) - 1)["basis"] == POOL * paid // WAD
    assert driver.task(training)["progressWad"] == WAD // 2

    driver.play(training, report_of(scores, 3 * WAD // 4))

    assert driver.round(training, 2)["basis"] == POOL // 4


def test_progress_nobody_scored_for(driver, training):
    """What public steps achieve is paid to nobody, also not later."""
    driver.play(training, report_of([0, 0, 0], WAD // 2))
    assert driver.task(training)["progressWad"] == WAD // 2
    assert driver.round(training, 0)["basis"] == driver.round(training, 0)["released"] == 0

    driver.play(training, report_of([1, 0, 0], WAD))

    assert driver.task(training)["released"] == POOL * (WAD // 2) // WAD


def test_greatest_scores(driver, training):
    driver.play(training, report_of([MAX_SCORE] * 3, WAD))

    facts = driver.round(training, 0)
    assert facts["totalScore"] == 3 * MAX_SCORE
    assert facts["released"] == POOL // 3 * 3


def test_missed(driver, market, vault, training, carol):
    locked = vault.lockedBy(market, carol)

    tx = driver.play(training, report_of([5, 0, MISSED], WAD // 2))

    assert tx.events["TrainerPenalised"] == {"taskId": training, "round": 0, "trainer": carol, "amount": MISS}
    assert vault.pot() == MISS
    assert vault.lockedBy(market, carol) == locked - MISS
    assert driver.round(training, 0)["missShare"] == MISS // 2
    assert driver.round(training, 0)["accepted"] == 2
    assert market.trainerAt(training, 2).dict()["missed"] == 1


def test_all_missed(driver, market, vault, training):
    tx = driver.play(training, report_of([MISSED] * 3, WAD // 2))

    assert "TrainerPenalised" not in tx.events
    assert vault.pot() == driver.round(training, 0)["released"] == 0
    assert market.trainerAt(training, 0).dict()["missed"] == 0


def test_missed_for_free(driver, trainers, vault):
    task_id = driver.started(trainers, missPenalty=0)

    tx = driver.play(task_id, report_of([1, 1, MISSED], WAD // 2))

    assert "TrainerPenalised" not in tx.events
    assert vault.pot() == 0


def test_harmful(driver, market, vault, training, bob, carol):
    """Bob has two units, carol three; alice alone scores."""
    tx = driver.play(training, report_of([7, HARMFUL, HARMFUL], WAD // 2))

    fines = [2 * UNIT // 10, 3 * UNIT // 10]
    assert [event["amount"] for event in tx.events["TrainerPenalised"]] == fines
    assert [event["trainer"] for event in tx.events["TrainerPenalised"]] == [bob, carol]
    assert vault.pot() == driver.round(training, 0)["harmPot"] == sum(fines)
    assert driver.round(training, 0)["accepted"] == 3
    assert market.trainerAt(training, 1).dict()["harmed"] == 1
    assert market.trainerAt(training, 1).dict()["missed"] == 0


def test_harmful_and_nobody_scored(driver, vault, training):
    """Who missed pays those who sent something, harmful or not."""
    tx = driver.play(training, report_of([HARMFUL, 0, MISSED], WAD // 2))

    assert len(tx.events["TrainerPenalised"]) == 1
    assert vault.pot() == MISS
    assert driver.round(training, 0)["missShare"] == MISS // 2
    assert driver.round(training, 0)["harmPot"] == 0


def test_harmful_for_free(driver, trainers, vault):
    task_id = driver.started(trainers, harmPenaltyBps=0)

    tx = driver.play(task_id, report_of([1, HARMFUL, HARMFUL], WAD // 2))

    assert "TrainerPenalised" not in tx.events
    assert vault.pot() == 0


def test_all_rounds_cost_at_most_the_stake(driver, market, vault, trainers, carol):
    """Missed or harmful in each round, with the heaviest fines the terms may have."""
    locked = vault.lockedBy(market, carol)
    task_id = driver.started(trainers, missPenalty=UNIT // 3, harmPenaltyBps=3333)
    for progress, word in ((1, MISSED), (2, HARMFUL), (3, MISSED)):
        driver.play(task_id, report_of([1, 1, word], progress))

    assert vault.lockedBy(market, carol) == locked + UNIT - 2 * (UNIT // 3) - UNIT * 3333 // 10_000
    assert market.trainerAt(task_id, 2) == (carol, 1, 2, 1, 0, False)


@pytest.mark.parametrize("rounds, progress", [(1, WAD // 3), (2, WAD)])
def test_completed(driver, market, trainers, rounds, progress):
    task_id = driver.started(trainers, rounds=rounds, missPenalty=0)

    tx = driver.play(task_id, report_of([1, 1, 1], progress))

    assert tx.events["TaskClosed"] == {"taskId": task_id, "status": COMPLETED}
    assert "RoundOpened" not in tx.events
    released = driver.task(task_id)["released"]
    assert driver.task(task_id)["refundable"] == POOL - released + (rounds - 1) * FEE
    assert driver.task(task_id)["round"] == 0


def test_per_round(driver, market, trainers):
    task_id = driver.started(trainers, progressRule=PER_ROUND)
    for round_ in range(3):
        driver.play(task_id, report_of([1, 1, 1], (round_ + 1) * WAD // 3))

    assert market.statusOf(task_id) == COMPLETED
    assert driver.task(task_id)["progressWad"] == WAD
    assert POOL - 9 < driver.task(task_id)["released"] <= POOL


def test_owner_stalled(driver, trainers):
    task_id = driver.started(trainers, progressRule=PER_ROUND)
    initial = driver.task(task_id)["modelDigest"]

    tx = driver.play(task_id, report_of([1, 1, MISSED], WAD // 3, OWNER_STALLED))

    assert tx.events["TaskClosed"] == {"taskId": task_id, "status": COMPLETED}
    assert driver.task(task_id)["modelDigest"] == initial
    assert driver.round(task_id, 0)["released"] == POOL * (WAD // 3) // WAD // 2 * 2


def test_aborted(driver, vault, training):
    driver.play(training, report_of([1, 1, 1], WAD // 2))
    best = driver.task(training)

    tx = driver.play(training, report_of([], WAD // 2, ABORTED))

    assert tx.events["TaskClosed"] == {"taskId": training, "status": FAILED}
    facts = driver.round(training, 1)
    assert (facts["released"], facts["root"], facts["accepted"]) == (0, "0x" + ZERO_DIGEST.hex(), 0)
    task = driver.task(training)
    assert task["modelDigest"] == best["modelDigest"]
    assert task["refundable"] == POOL - best["released"] + FEE
    assert vault.pot() == 0


def test_hash_and_leaf(driver, market, chain, agreed):
    types = ["uint256", "address", "uint256", "uint256", "uint8", "bytes32", "uint64", "bytes32"]
    values = [chain.id, market.address, agreed, 2, *GOOD[:3], keccak(GOOD[3])]

    assert market.reportHashOf(agreed, 2, GOOD) == "0x" + keccak(encode(types, values)).hex()
    for index, leaf in enumerate(driver.tree(agreed, 2, [1, 2, 4]).layers()[0]):
        assert market.leafOf(agreed, 2, index, [1, 2, 4][index]) == "0x" + leaf.hex()
