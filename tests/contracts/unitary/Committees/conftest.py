"""Committees on a real vault; an externally owned account stands in for the market; the books are checked each time."""

import pytest

from tests.contracts.constants import SEAT_STAKE


@pytest.fixture(autouse=True)
def books_balance(solvent):
    return solvent


@pytest.fixture
def market(books):
    """Who may reserve, release and slash."""
    return books


@pytest.fixture
def founded(books, committees, charter_of, oracles, owner):
    """A committee nobody has enrolled in yet."""
    return committees.found(charter_of(oracles), {"from": owner}).return_value


@pytest.fixture
def funded(deposit_for, oracles):
    """Each oracle has the stake of one seat in the vault, free."""
    for oracle in oracles:
        deposit_for(oracle, SEAT_STAKE)


@pytest.fixture
def half_full(committees, founded, funded, oracles, recipient_of):
    """The first two of `founded` have enrolled."""
    for member in oracles[:2]:
        committees.enroll(founded, recipient_of(member), {"from": member})
    return founded


@pytest.fixture
def retired(committees, committee_id, oracles):
    """A complete committee that takes no new task."""
    committees.retire(committee_id, {"from": oracles[3]})
    return committee_id


@pytest.fixture
def facts(committees):
    """`facts(committee_id)`: the committee as a dictionary."""
    return lambda committee_id: committees.committeeOf(committee_id).dict()
