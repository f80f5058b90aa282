"""StakeVault.slash
- anybody but a book; more than this book locked, whatever the other locked: refused
- moves from the lock and the deposit into the pot
- nothing of nothing passes
"""

import pytest

LOCKED = 10


@pytest.fixture
def locked(vault, deposited, book, other_book, alice):
    """Both books hold some of Alice's deposit."""
    vault.lock(alice, LOCKED, {"from": book})
    vault.lock(alice, 5 * LOCKED, {"from": other_book})


def test_not_book(vault, deposited, not_book, market_stand_in, alice, reverts_with):
    vault.lock(alice, LOCKED, {"from": market_stand_in})

    with reverts_with("StakeVault_NotBook", not_book):
        vault.slash(alice, 1, {"from": not_book})


def test_other_books_lock(vault, locked, book, alice, reverts_with):
    with reverts_with("StakeVault_LockTooSmall", alice, LOCKED, LOCKED + 1):
        vault.slash(alice, LOCKED + 1, {"from": book})


@pytest.mark.parametrize("amount", [1, LOCKED])
def test_into_the_pot(vault, stake_token, locked, deposited, book, other_book, alice, amount):
    tx = vault.slash(alice, amount, {"from": book})

    assert tx.events["Slashed"] == {"account": alice, "book": book, "amount": amount}
    assert vault.pot() == amount
    assert vault.depositOf(alice) == vault.totalDeposits() == deposited - amount
    assert vault.lockedBy(book, alice) == LOCKED - amount
    assert vault.lockedBy(other_book, alice) == 5 * LOCKED
    assert vault.lockedOf(alice) == 6 * LOCKED - amount
    assert vault.freeOf(alice) == deposited - 6 * LOCKED
    assert stake_token.balanceOf(vault) == deposited


def test_what_is_left_can_be_unlocked(vault, locked, deposited, book, alice):
    vault.slash(alice, LOCKED - 1, {"from": book})
    vault.unlock(alice, 1, {"from": book})

    assert vault.lockedBy(book, alice) == 0


def test_nothing(vault, book, bob):
    vault.slash(bob, 0, {"from": book})

    assert vault.pot() == 0
