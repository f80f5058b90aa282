"""Whoever sees a digest in the pool and sends it first would have the honest sender refused, and fined for missing the
round, if the chain took a digest only once.

It takes it from everybody (R15): who copied is for the committee to say, by the sender sealed in the blob (R14). The
victim's pay is what it was; the squatter, whom the report gives MISSED, pays for trying.
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, digest_of, report_of
from tests.contracts.score_tree import MISSED

DIGEST = digest_of("alice's update")


@pytest.fixture
def squatted(driver, market, alice, mallory):
    """mallory has sent alice's digest before her."""
    task_id = driver.started([mallory, alice])
    market.submitUpdate(task_id, 0, DIGEST, {"from": mallory})
    return task_id


def test_victim_is_not_refused(market, squatted, alice):
    tx = market.submitUpdate(squatted, 0, DIGEST, {"from": alice})

    assert tx.events["UpdateSubmitted"]["trainer"] == alice
    assert tx.events["UpdateSubmitted"]["digest"] == "0x" + DIGEST.hex()


def test_victim_earns_the_same(driver, market, vault, reward_token, squatted, alice, mallory, solvent):
    market.submitUpdate(squatted, 0, DIGEST, {"from": alice})
    scores = [MISSED, 3]
    driver.play(squatted, report_of(scores, WAD))
    driver.settle(squatted, 0)

    market.claim(squatted, [driver.claim_of(squatted, 0, scores, 1)], alice, {"from": alice})
    for trainer in (alice, mallory):
        market.leave(squatted, {"from": trainer})

    assert reward_token.balanceOf(alice) == TERMS["pool"]
    assert vault.freeOf(alice) == TERMS["unitStake"] + TERMS["missPenalty"]
    assert vault.freeOf(mallory) == TERMS["unitStake"] - TERMS["missPenalty"]


def test_copied_digest_in_the_next_round(driver, market, squatted, alice, mallory):
    """An old digest is no obstacle either, his own or another's."""
    market.submitUpdate(squatted, 0, DIGEST, {"from": alice})
    driver.play(squatted, report_of([1, 1], WAD // 3))

    for trainer in (mallory, alice):
        market.submitUpdate(squatted, 1, DIGEST, {"from": trainer})

    assert driver.round(squatted, 1)["submitted"] == 2
