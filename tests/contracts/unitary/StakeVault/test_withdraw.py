"""StakeVault.withdraw
- to nobody, of nothing, of more than is free (nothing deposited, part locked): refused
- a token that says false: refused, the deposit stays
- to oneself, to somebody else, all of it
- a token that calls back can neither deposit nor withdraw meanwhile
"""

import pytest

from tests.contracts.constants import WAD, ZERO_ADDRESS


def test_zero_account(vault, deposited, alice, reverts_with):
    with reverts_with("StakeVault_ZeroAddress"):
        vault.withdraw(ZERO_ADDRESS, 1, {"from": alice})


def test_zero_amount(vault, deposited, alice, reverts_with):
    with reverts_with("StakeVault_ZeroAmount"):
        vault.withdraw(alice, 0, {"from": alice})


def test_somebody_elses(vault, deposited, bob, reverts_with):
    with reverts_with("StakeVault_FreeTooSmall", bob, 0, 1):
        vault.withdraw(bob, 1, {"from": bob})


def test_more_than_free(vault, deposited, book, alice, reverts_with):
    vault.lock(alice, 1, {"from": book})

    with reverts_with("StakeVault_FreeTooSmall", alice, deposited - 1, deposited):
        vault.withdraw(alice, deposited, {"from": alice})


def test_silent_token(SilentTokenDouble, vault_of, deployer, alice, reverts_with):
    token = SilentTokenDouble.deploy({"from": deployer})
    vault = vault_of(token, alice, WAD)
    token.setSilent(False, {"from": alice})
    vault.deposit(alice, WAD, {"from": alice})
    token.setSilent(True, {"from": alice})

    with reverts_with("SafeERC20FailedOperation", token):
        vault.withdraw(alice, WAD, {"from": alice})
    assert vault.depositOf(alice) == WAD


@pytest.mark.parametrize("function", ["deposit", "withdraw"])
def test_reentry(ReentrantTokenDouble, vault_of, deployer, alice, function, reverts_with):
    token = ReentrantTokenDouble.deploy({"from": deployer})
    vault = vault_of(token, alice, WAD)
    vault.deposit(alice, WAD // 2, {"from": alice})
    vault.deposit(token, WAD // 2, {"from": alice})
    token.arm(vault, getattr(vault, function).encode_input(alice, 1), {"from": alice})

    with reverts_with("ReentrancyGuardReentrantCall"):
        vault.withdraw(alice, WAD // 2, {"from": alice})


def test_the_free_part(vault, stake_token, deposited, book, alice):
    vault.lock(alice, 1, {"from": book})

    tx = vault.withdraw(alice, deposited - 1, {"from": alice})

    assert tx.events["Withdrawn"] == {"account": alice, "to": alice, "amount": deposited - 1}
    assert stake_token.balanceOf(alice) == deposited - 1
    assert vault.depositOf(alice) == vault.totalDeposits() == 1
    assert vault.freeOf(alice) == 0


def test_all_to_somebody_else(vault, stake_token, deposited, alice, bob):
    tx = vault.withdraw(bob, deposited, {"from": alice})

    assert tx.events["Withdrawn"] == {"account": alice, "to": bob, "amount": deposited}
    assert stake_token.balanceOf(bob) == deposited
    assert vault.depositOf(alice) == vault.totalDeposits() == stake_token.balanceOf(vault) == 0
