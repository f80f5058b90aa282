"""A node inside the tree, passed off as a leaf, would prove a score that no report ever contained.

A leaf is hashed twice over six words, a node once over two, so that no bytes are both (R9). The attacker here looks
for a trainer, an index and a score whose leaf is a node; he can only choose the score.
"""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.constants import WAD
from tests.contracts.driver import report_of
from tests.contracts.score_tree import hash_pair

WORDS = [3, 1, 4, 1]


@pytest.fixture(scope="module")
def four(driver, trainers, dave):
    """A tree of three layers: two nodes between leaves and root."""
    task_id = driver.started([*trainers, dave])
    driver.play(task_id, report_of(WORDS, WAD // 3))
    driver.pass_time(driver.final_at(task_id, 0))
    return task_id


def test_a_node_is_no_leaf(driver, market, four, trainers, reverts_with):
    """Proofs that start one layer up, for whatever score: the leaf itself is always in the way."""
    leaves, nodes, _ = driver.tree(four, 0, WORDS).layers()
    for index, trainer in enumerate(trainers):
        for proof in ([nodes[1]], [nodes[0]], [leaves[1], nodes[0]], nodes):
            with reverts_with("TaskMarket_BadProof", four, 0):
                market.claim(four, [(0, WORDS[index], proof)], trainer, {"from": trainer})


def test_a_leaf_is_hashed_twice(driver, market, four):
    """Hashed once, its preimage would be as long as three nodes, and an attacker had something to grind at."""
    fields = [1, 0, four, 0, 0, WORDS[0]]
    fields[0], fields[1] = driver.tree(four, 0, WORDS).chain_id, market.address
    preimage = encode(["uint256", "address", "uint256", "uint256", "uint256", "uint64"], fields)
    leaf = market.leafOf(four, 0, 0, WORDS[0])

    assert leaf == "0x" + keccak(keccak(preimage)).hex()
    assert leaf != "0x" + keccak(preimage).hex()
    assert len(preimage) != 64


def test_root_is_made_of_nodes(driver, market, four):
    leaves, nodes, root = driver.tree(four, 0, WORDS).layers()

    assert driver.round(four, 0)["root"] == "0x" + root[0].hex()
    assert nodes == [hash_pair(*leaves[:2]), hash_pair(*leaves[2:])]
    assert root == [hash_pair(*nodes)]


def test_the_root_itself(driver, market, trainers, alice, reverts_with):
    """With one trainer root and leaf are the same word; no other score of his gives it."""
    task_id = driver.started([alice])
    driver.play(task_id, report_of([5], WAD // 3))
    driver.pass_time(driver.final_at(task_id, 0))

    for score in (0, 4, 6, 2**63):
        with reverts_with("TaskMarket_BadProof", task_id, 0):
            market.claim(task_id, [(0, score, [])], alice, {"from": alice})
    market.claim(task_id, [(0, 5, [])], alice, {"from": alice})
