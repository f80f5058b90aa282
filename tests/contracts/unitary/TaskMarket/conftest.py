"""Tasks in the states that most tests start from."""

import pytest

from tests.contracts.market_fixtures import *  # noqa: F403


@pytest.fixture(scope="session")
def trainers(alice, bob, carol):
    return [alice, bob, carol]


@pytest.fixture(scope="module")
def joining(driver):
    """Posted; nobody has joined."""
    return driver.post()


@pytest.fixture(scope="module")
def training(driver, trainers):
    """In round 0, with alice (1 unit), bob (2) and carol (3)."""
    return driver.started(trainers, units=(1, 2, 3))


@pytest.fixture
def just_started(driver, trainers):
    """The same for one test only, where no other task may be in the way."""
    return driver.started(trainers, units=(1, 2, 3))
