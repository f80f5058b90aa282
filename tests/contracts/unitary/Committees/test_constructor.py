"""Committees.constructor
- no vault: refused
- the vault stays; nothing is wired, nothing founded
"""

from tests.contracts.constants import ZERO_ADDRESS


def test_zero_vault(Committees, deployer, reverts_with):
    with reverts_with("Committees_ZeroAddress"):
        Committees.deploy(ZERO_ADDRESS, {"from": deployer})


def test_starts_empty(committees, vault):
    assert committees.vault() == vault
    assert committees.market() == ZERO_ADDRESS
    assert committees.committeeCount() == 0
