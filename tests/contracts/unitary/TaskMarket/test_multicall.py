"""TaskMarket.multicall
- a member reveals and announces in one transaction, in his own name
- one call that fails undoes the others
"""

from tests.contracts.constants import WAD, ZERO_DIGEST
from tests.contracts.driver import digest_of, report_of

GOOD = report_of([1, 2, 4], WAD // 3)


def test_reveal_and_announce(driver, market, training, oracles):
    driver.agree(training, GOOD)

    tx = market.multicall(
        [
            market.reveal.encode_input(training, 0, GOOD),
            market.announce.encode_input(training, 1, 2, digest_of("next model")),
        ],
        {"from": oracles[1]},
    )

    assert tx.events["RoundRevealed"]["round"] == 0
    assert tx.events["Announced"]["sender"] == oracles[1]


def test_all_or_nothing(driver, market, training, oracles, reverts_with):
    driver.agree(training, GOOD)
    calls = [
        market.reveal.encode_input(training, 0, GOOD),
        market.announce.encode_input(training, 1, 2, ZERO_DIGEST),
    ]

    with reverts_with("TaskMarket_ZeroDigest"):
        market.multicall(calls, {"from": oracles[1]})

    assert driver.current(training) == 0
