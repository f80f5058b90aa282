"""StakeVault.lock
- anybody but a book; more than is free: refused
- either book locks for itself; both together can lock no more than the deposit
- nothing is locked of nothing
"""


def test_not_book(vault, deposited, not_book, alice, reverts_with):
    with reverts_with("StakeVault_NotBook", not_book):
        vault.lock(alice, 1, {"from": not_book})


def test_more_than_free(vault, deposited, book, alice, reverts_with):
    with reverts_with("StakeVault_FreeTooSmall", alice, deposited, deposited + 1):
        vault.lock(alice, deposited + 1, {"from": book})


def test_both_books_share_the_free_part(vault, deposited, book, other_book, alice, reverts_with):
    vault.lock(alice, deposited - 1, {"from": book})

    with reverts_with("StakeVault_FreeTooSmall", alice, 1, 2):
        vault.lock(alice, 2, {"from": other_book})


def test_locks(vault, deposited, book, other_book, alice):
    tx = vault.lock(alice, 3, {"from": book})
    vault.lock(alice, 4, {"from": other_book})

    assert tx.events["Locked"] == {"account": alice, "book": book, "amount": 3}
    assert vault.lockedBy(book, alice) == 3
    assert vault.lockedBy(other_book, alice) == 4
    assert vault.lockedOf(alice) == 7
    assert vault.freeOf(alice) == deposited - 7
    assert vault.depositOf(alice) == deposited


def test_all(vault, deposited, book, alice):
    vault.lock(alice, deposited, {"from": book})

    assert vault.freeOf(alice) == 0


def test_nothing(vault, book, bob):
    vault.lock(bob, 0, {"from": book})

    assert vault.lockedOf(bob) == 0
