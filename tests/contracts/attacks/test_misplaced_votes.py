"""A vote, an opening or a report made for one round and used in another would pass off old work as new.

- a report hash names chain, market, task and round: the same report has another hash everywhere else
- votes and reveals of a member of another committee, of a future round, of a task that is over: refused
- a commitment opens in its own task and round only (I14)
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import COMPLETED, NOBODY, digest_of, report_of

from .conftest import SCORES

GOOD = report_of(SCORES, WAD // 3)


@pytest.fixture
def two(driver, trainers):
    """Two tasks of one committee, both ready for votes."""
    task_ids = [driver.started(trainers) for _ in range(2)]
    for task_id in task_ids:
        driver.submit(task_id, trainers)
    return task_ids


def test_hash_names_its_place(driver, market, two):
    here = market.reportHashOf(two[0], 0, GOOD)

    assert here != market.reportHashOf(two[1], 0, GOOD)
    assert here != market.reportHashOf(two[0], 1, GOOD)


def test_votes_for_another_task(driver, market, two, oracles, reverts_with):
    """The votes count, but what they count for cannot be shown: the round expires without a slash."""
    foreign = market.reportHashOf(two[0], 0, GOOD)
    for member in oracles:
        market.vote(two[1], 0, foreign, NOBODY, {"from": member})

    with reverts_with("TaskMarket_HashMismatch", foreign, market.reportHashOf(two[1], 0, GOOD)):
        driver.reveal(two[1], GOOD)
    assert driver.round(two[1])["revealedAt"] == 0


def test_votes_for_another_round(driver, market, two, oracles, trainers, reverts_with):
    old = driver.vote(two[0], oracles, GOOD)
    driver.reveal(two[0], GOOD)
    driver.submit(two[0], trainers)
    for member in oracles:
        market.vote(two[0], 1, old, NOBODY, {"from": member})

    with reverts_with("TaskMarket_HashMismatch", old, market.reportHashOf(two[0], 1, GOOD)):
        driver.reveal(two[0], GOOD)


def test_future_round(driver, market, two, oracles, reverts_with):
    with reverts_with("TaskMarket_WrongRound", two[0], 0, 1):
        market.vote(two[0], 1, digest_of("report"), NOBODY, {"from": oracles[0]})


def test_member_of_another_committee(driver, market, two, found_committee, many_oracles, reverts_with):
    outsider = many_oracles[4]
    found_committee(many_oracles[4:8])

    with reverts_with("TaskMarket_NotMember", two[0], outsider):
        market.vote(two[0], 0, market.reportHashOf(two[0], 0, GOOD), NOBODY, {"from": outsider})
    driver.vote(two[0], driver.oracles, GOOD)
    with reverts_with("TaskMarket_NotMember", two[0], outsider):
        market.reveal(two[0], 0, GOOD, {"from": outsider})


def test_closed_task(driver, market, trainers, oracles, owner, reverts_with):
    task_id = driver.started(trainers)
    market.end(task_id, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", task_id, COMPLETED):
        market.vote(task_id, 0, digest_of("report"), NOBODY, {"from": oracles[0]})


@pytest.mark.parametrize("place", ["task", "round"])
def test_commitment_of_another_place(driver, market, two, oracles, place, reverts_with):
    member = oracles[0]
    task_id, round_ = (two[1], 0) if place == "task" else (two[0], 1)
    elsewhere = market.commitmentOf(*driver.work_of(member), member, task_id, round_)
    market.commitWork(two[0], 0, elsewhere, {"from": member})
    driver.pass_time(driver.round(two[0])["commitEndsAt"])

    own = market.commitmentOf(*driver.work_of(member), member, two[0], 0)
    with reverts_with("TaskMarket_CommitmentMismatch", elsewhere, own):
        driver.open(two[0], [member])
