"""StakeVault.constructor
- no token: refused
- the token stays; nothing is wired
"""

from tests.contracts.constants import ZERO_ADDRESS


def test_zero_token(StakeVault, deployer, reverts_with):
    with reverts_with("StakeVault_ZeroAddress"):
        StakeVault.deploy(ZERO_ADDRESS, {"from": deployer})


def test_starts_empty(vault, stake_token):
    assert vault.token() == stake_token
    assert vault.market() == vault.committees() == ZERO_ADDRESS
    assert vault.totalDeposits() == vault.pot() == 0
