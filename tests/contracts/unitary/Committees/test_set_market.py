"""Committees.setMarket
- anybody but the deployer; no market; a second time: refused
- names the market
"""

from tests.contracts.constants import ZERO_ADDRESS


def test_not_deployer(committees, not_deployer, bob, reverts_with):
    with reverts_with("Committees_NotDeployer", not_deployer):
        committees.setMarket(bob, {"from": not_deployer})


def test_zero_market(committees, deployer, reverts_with):
    with reverts_with("Committees_ZeroAddress"):
        committees.setMarket(ZERO_ADDRESS, {"from": deployer})


def test_twice(committees, deployer, bob, reverts_with):
    committees.setMarket(bob, {"from": deployer})

    with reverts_with("Committees_MarketAlreadySet"):
        committees.setMarket(bob, {"from": deployer})


def test_names_it(committees, deployer, bob):
    tx = committees.setMarket(bob, {"from": deployer})

    assert tx.events["MarketSet"] == {"market": bob}
    assert committees.market() == bob
