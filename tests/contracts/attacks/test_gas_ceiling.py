"""A task with the maximum of everything would hold its money for ever, if a call it needs fitted no transaction.

No transaction may need more than 16,000,000 gas (R9a), which is what the chain of these tests allows:
- reveal with 1,024 trainers: all scored; all but one missed; all but one harmful
- the last join; a committee of ten is in test_gas_of_ten, claims, fees and leaving after 256 rounds in test_dust
"""

import pytest
from brownie import chain, web3

from tests.contracts.constants import WAD
from tests.contracts.driver import TRAINING, report_of
from tests.contracts.raw import GAS_LIMIT, send
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED

TRAINERS = 1024
BATCH = 64


@pytest.fixture(scope="module")
def crowded(driver, market, CrowdDouble, deployer):
    """A task in its first round with 1,024 trainers."""
    task_id = driver.post(maxTrainers=TRAINERS, rounds=10, unitStake=1_000, missPenalty=100)
    crowd = CrowdDouble.deploy(market, {"from": deployer})
    for _ in range(TRAINERS // BATCH):
        send(crowd, crowd.join.encode_input(task_id, BATCH, 1_000), deployer)
    return task_id


@pytest.mark.parametrize("word", [MAX_SCORE, MISSED, HARMFUL])
def test_reveal(driver, market, crowded, oracles, word):
    scores = [MAX_SCORE] + [word] * (TRAINERS - 1)
    report = report_of(scores, WAD // 3)
    driver.pass_time(driver.round(crowded)["closesAt"])
    report_hash = market.reportHashOf(crowded, 0, report)
    for member in oracles[:3]:
        send(market, market.vote.encode_input(crowded, 0, report_hash, driver.everybody), member)

    assert send(market, market.reveal.encode_input(crowded, 0, report), oracles[0]).gasUsed < GAS_LIMIT
    assert driver.round(crowded, 0)["root"] == "0x" + driver.tree(crowded, 0, scores).root().hex()
    last = market.trainerAt(crowded, TRAINERS - 1).dict()
    assert (last["missed"], last["harmed"]) == (word == MISSED, word == HARMFUL)


def test_last_join(market, driver, crowded):
    """It was in the last batch of 64, with everything else there."""
    assert market.statusOf(crowded) == TRAINING
    assert driver.task(crowded)["trainerCount"] == TRAINERS


def test_the_chain_enforces_it(market, mallory):
    """Else all this would show nothing: a transaction that asks for more than 2^24 is not taken."""
    assert chain[-1].gasLimit == GAS_LIMIT
    fields = {"from": mallory.address, "to": market.address, "data": "0x", "gas": 2**24 + 1, "gasPrice": 0}
    with pytest.raises(Exception, match=r"(?i)gas"):
        web3.eth.send_transaction(fields)
