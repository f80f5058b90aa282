"""TaskMarket.announce
- an unknown task, one that is joining; another round than the current and the one before; a stranger; zero: refused
- by any member and by the owner, also after the end
"""

import pytest

from tests.contracts.constants import WAD, ZERO_DIGEST
from tests.contracts.driver import JOINING, digest_of, report_of

DIGEST = digest_of("block")


def test_unknown(driver, market, owner, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.announce(9, 0, 1, DIGEST, {"from": owner})


def test_joining(market, joining, owner, reverts_with):
    with reverts_with("TaskMarket_WrongStatus", joining, JOINING):
        market.announce(joining, 0, 1, DIGEST, {"from": owner})


@pytest.mark.parametrize("who", ["deployer", "trainer", "other_oracle", "market", "stranger"])
def test_neither_member_nor_owner(market, training, roles, who, reverts_with):
    with reverts_with("TaskMarket_MayNotAnnounce", training, roles[who]):
        market.announce(training, 0, 1, DIGEST, {"from": roles[who]})


def test_zero(market, training, owner, reverts_with):
    with reverts_with("TaskMarket_ZeroDigest"):
        market.announce(training, 0, 1, ZERO_DIGEST, {"from": owner})


def test_rounds(driver, market, training, oracles, reverts_with):
    for progress in (WAD // 3, WAD // 2):
        with reverts_with("TaskMarket_WrongRound", training, driver.current(training), driver.current(training) + 1):
            market.announce(training, driver.current(training) + 1, 1, DIGEST, {"from": oracles[0]})
        driver.play(training, report_of([1, 1, 1], progress))

    market.announce(training, 2, 1, DIGEST, {"from": oracles[0]})
    market.announce(training, 1, 1, DIGEST, {"from": oracles[0]})
    for unrelated in (0, 3, 2**256 - 1):
        with reverts_with("TaskMarket_WrongRound", training, 2, unrelated):
            market.announce(training, unrelated, 1, DIGEST, {"from": oracles[0]})


@pytest.mark.parametrize("who", ["member", "owner"])
def test_announce(market, training, roles, who):
    tx = market.announce(training, 0, 255, DIGEST, {"from": roles[who]})

    assert tx.events["Announced"] == {
        "taskId": training,
        "round": 0,
        "sender": roles[who],
        "kind": 255,
        "digest": "0x" + DIGEST.hex(),
    }


def test_after_the_end(driver, market, training, oracles):
    driver.play(training, report_of([1, 1, 1], WAD))

    market.announce(training, 0, 1, DIGEST, {"from": oracles[3]})
