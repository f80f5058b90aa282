"""Committees.release
- anybody but the market; an unknown committee; more than was reserved: refused
- takes off exactly what reserve added, also where values were rounded, in any order, after a slash
"""

import brownie
import pytest

from tests.contracts.constants import CONDITIONS, SEAT_STAKE, WAD


def test_not_market(committees, committee_id, market_stand_in, not_market, reward_token, reverts_with):
    committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": market_stand_in})

    with reverts_with("Committees_NotMarket", not_market):
        committees.release(committee_id, reward_token, 1, {"from": not_market})


def test_unknown(committees, market, reward_token, reverts_with):
    with reverts_with("Committees_Unknown", 99):
        committees.release(99, reward_token, 0, {"from": market})


def test_more_than_reserved(committees, committee_id, market, reward_token):
    committees.reserve(committee_id, reward_token, 5, CONDITIONS, {"from": market})

    with brownie.reverts("Integer overflow"):
        committees.release(committee_id, reward_token, 6, {"from": market})


def test_without_a_task(committees, committee_id, market, reward_token):
    with brownie.reverts("Integer overflow"):
        committees.release(committee_id, reward_token, 0, {"from": market})


def test_releases(committees, committee_id, market, facts, reward_token):
    committees.reserve(committee_id, reward_token, 5, CONDITIONS, {"from": market})
    committees.reserve(committee_id, reward_token, 7, CONDITIONS, {"from": market})

    tx = committees.release(committee_id, reward_token, 5, {"from": market})

    assert tx.events["Released"] == {
        "committeeId": committee_id,
        "rewardToken": reward_token,
        "amount": 5,
        "exposureStake": 7,
    }
    assert (facts(committee_id)["openTasks"], facts(committee_id)["exposureStake"]) == (1, 7)


@pytest.mark.parametrize("rate_wad", [1, WAD // 3, WAD - 1, WAD, WAD + 1, 10**13])
def test_rounded_values(committees, found_committee, market, facts, oracles, reward_token, rate_wad):
    committee_id = found_committee(oracles, stakePerRewardWad=[rate_wad])
    amounts = [1, 2, 3, 10, 999, 10**15 + 1]
    for amount in amounts:
        committees.reserve(committee_id, reward_token, amount, CONDITIONS, {"from": market})
    assert facts(committee_id)["exposureStake"] == sum(-(-amount * rate_wad // WAD) for amount in amounts)

    for amount in amounts[::2] + amounts[1::2]:
        committees.release(committee_id, reward_token, amount, {"from": market})

    assert (facts(committee_id)["openTasks"], facts(committee_id)["exposureStake"]) == (0, 0)


def test_above_the_limit_after_a_slash(committees, committee_id, market, facts, reward_token):
    committees.reserve(committee_id, reward_token, 4 * SEAT_STAKE, CONDITIONS, {"from": market})
    committees.slashSeat(committee_id, 0, SEAT_STAKE, {"from": market})
    assert not committees.canReserve(committee_id, reward_token, 0)

    committees.release(committee_id, reward_token, 4 * SEAT_STAKE, {"from": market})

    assert facts(committee_id)["exposureStake"] == 0
