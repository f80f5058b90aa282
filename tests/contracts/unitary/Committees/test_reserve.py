"""Committees.reserve (R6b)
- anybody but the market; an unknown, incomplete or retired committee; a token it does not accept: refused
- up to kappa times the stake, to the wei, and not a wei more, over all tokens; a slash lowers the limit
- a pool is valued in stake, rounded up
- amounts that no stake could cover are refused, not overflown
"""

import pytest

from tests.contracts.constants import BPS, SEAT_STAKE, WAD

LIMIT = 4 * SEAT_STAKE


def test_not_market(committees, committee_id, not_market, reward_token, reverts_with):
    with reverts_with("Committees_NotMarket", not_market):
        committees.reserve(committee_id, reward_token, 1, {"from": not_market})


@pytest.mark.parametrize("unknown", [0, 99])
def test_unknown(committees, committee_id, market, reward_token, unknown, reverts_with):
    with reverts_with("Committees_Unknown", unknown):
        committees.reserve(unknown, reward_token, 1, {"from": market})


def test_not_complete(committees, half_full, market, reward_token, reverts_with):
    with reverts_with("Committees_NotComplete", half_full, 2, 4):
        committees.reserve(half_full, reward_token, 1, {"from": market})


def test_retired(committees, retired, market, reward_token, reverts_with):
    with reverts_with("Committees_IsRetired", retired):
        committees.reserve(retired, reward_token, 1, {"from": market})


def test_token_not_accepted(committees, committee_id, market, stake_token, reverts_with):
    with reverts_with("Committees_TokenNotAccepted", committee_id, stake_token):
        committees.reserve(committee_id, stake_token, 1, {"from": market})


def test_token_at_rate_zero(committees, found_committee, market, oracles, reward_token, reverts_with):
    committee_id = found_committee(oracles, stakePerRewardWad=[0])

    with reverts_with("Committees_TokenNotAccepted", committee_id, reward_token):
        committees.reserve(committee_id, reward_token, 0, {"from": market})


def test_reserves(committees, committee_id, market, facts, reward_token):
    tx = committees.reserve(committee_id, reward_token, 3, {"from": market})

    assert tx.events["Reserved"] == {
        "committeeId": committee_id,
        "rewardToken": reward_token,
        "amount": 3,
        "exposureStake": 3,
    }
    assert (facts(committee_id)["openTasks"], facts(committee_id)["exposureStake"]) == (1, 3)


def test_up_to_the_limit(committees, committee_id, market, facts, reward_token, reverts_with):
    committees.reserve(committee_id, reward_token, LIMIT - 1, {"from": market})
    committees.reserve(committee_id, reward_token, 1, {"from": market})

    assert (facts(committee_id)["openTasks"], facts(committee_id)["exposureStake"]) == (2, LIMIT)
    with reverts_with("Committees_ExposureTooHigh", committee_id, LIMIT + 1, LIMIT):
        committees.reserve(committee_id, reward_token, 1, {"from": market})


@pytest.mark.parametrize("kappa_bps", [0, 1, 3_333, 25_000])
def test_kappa(committees, found_committee, market, oracles, reward_token, kappa_bps, reverts_with):
    # A stake that ten thousand does not divide: the limit is rounded down.
    stake = 1_234_567
    committee_id = found_committee(oracles, seatStake=stake, faultPenalty=1, exposureBps=kappa_bps)
    limit = 4 * stake * kappa_bps // BPS

    with reverts_with("Committees_ExposureTooHigh", committee_id, limit + 1, limit):
        committees.reserve(committee_id, reward_token, limit + 1, {"from": market})
    committees.reserve(committee_id, reward_token, limit, {"from": market})


@pytest.mark.parametrize(
    ("rate_wad", "amount", "exposure"),
    [
        (1, 1, 1),
        (1, WAD, 1),
        (1, WAD + 1, 2),
        (WAD // 3, 1, 1),
        (WAD // 3, 3, 1),
        (WAD // 3, 4, 2),
        (2 * WAD, 7, 14),
        # One whole token of six decimals is worth two whole stake tokens.
        (2 * 10**12 * WAD, 10**6, 2 * WAD),
        (WAD, 0, 0),
    ],
)
def test_value(committees, found_committee, market, facts, oracles, reward_token, rate_wad, amount, exposure):
    committee_id = found_committee(oracles, stakePerRewardWad=[rate_wad])

    committees.reserve(committee_id, reward_token, amount, {"from": market})

    assert facts(committee_id)["exposureStake"] == exposure


def test_over_all_tokens(committees, found_committee, market, oracles, stake_token, reward_token, reverts_with):
    rates = {"rewardTokens": [stake_token, reward_token], "stakePerRewardWad": [WAD, 3 * WAD]}
    committee_id = found_committee(oracles, **rates)
    committees.reserve(committee_id, stake_token, LIMIT - 5, {"from": market})

    with reverts_with("Committees_ExposureTooHigh", committee_id, LIMIT + 1, LIMIT):
        committees.reserve(committee_id, reward_token, 2, {"from": market})
    committees.reserve(committee_id, reward_token, 1, {"from": market})


def test_after_a_slash(committees, committee_id, market, reward_token, reverts_with):
    committees.slashSeat(committee_id, 1, SEAT_STAKE, {"from": market})
    limit = 3 * SEAT_STAKE

    with reverts_with("Committees_ExposureTooHigh", committee_id, limit + 1, limit):
        committees.reserve(committee_id, reward_token, limit + 1, {"from": market})
    committees.reserve(committee_id, reward_token, limit, {"from": market})


@pytest.mark.parametrize(("rate_wad", "amount"), [(WAD, 2**256 - 1), (2**256 - 1, 2**256 - 1), (2**256 - 1, 2)])
def test_more_than_fits(committees, found_committee, market, oracles, reward_token, rate_wad, amount, reverts_with):
    committee_id = found_committee(oracles, stakePerRewardWad=[rate_wad])

    with reverts_with("Committees_ExposureTooHigh", committee_id, 2**256 - 1, LIMIT):
        committees.reserve(committee_id, reward_token, amount, {"from": market})


def test_never_more_than_128_bits(committees, found_committee, market, oracles, reward_token, reverts_with):
    rates = {"exposureBps": 2**32 - 1, "seatStake": 2**126 - 1}
    committee_id = found_committee(oracles, **rates)
    limit = 2**128 - 1

    with reverts_with("Committees_ExposureTooHigh", committee_id, limit + 1, limit):
        committees.reserve(committee_id, reward_token, limit + 1, {"from": market})
    committees.reserve(committee_id, reward_token, limit, {"from": market})
