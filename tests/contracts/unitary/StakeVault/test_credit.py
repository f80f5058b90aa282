"""StakeVault.credit
- anybody but a book; more than the pot: refused
- moves from the pot into the free deposit of anyone, who can withdraw it
- nothing of nothing passes
"""

import pytest

SLASHED = 10


@pytest.fixture
def slashed(vault, deposited, book, alice):
    vault.lock(alice, SLASHED, {"from": book})
    vault.slash(alice, SLASHED, {"from": book})


def test_not_book(vault, deposited, not_book, market_stand_in, alice, bob, reverts_with):
    vault.lock(alice, SLASHED, {"from": market_stand_in})
    vault.slash(alice, SLASHED, {"from": market_stand_in})

    with reverts_with("StakeVault_NotBook", not_book):
        vault.credit(bob, 1, {"from": not_book})


def test_more_than_the_pot(vault, slashed, book, bob, reverts_with):
    with reverts_with("StakeVault_PotTooSmall", SLASHED, SLASHED + 1):
        vault.credit(bob, SLASHED + 1, {"from": book})


@pytest.mark.parametrize("amount", [1, SLASHED])
def test_out_of_the_pot(vault, slashed, deposited, other_book, alice, bob, amount):
    tx = vault.credit(bob, amount, {"from": other_book})

    assert tx.events["Credited"] == {"account": bob, "book": other_book, "amount": amount}
    assert vault.pot() == SLASHED - amount
    assert vault.depositOf(bob) == vault.freeOf(bob) == amount
    assert vault.depositOf(alice) == deposited - SLASHED
    assert vault.totalDeposits() == deposited - SLASHED + amount


def test_can_be_withdrawn(vault, stake_token, slashed, book, bob):
    vault.credit(bob, SLASHED, {"from": book})
    vault.withdraw(bob, SLASHED, {"from": bob})

    assert stake_token.balanceOf(bob) == SLASHED


def test_nothing(vault, book, bob):
    vault.credit(bob, 0, {"from": book})

    assert vault.depositOf(bob) == 0
