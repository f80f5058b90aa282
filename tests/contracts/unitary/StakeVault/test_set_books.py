"""StakeVault.setBooks
- anybody but the deployer; either book missing; a second time: refused
- names both books
"""

import pytest

from tests.contracts.constants import ZERO_ADDRESS


def test_not_deployer(vault, not_deployer, bob, carol, reverts_with):
    with reverts_with("StakeVault_NotDeployer", not_deployer):
        vault.setBooks(bob, carol, {"from": not_deployer})


@pytest.mark.parametrize("missing", [0, 1])
def test_zero_book(vault, deployer, bob, missing, reverts_with):
    given = [bob, bob]
    given[missing] = ZERO_ADDRESS

    with reverts_with("StakeVault_ZeroAddress"):
        vault.setBooks(*given, {"from": deployer})


def test_twice(vault, deployer, bob, carol, reverts_with):
    vault.setBooks(bob, carol, {"from": deployer})

    with reverts_with("StakeVault_BooksAlreadySet"):
        vault.setBooks(bob, carol, {"from": deployer})


def test_names_both(vault, deployer, bob, carol):
    tx = vault.setBooks(bob, carol, {"from": deployer})

    assert tx.events["BooksSet"] == {"market": bob, "committees": carol}
    assert (vault.market(), vault.committees()) == (bob, carol)


def test_nobody_is_a_book_before(vault, not_deployer, alice, reverts_with):
    with reverts_with("StakeVault_NotBook", not_deployer):
        vault.credit(alice, 0, {"from": not_deployer})
