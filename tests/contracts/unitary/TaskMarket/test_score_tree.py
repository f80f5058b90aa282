"""ScoreTree against its twin in Python
- roots over 1 to 9 trainers, with every kind of word, odd widths at every layer
- each leaf's proof pays exactly its trainer; what is released is the sum of the parts, for scores that do not divide
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import report_of
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED, ScoreTree, hash_pair, share

WORDS = [3, MISSED, MAX_SCORE, 0, HARMFUL, 1, MAX_SCORE - 1, 7, MISSED]


@pytest.mark.parametrize("count", range(1, 10))
def test_root(driver, market, accounts, count):
    trainers = accounts[:count]
    task_id = driver.started(trainers)
    scores = WORDS[:count]

    driver.play(task_id, report_of(scores, WAD // 7))

    facts = driver.round(task_id, 0)
    assert facts["root"] == "0x" + driver.tree(task_id, 0, scores).root().hex()
    assert facts["released"] == sum(share(facts["basis"], score, scores) for score in scores)
    assert facts["totalScore"] == sum(score for score in scores if score <= MAX_SCORE)
    assert facts["accepted"] == count - scores.count(MISSED)
    driver.pass_time(driver.final_at(task_id, 0))
    for index, trainer in enumerate(trainers):
        if share(facts["basis"], scores[index], scores):
            claim = driver.claim_of(task_id, 0, scores, index)
            tx = market.claim(task_id, [claim], trainer, {"from": trainer})
            assert tx.events["RewardClaimed"]["reward"] == share(facts["basis"], scores[index], scores)
    assert driver.round(task_id, 0)["remaining"] == 0


@pytest.mark.parametrize("count", range(1, 20))
def test_twin_proves_its_own_leaves(count):
    tree = ScoreTree(1, "0x" + "11" * 20, 1, 0, list(range(count)))
    for index in range(count):
        node = tree.leaf(index)
        for sibling in tree.proof(index):
            node = hash_pair(node, sibling)
        assert node == tree.root()
