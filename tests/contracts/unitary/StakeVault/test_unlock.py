"""StakeVault.unlock
- anybody but a book; more than this book locked, whatever the other locked: refused
- frees part or all
- nothing of nothing passes, so that a stake slashed to zero leaves its book
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
        vault.unlock(alice, 1, {"from": not_book})


def test_other_books_lock(vault, locked, book, alice, reverts_with):
    with reverts_with("StakeVault_LockTooSmall", alice, LOCKED, LOCKED + 1):
        vault.unlock(alice, LOCKED + 1, {"from": book})


@pytest.mark.parametrize("amount", [1, LOCKED])
def test_frees(vault, locked, deposited, book, other_book, alice, amount):
    tx = vault.unlock(alice, amount, {"from": book})

    assert tx.events["Unlocked"] == {"account": alice, "book": book, "amount": amount}
    assert vault.lockedBy(book, alice) == LOCKED - amount
    assert vault.lockedBy(other_book, alice) == 5 * LOCKED
    assert vault.lockedOf(alice) == 6 * LOCKED - amount
    assert vault.freeOf(alice) == deposited - 6 * LOCKED + amount
    assert vault.depositOf(alice) == vault.totalDeposits() == deposited


def test_nothing(vault, book, bob):
    vault.unlock(bob, 0, {"from": book})

    assert vault.lockedOf(bob) == 0
