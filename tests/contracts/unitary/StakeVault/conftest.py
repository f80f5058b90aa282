"""The vault alone: two externally owned accounts stand in for its books, and the books are checked after each test."""

import pytest

from tests.contracts.constants import WAD

DEPOSIT = 100 * WAD


@pytest.fixture(autouse=True)
def books_balance(solvent):
    return solvent


@pytest.fixture(scope="module")
def books(vault, deployer, market_stand_in, frank):
    vault.setBooks(market_stand_in, frank, {"from": deployer})
    return market_stand_in


@pytest.fixture(params=["market", "committees"])
def book(request, books, market_stand_in, frank):
    """Either of the two that may lock and slash."""
    return market_stand_in if request.param == "market" else frank


@pytest.fixture
def other_book(book, market_stand_in, frank):
    return frank if book == market_stand_in else market_stand_in


@pytest.fixture
def not_book(not_market):
    """In this folder every role but the market's is no book's."""
    return not_market


@pytest.fixture(scope="module")
def deposited(books, deposit_for, alice):
    """Alice has this much in the vault, all of it free."""
    deposit_for(alice, DEPOSIT)
    return DEPOSIT


@pytest.fixture(scope="module")
def vault_of(StakeVault, deployer):
    """`vault_of(token, account, amount)`: another vault, on a token of which `account` has and allows `amount`."""

    def deploy(token, account, amount):
        vault = StakeVault.deploy(token, {"from": deployer})
        token.mint(account, amount, {"from": account})
        token.approve(vault, amount, {"from": account})
        return vault

    return deploy
