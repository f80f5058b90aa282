"""A report with more, fewer or broken scores would give somebody a place in the tree that no trainer has, or have the
sums read past the end.

The market takes exactly 8 bytes per trainer; another length can have quorum, but then the round can only expire (R9).
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import FAILED, SCORED, TERMS, TRAINING, digest_of
from tests.contracts.score_tree import words

from .conftest import SCORES

GOOD = words(SCORES)
LENGTHS = {
    "none": b"",
    "one trainer short": GOOD[:-8],
    "one trainer too many": GOOD + words([9]),
    "a byte short": GOOD[:-1],
    "a byte too many": GOOD + b"\x00",
    "a whole word of the machine": GOOD + bytes(32),
    "twice over": GOOD * 2,
}


@pytest.fixture
def agreed(driver, market, trainers, oracles):
    """`agreed(scores)`: the task and the report of these bytes, which has quorum."""

    def agree(scores):
        task_id = driver.started(trainers)
        report = (SCORED, digest_of("next model"), WAD // 3, scores)
        driver.agree(task_id, report)
        return task_id, report

    return agree


@pytest.mark.parametrize("scores", LENGTHS.values(), ids=LENGTHS.keys())
def test_refused(driver, market, vault, agreed, scores, owner, mallory, reverts_with, solvent):
    task_id, report = agreed(scores)
    with reverts_with("TaskMarket_BadReport", "length"):
        driver.reveal(task_id, report)
    assert market.statusOf(task_id) == TRAINING
    assert driver.round(task_id)["revealedAt"] == 0

    driver.pass_time(driver.round(task_id)["voteEndsAt"] + TERMS["commitWindow"])
    market.expire(task_id, {"from": mallory})

    assert market.statusOf(task_id) == FAILED
    assert driver.task(task_id)["refundable"] == TERMS["pool"] + TERMS["rounds"] * TERMS["feePerRound"]
    assert vault.pot() == 0


def test_dirty_calldata_behind_the_scores(driver, market, agreed, oracles):
    """Bytes after the end of a well-formed call are not read: neither the hash nor the tree changes."""
    task_id, report = agreed(GOOD)
    call = market.reveal.encode_input(task_id, 0, report)

    oracles[0].transfer(market, data=call + "ff" * 64)

    assert driver.round(task_id, 0)["root"] == "0x" + driver.tree(task_id, 0, SCORES).root().hex()


def test_scores_that_overlap_the_report(driver, market, agreed, oracles):
    """The same call with the offset of `scores` bent so that it reads other bytes: it has another hash."""
    task_id, report = agreed(GOOD)
    call = bytes.fromhex(market.reveal.encode_input(task_id, 0, report)[2:])
    offset_at = 4 + 3 * 32 + 3 * 32
    bent = call[:offset_at] + (0).to_bytes(32, "big") + call[offset_at + 32 :]
    assert int.from_bytes(call[offset_at : offset_at + 32], "big") == 4 * 32

    with pytest.raises(Exception, match="revert"):
        oracles[0].transfer(market, data="0x" + bent.hex())
    assert driver.round(task_id, 0)["revealedAt"] == 0
