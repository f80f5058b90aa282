"""Fixtures of every test with a real market: import them into the conftest of the folder."""

import pytest

from .driver import Driver

__all__ = ["arbiter", "books", "committee_id", "driver", "market"]


@pytest.fixture(scope="module")
def market(Terms, Reports, Settlements, TaskMarket, vault, committees, deployer):
    for library in (Terms, Reports, Settlements):
        library.deploy({"from": deployer})
    return TaskMarket.deploy(vault, committees, {"from": deployer})


@pytest.fixture(scope="module")
def books(market, vault, committees, deployer):
    vault.setBooks(market, committees, {"from": deployer})
    committees.setMarket(market, {"from": deployer})
    return market


@pytest.fixture(scope="module")
def arbiter(ArbiterDouble, deployer, module_isolation):
    return ArbiterDouble.deploy({"from": deployer})


@pytest.fixture(scope="module")
def committee_id(found_committee, oracles, arbiter):
    """A complete committee of four that accepts `reward_token` and `arbiter`."""
    return found_committee(oracles, arbiters=[arbiter])


@pytest.fixture(scope="module")
def driver(books, vault, reward_token, committee_id, owner, oracles, deposit_for, at):
    return Driver(books, vault, reward_token, committee_id, owner, oracles, deposit_for, at)
