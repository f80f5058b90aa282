"""A market whose crowd of trainers can be as large as a task allows."""

import pytest

from tests.contracts.gas.meter import Meter
from tests.contracts.market_fixtures import *  # noqa: F403


@pytest.fixture(scope="module")
def meter(driver, CrowdDouble, deployer, alice, bob, stake_token):
    crowd = CrowdDouble.deploy(driver.market, {"from": deployer})
    return Meter(driver, crowd, deployer, alice, bob, stake_token)
