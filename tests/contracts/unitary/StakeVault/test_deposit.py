"""StakeVault.deposit
- to nobody, of nothing, without an allowance, of what would make the books overflow: refused
- a token that takes a fee, or says false: refused
- for oneself, for somebody else, twice, after a donation
- a token that calls back can neither deposit nor withdraw meanwhile
"""

import pytest

from tests.contracts.constants import WAD, ZERO_ADDRESS

AMOUNT = 5 * WAD


@pytest.fixture
def approved(stake_token, vault, alice):
    stake_token.mint(alice, AMOUNT, {"from": alice})
    stake_token.approve(vault, AMOUNT, {"from": alice})


def test_zero_account(vault, alice, approved, reverts_with):
    with reverts_with("StakeVault_ZeroAddress"):
        vault.deposit(ZERO_ADDRESS, AMOUNT, {"from": alice})


def test_zero_amount(vault, alice, approved, reverts_with):
    with reverts_with("StakeVault_ZeroAmount"):
        vault.deposit(alice, 0, {"from": alice})


def test_without_allowance(vault, stake_token, alice, reverts_with):
    stake_token.mint(alice, AMOUNT, {"from": alice})

    with reverts_with("ERC20InsufficientAllowance", vault, 0, AMOUNT):
        vault.deposit(alice, AMOUNT, {"from": alice})


def test_more_than_128_bits(vault, stake_token, alice, approved, solvent, reverts_with):
    vault.deposit(alice, AMOUNT, {"from": alice})
    room = 2**128 - 1 - AMOUNT
    stake_token.mint(alice, room + 1, {"from": alice})
    stake_token.approve(vault, room + 1, {"from": alice})

    for amount in (room + 1, 2**256 - 1):
        with reverts_with("StakeVault_DepositTooLarge", amount, room):
            vault.deposit(alice, amount, {"from": alice})
    vault.deposit(alice, room, {"from": alice})

    assert vault.depositOf(alice) == vault.totalDeposits() == 2**128 - 1


def test_the_pot_counts(vault, stake_token, books, alice, approved, reverts_with):
    vault.deposit(alice, AMOUNT, {"from": alice})
    vault.lock(alice, AMOUNT, {"from": books})
    vault.slash(alice, AMOUNT, {"from": books})

    with reverts_with("StakeVault_DepositTooLarge", 2**128 - AMOUNT, 2**128 - 1 - AMOUNT):
        vault.deposit(alice, 2**128 - AMOUNT, {"from": alice})


def test_fee_token(FeeTokenDouble, vault_of, deployer, alice, reverts_with):
    token = FeeTokenDouble.deploy({"from": deployer})
    vault = vault_of(token, alice, AMOUNT)

    with reverts_with("StakeVault_TransferShort", AMOUNT, AMOUNT * 99 // 100):
        vault.deposit(alice, AMOUNT, {"from": alice})


def test_silent_token(SilentTokenDouble, vault_of, deployer, alice, reverts_with):
    token = SilentTokenDouble.deploy({"from": deployer})
    vault = vault_of(token, alice, AMOUNT)

    with reverts_with("SafeERC20FailedOperation", token):
        vault.deposit(alice, AMOUNT, {"from": alice})


@pytest.mark.parametrize("function", ["deposit", "withdraw"])
def test_reentry(ReentrantTokenDouble, vault_of, deployer, alice, function, reverts_with):
    token = ReentrantTokenDouble.deploy({"from": deployer})
    vault = vault_of(token, alice, AMOUNT)
    token.arm(vault, getattr(vault, function).encode_input(alice, 1), {"from": alice})

    with reverts_with("ReentrancyGuardReentrantCall"):
        vault.deposit(token, AMOUNT, {"from": alice})


def test_for_oneself(vault, stake_token, alice, approved):
    tx = vault.deposit(alice, AMOUNT, {"from": alice})

    assert tx.events["Deposited"] == {"account": alice, "caller": alice, "amount": AMOUNT}
    assert vault.depositOf(alice) == vault.freeOf(alice) == vault.totalDeposits() == AMOUNT
    assert vault.lockedOf(alice) == vault.pot() == 0
    assert stake_token.balanceOf(vault) == AMOUNT
    assert stake_token.balanceOf(alice) == 0


def test_for_somebody_else(vault, alice, bob, approved):
    tx = vault.deposit(bob, AMOUNT, {"from": alice})

    assert tx.events["Deposited"] == {"account": bob, "caller": alice, "amount": AMOUNT}
    assert vault.depositOf(bob) == AMOUNT
    assert vault.depositOf(alice) == 0


def test_adds_up(vault, alice, approved):
    vault.deposit(alice, AMOUNT - 1, {"from": alice})
    vault.deposit(alice, 1, {"from": alice})

    assert vault.depositOf(alice) == vault.totalDeposits() == AMOUNT


def test_after_a_donation(vault, stake_token, alice, bob, approved, solvent):
    stake_token.mint(vault, 7, {"from": bob})
    solvent.append(7)

    vault.deposit(alice, AMOUNT, {"from": alice})

    assert vault.depositOf(alice) == vault.totalDeposits() == AMOUNT
