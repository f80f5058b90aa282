"""A market under attack: whatever token the attacker likes, and people to lose by it."""

from dataclasses import replace

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import report_of
from tests.contracts.market_fixtures import *  # noqa: F403

SCORES = [1, 2, 4]


@pytest.fixture(scope="session")
def trainers(alice, bob, carol):
    return [alice, bob, carol]


@pytest.fixture(scope="module")
def driver_in(driver, found_committee, many_oracles, arbiter):
    """`driver_in(token)`: the driver of tasks that pay in `token`, with four members who accept it."""

    def drive(token, **changes):
        members = many_oracles[4:8]
        committee_id = found_committee(members, rewardTokens=[token], arbiters=[arbiter], **changes)
        return replace(driver, reward_token=token, committee_id=committee_id, oracles=members)

    return drive


@pytest.fixture(scope="module")
def final_in(driver_in, trainers):
    """`final_in(token)`: driver and task, whose round 0 is final, settled, and scored `SCORES`; all members worked."""

    def play(token):
        driver = driver_in(token)
        task_id = driver.started(trainers)
        driver.play(task_id, report_of(SCORES, WAD // 3), submitters=trainers, workers=driver.oracles)
        driver.settle(task_id, 0)
        return driver, task_id

    return play


@pytest.fixture(scope="module")
def final(driver, trainers, oracles):
    """A task in the plain token, whose round 0 is final, settled, and scored `SCORES`; round 1 is open."""
    task_id = driver.started(trainers)
    driver.play(task_id, report_of(SCORES, WAD // 3), submitters=trainers, workers=oracles)
    driver.settle(task_id, 0)
    return task_id
