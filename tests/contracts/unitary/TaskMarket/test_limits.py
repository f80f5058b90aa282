"""TaskMarket at the maximum of every parameter: no transaction may need more than 16,000,000 gas (R9a), which is what
the chain of these tests allows.
- reveal with 1,024 trainers: all scored; all but one missed; all but one harmful
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import report_of
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
