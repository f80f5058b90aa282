"""StakeVault.selfPermit
- a good signature sets the allowance, and `deposit` follows in one `multicall`
- a signature somebody used first does no harm
- a forged or expired one, or a token without permits: nothing happens, nothing reverts
"""

import pytest
from brownie import chain

from tests.contracts.constants import WAD

AMOUNT = 3 * WAD


@pytest.fixture
def deadline():
    return chain[-1].timestamp + 3600


@pytest.fixture
def signature(sign_permit, stake_token, vault, alice, deadline):
    stake_token.mint(alice, AMOUNT, {"from": alice})
    return sign_permit(alice, stake_token, vault, AMOUNT, deadline)


def test_sets_the_allowance(vault, stake_token, alice, deadline, signature):
    vault.selfPermit(AMOUNT, deadline, *signature, {"from": alice})

    assert stake_token.allowance(alice, vault) == AMOUNT


def test_with_deposit_in_one_call(vault, stake_token, alice, deadline, signature):
    calls = [
        vault.selfPermit.encode_input(AMOUNT, deadline, *signature),
        vault.deposit.encode_input(alice, AMOUNT),
    ]
    tx = vault.multicall(calls, {"from": alice})

    assert tx.events["Deposited"] == {"account": alice, "caller": alice, "amount": AMOUNT}
    assert vault.depositOf(alice) == stake_token.balanceOf(vault) == AMOUNT


def test_used_by_somebody_first(vault, stake_token, alice, mallory, deadline, signature):
    stake_token.permit(alice, vault, AMOUNT, deadline, *signature, {"from": mallory})
    calls = [
        vault.selfPermit.encode_input(AMOUNT, deadline, *signature),
        vault.deposit.encode_input(alice, AMOUNT),
    ]

    vault.multicall(calls, {"from": alice})

    assert vault.depositOf(alice) == AMOUNT


def test_of_somebody_else(vault, stake_token, alice, mallory, deadline, signature):
    vault.selfPermit(AMOUNT, deadline, *signature, {"from": mallory})

    assert stake_token.allowance(alice, vault) == stake_token.allowance(mallory, vault) == 0


def test_expired(vault, stake_token, alice, deadline, signature, travel):
    travel(3601)
    vault.selfPermit(AMOUNT, deadline, *signature, {"from": alice})

    assert stake_token.allowance(alice, vault) == 0


def test_token_without_permits(StakeVault, Committees, vault, deployer, alice, deadline, signature):
    # Any contract without a fall-back function will do: here another Committees.
    other = StakeVault.deploy(Committees.deploy(vault, {"from": deployer}), {"from": deployer})

    tx = other.selfPermit(AMOUNT, deadline, *signature, {"from": alice})

    assert tx.status == 1
