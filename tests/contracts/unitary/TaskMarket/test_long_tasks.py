"""TaskMarket with the most rounds a task may have; no transaction may need more than 16,000,000 gas (R9a)
- claim of all 256 rounds, each once, the late ones too, which are kept elsewhere; nothing else of the trainer changes
- leave after all of them
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import PER_ROUND, digest_of, report_of
from tests.contracts.raw import GAS_LIMIT, send

ROUNDS = 256


@pytest.fixture(scope="module")
def long(driver, market, alice, oracles):
    """A task that has run all of 256 rounds, with alice alone; every round is settled."""
    task_id = driver.started([alice], rounds=ROUNDS, progressRule=PER_ROUND, missPenalty=0, harmPenaltyBps=0)
    for round_ in range(ROUNDS):
        send(market, market.submitUpdate.encode_input(task_id, round_, digest_of("update")), alice)
        report = report_of([1], (round_ + 1) * WAD // ROUNDS)
        report_hash = market.reportHashOf(task_id, round_, report)
        vote = market.vote.encode_input(task_id, round_, report_hash, driver.everybody)
        for member in oracles[:3]:
            send(market, vote, member)
        send(market, market.reveal.encode_input(task_id, round_, report), oracles[0])
    driver.pass_time(driver.final_at(task_id, ROUNDS - 1))
    for round_ in range(ROUNDS):
        send(market, market.settle.encode_input(task_id, round_), alice)
    return task_id


def test_claim_every_round(driver, market, long, alice, reverts_with):
    first, rest = (0, 239, 240), [round_ for round_ in range(ROUNDS) if round_ not in (0, 239, 240)]

    market.claim(long, [(round_, 1, []) for round_ in first], alice, {"from": alice})
    assert market.claimedRoundsOf(long, alice) == sum(1 << round_ for round_ in first)
    receipt = send(market, market.claim.encode_input(long, [(round_, 1, []) for round_ in rest], alice), alice)

    assert receipt.gasUsed < GAS_LIMIT
    assert market.claimedRoundsOf(long, alice) == 2**256 - 1
    for round_ in (0, 239, 240, 255):
        with reverts_with("TaskMarket_AlreadyClaimed", long, round_, alice):
            market.claim(long, [(round_, 1, [])], alice, {"from": alice})


def test_claims_are_each_trainers_own(market, long, alice, reverts_with):
    """The bits of the late rounds stand beside other facts of the trainer."""
    before = market.trainerAt(long, 0)

    market.claim(long, [(250, 1, [])], alice, {"from": alice})

    assert market.trainerAt(long, 0) == before
    assert market.trainerNumberOf(long, alice) == 1
    assert market.claimedRoundsOf(long, alice) == 1 << 250


def test_leave_after_every_round(market, long, alice):
    receipt = send(market, market.leave.encode_input(long), alice)

    assert receipt.gasUsed < GAS_LIMIT
