"""TaskMarket at the maximum of every parameter: no transaction may need more than 16,000,000 gas (R9a), which is what
the chain of these tests allows.
- reveal with 1,024 trainers: all scored; all but one missed; all but one harmful
- claim of all rounds of a task of 256, each once; leave after them

These transactions go through web3: the more state anvil has, the likelier Brownie asks for one in the moment between
anvil's pool and its block, and believes it lost.
"""

import pytest
from brownie import web3

from tests.contracts.constants import WAD
from tests.contracts.driver import PER_ROUND, digest_of, report_of
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED

TRAINERS = 1024
BATCH = 64
ROUNDS = 256
GAS_LIMIT = 16_000_000


def send(contract, data, sender):
    """Sends and returns the receipt."""
    fields = {"from": sender.address, "to": contract.address, "data": data, "gas": GAS_LIMIT, "gasPrice": 0}
    return web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(fields))


@pytest.fixture(scope="module")
def crowded(driver, market, CrowdDouble, deployer):
    """A task in its first round with 1,024 trainers."""
    task_id = driver.post(maxTrainers=TRAINERS, rounds=10, unitStake=1_000, missPenalty=100)
    crowd = CrowdDouble.deploy(market, {"from": deployer})
    for _ in range(TRAINERS // BATCH):
        assert send(crowd, crowd.join.encode_input(task_id, BATCH, 1_000), deployer).status
    return task_id


@pytest.mark.parametrize("word", [MAX_SCORE, MISSED, HARMFUL])
def test_reveal(driver, market, crowded, oracles, word):
    scores = [MAX_SCORE] + [word] * (TRAINERS - 1)
    report = report_of(scores, WAD // 3)
    driver.pass_time(driver.round(crowded)["closesAt"])
    report_hash = market.reportHashOf(crowded, 0, report)
    for member in oracles[:3]:
        assert send(market, market.vote.encode_input(crowded, 0, report_hash), member).status

    receipt = send(market, market.reveal.encode_input(crowded, 0, report), oracles[0])

    assert receipt.status and receipt.gasUsed < GAS_LIMIT
    assert driver.round(crowded, 0)["root"] == "0x" + driver.tree(crowded, 0, scores).root().hex()
    last = market.trainerAt(crowded, TRAINERS - 1).dict()
    assert (last["missed"], last["harmed"]) == (word == MISSED, word == HARMFUL)


@pytest.fixture(scope="module")
def long(driver, market, alice, oracles):
    """A task that has run all of 256 rounds, with alice alone; every round is settled."""
    task_id = driver.started([alice], rounds=ROUNDS, progressRule=PER_ROUND, missPenalty=0, harmPenaltyBps=0)
    for round_ in range(ROUNDS):
        assert send(market, market.submitUpdate.encode_input(task_id, round_, digest_of("update")), alice).status
        report = report_of([1], (round_ + 1) * WAD // ROUNDS)
        vote = market.vote.encode_input(task_id, round_, market.reportHashOf(task_id, round_, report))
        for member in oracles[:3]:
            assert send(market, vote, member).status
        assert send(market, market.reveal.encode_input(task_id, round_, report), oracles[0]).status
    driver.pass_time(driver.final_at(task_id, ROUNDS - 1))
    for round_ in range(ROUNDS):
        assert send(market, market.settle.encode_input(task_id, round_), alice).status
    return task_id


def test_claim_every_round(driver, market, long, alice, reverts_with):
    first, rest = (0, 239, 240), [round_ for round_ in range(ROUNDS) if round_ not in (0, 239, 240)]

    market.claim(long, [(round_, 1, []) for round_ in first], alice, {"from": alice})
    assert market.claimedRoundsOf(long, alice) == sum(1 << round_ for round_ in first)
    receipt = send(market, market.claim.encode_input(long, [(round_, 1, []) for round_ in rest], alice), alice)

    assert receipt.status and receipt.gasUsed < GAS_LIMIT
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

    assert receipt.status and receipt.gasUsed < GAS_LIMIT
