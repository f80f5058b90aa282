"""A founder who names one account in two seats would have it vote twice, and a quorum of fewer people than n - t.

- the same account twice, wherever: refused; so is a committee of another size than 3t + 1
- a member enrols once and votes once a round; two seats in two committees are two stakes
"""

import pytest

from tests.contracts.constants import SEAT_STAKE, WAD
from tests.contracts.driver import report_of


@pytest.mark.parametrize("first, second", [(0, 1), (0, 3), (2, 3)])
def test_named_twice(committees, books, charter_of, many_oracles, first, second, mallory, reverts_with):
    members = many_oracles[:4]
    members[second] = members[first]

    with reverts_with("Committees_DuplicateMember", members[first]):
        committees.found(charter_of(members), {"from": mallory})


@pytest.mark.parametrize("size", [0, 1, 3, 5, 6, 8, 9])
def test_another_size(committees, books, charter_of, many_oracles, size, mallory, reverts_with):
    with reverts_with("Committees_BadSize", size):
        committees.found(charter_of(many_oracles[:size]), {"from": mallory})


def test_enrolled_twice(driver, committees, oracles, recipient_of, reverts_with):
    with reverts_with("Committees_AlreadyEnrolled", driver.committee_id, oracles[0]):
        committees.enroll(driver.committee_id, recipient_of(oracles[0]), {"from": oracles[0]})


@pytest.mark.parametrize("again", ["the same", "another"])
def test_votes_twice(driver, market, trainers, oracles, again, reverts_with):
    task_id = driver.started(trainers)
    driver.submit(task_id, trainers)
    driver.vote(task_id, oracles[:1], report_of([1, 1, 1], WAD))

    report = report_of([1, 1, 1], WAD if again == "the same" else WAD // 2)
    with reverts_with("TaskMarket_AlreadyVoted", task_id, 0, oracles[0]):
        driver.vote(task_id, oracles[:1], report)
    assert driver.round(task_id)["votedMask"] == 1


def test_two_seats_are_two_stakes(found_committee, driver, vault, many_oracles, solvent):
    found_committee(many_oracles[3:7])

    assert vault.lockedOf(many_oracles[3]) == 2 * SEAT_STAKE
