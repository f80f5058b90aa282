"""A task with the maximum of everything would hold its money for ever, if a call it needs fitted no transaction.

No transaction may need more than 16,000,000 gas (R9a), which is what the chain of these tests allows:
- reveal with 1,024 trainers: all scored; all but one missed; all but one harmful
- a committee of ten: the last join, settle and expire with all at fault that can be, a ruling against all of them
- claims, fees and leaving after 256 rounds are in test_dust

These transactions go through web3: the more state anvil has, the likelier Brownie asks for one in the moment between
anvil's pool and its block, and believes it lost.
"""

from dataclasses import replace

import pytest
from brownie import chain, web3

from tests.contracts.constants import WAD
from tests.contracts.driver import FAILED, OVERTURNED, TERMS, TRAINING, report_of
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED

TRAINERS = 1024
BATCH = 64
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
def ten(driver, found_committee, many_oracles, arbiter):
    """The same market with a committee of ten."""
    committee_id = found_committee(many_oracles, arbiters=[arbiter])
    return replace(driver, committee_id=committee_id, oracles=many_oracles)


def uses(contract, data, sender):
    """The gas of a transaction that must go through."""
    receipt = send(contract, data, sender)
    assert receipt.status
    return receipt.gasUsed


def test_last_join(market, driver, crowded):
    """It was in the last batch of 64, with everything else there."""
    assert market.statusOf(crowded) == TRAINING
    assert driver.task(crowded)["trainerCount"] == TRAINERS


def test_settle_with_three_of_ten_at_fault(market, ten, trainers, mallory):
    task_id = ten.started(trainers)
    ten.play(task_id, report_of([1, 2, 4], WAD), submitters=trainers, workers=ten.oracles, members=ten.oracles[:7])
    ten.pass_time(ten.final_at(task_id, 0))

    assert uses(market, market.settle.encode_input(task_id, 0), mallory) < GAS_LIMIT // 16


def test_expire_with_ten_at_fault(market, ten, trainers, mallory):
    task_id = ten.started(trainers)
    ten.pass_time(ten.round(task_id)["voteEndsAt"])

    assert uses(market, market.expire.encode_input(task_id), mallory) < GAS_LIMIT // 16
    assert market.statusOf(task_id) == FAILED


def test_ruling_against_ten(market, ten, arbiter, trainers, mallory, deposit_for):
    task_id = ten.started(trainers, arbiter=arbiter)
    ten.play(task_id, report_of([1, 2, 4], WAD), submitters=trainers)
    deposit_for(mallory, TERMS["challengeBond"])
    market.challenge(task_id, 0, {"from": mallory})
    ruling = arbiter.giveRuling.encode_input(market, arbiter.disputeCount(), 2)

    assert uses(arbiter, ruling, mallory) < GAS_LIMIT // 16
    assert ten.round(task_id, 0)["dispute"] == OVERTURNED


def test_post(market, ten, reward_token, owner):
    """Windows, fees and texts have a fixed length: what is posted does not grow."""
    terms = ten.terms(rounds=256, maxTrainers=TRAINERS, missPenalty=0, harmPenaltyBps=0, unitStake=1)
    escrow = terms["pool"] + terms["rounds"] * terms["feePerRound"]
    reward_token.mint(owner, escrow, {"from": owner})
    reward_token.approve(market, escrow, {"from": owner})

    assert uses(market, market.post.encode_input(tuple(terms.values())), owner) < GAS_LIMIT // 16


def test_the_chain_enforces_it(market, mallory):
    """Else all this would show nothing: a transaction that asks for more than 2^24 is not taken."""
    assert chain[-1].gasLimit == GAS_LIMIT
    fields = {"from": mallory.address, "to": market.address, "data": "0x", "gas": 2**24 + 1, "gasPrice": 0}
    with pytest.raises(Exception, match=r"(?i)gas"):
        web3.eth.send_transaction(fields)
