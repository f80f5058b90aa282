"""Committees.reserve (R6b)
- anybody but the market; an unknown, incomplete or retired committee; a token it does not accept: refused
- up to kappa times the stake, to the wei, and not a wei more, over all tokens; a slash lowers the limit
- a pool is valued in stake, rounded up
- amounts that no stake could cover are refused, not overflown
- conditions the charter does not accept (-1, 0, +1): windows, fee (valued in stake, rounded down), arbiter, his bond
"""

import pytest

from tests.contracts.constants import BPS, CONDITIONS, SEAT_STAKE, STRICT, WAD, ZERO_ADDRESS

LIMIT = 4 * SEAT_STAKE


def test_not_market(committees, committee_id, not_market, reward_token, reverts_with):
    with reverts_with("Committees_NotMarket", not_market):
        committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": not_market})


@pytest.mark.parametrize("unknown", [0, 99])
def test_unknown(committees, committee_id, market, reward_token, unknown, reverts_with):
    with reverts_with("Committees_Unknown", unknown):
        committees.reserve(unknown, reward_token, 1, CONDITIONS, {"from": market})


def test_not_complete(committees, half_full, market, reward_token, reverts_with):
    with reverts_with("Committees_NotComplete", half_full, 2, 4):
        committees.reserve(half_full, reward_token, 1, CONDITIONS, {"from": market})


def test_retired(committees, retired, market, reward_token, reverts_with):
    with reverts_with("Committees_IsRetired", retired):
        committees.reserve(retired, reward_token, 1, CONDITIONS, {"from": market})


def test_token_not_accepted(committees, committee_id, market, stake_token, reverts_with):
    with reverts_with("Committees_TokenNotAccepted", committee_id, stake_token):
        committees.reserve(committee_id, stake_token, 1, CONDITIONS, {"from": market})


def test_token_at_rate_zero(committees, found_committee, market, oracles, reward_token, reverts_with):
    committee_id = found_committee(oracles, stakePerRewardWad=[0])

    with reverts_with("Committees_TokenNotAccepted", committee_id, reward_token):
        committees.reserve(committee_id, reward_token, 0, CONDITIONS, {"from": market})


def test_reserves(committees, committee_id, market, facts, reward_token):
    tx = committees.reserve(committee_id, reward_token, 3, CONDITIONS, {"from": market})

    assert tx.events["Reserved"] == {
        "committeeId": committee_id,
        "rewardToken": reward_token,
        "amount": 3,
        "exposureStake": 3,
    }
    assert (facts(committee_id)["openTasks"], facts(committee_id)["exposureStake"]) == (1, 3)


def test_up_to_the_limit(committees, committee_id, market, facts, reward_token, reverts_with):
    committees.reserve(committee_id, reward_token, LIMIT - 1, CONDITIONS, {"from": market})
    committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": market})

    assert (facts(committee_id)["openTasks"], facts(committee_id)["exposureStake"]) == (2, LIMIT)
    with reverts_with("Committees_ExposureTooHigh", committee_id, LIMIT + 1, LIMIT):
        committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": market})


@pytest.mark.parametrize("kappa_bps", [0, 1, 3_333, 25_000])
def test_kappa(committees, found_committee, market, oracles, reward_token, kappa_bps, reverts_with):
    # A stake that ten thousand does not divide: the limit is rounded down.
    stake = 1_234_567
    committee_id = found_committee(oracles, seatStake=stake, faultPenalty=1, exposureBps=kappa_bps)
    limit = 4 * stake * kappa_bps // BPS

    with reverts_with("Committees_ExposureTooHigh", committee_id, limit + 1, limit):
        committees.reserve(committee_id, reward_token, limit + 1, CONDITIONS, {"from": market})
    committees.reserve(committee_id, reward_token, limit, CONDITIONS, {"from": market})


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

    committees.reserve(committee_id, reward_token, amount, CONDITIONS, {"from": market})

    assert facts(committee_id)["exposureStake"] == exposure


def test_over_all_tokens(committees, found_committee, market, oracles, stake_token, reward_token, reverts_with):
    rates = {"rewardTokens": [stake_token, reward_token], "stakePerRewardWad": [WAD, 3 * WAD]}
    committee_id = found_committee(oracles, **rates)
    committees.reserve(committee_id, stake_token, LIMIT - 5, CONDITIONS, {"from": market})

    with reverts_with("Committees_ExposureTooHigh", committee_id, LIMIT + 1, LIMIT):
        committees.reserve(committee_id, reward_token, 2, CONDITIONS, {"from": market})
    committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": market})


def test_after_a_slash(committees, committee_id, market, reward_token, reverts_with):
    committees.slashSeat(committee_id, 1, SEAT_STAKE, {"from": market})
    limit = 3 * SEAT_STAKE

    with reverts_with("Committees_ExposureTooHigh", committee_id, limit + 1, limit):
        committees.reserve(committee_id, reward_token, limit + 1, CONDITIONS, {"from": market})
    committees.reserve(committee_id, reward_token, limit, CONDITIONS, {"from": market})


@pytest.mark.parametrize(("rate_wad", "amount"), [(WAD, 2**256 - 1), (2**256 - 1, 2**256 - 1), (2**256 - 1, 2)])
def test_more_than_fits(committees, found_committee, market, oracles, reward_token, rate_wad, amount, reverts_with):
    committee_id = found_committee(oracles, stakePerRewardWad=[rate_wad])

    with reverts_with("Committees_ExposureTooHigh", committee_id, 2**256 - 1, LIMIT):
        committees.reserve(committee_id, reward_token, amount, CONDITIONS, {"from": market})


def test_never_more_than_128_bits(committees, found_committee, market, oracles, reward_token, reverts_with):
    rates = {"exposureBps": 2**32 - 1, "seatStake": 2**125}
    committee_id = found_committee(oracles, **rates)
    limit = 2**128 - 1

    with reverts_with("Committees_ExposureTooHigh", committee_id, limit + 1, limit):
        committees.reserve(committee_id, reward_token, limit + 1, CONDITIONS, {"from": market})
    committees.reserve(committee_id, reward_token, limit, CONDITIONS, {"from": market})


FIELDS = ("arbiter", "feePerRound", "challengeBond", "commitWindow", "voteWindow")
# Condition, what the charter asks of it, the error.
LEAST = [
    ("commitWindow", "minCommitWindow", "Committees_WindowTooShort"),
    ("voteWindow", "minVoteWindow", "Committees_WindowTooShort"),
    ("feePerRound", "minFeeStake", "Committees_FeeTooSmall"),
    ("challengeBond", "minChallengeBond", "Committees_BondTooSmall"),
]


def conditions_with(**changes):
    return tuple((dict(zip(FIELDS, CONDITIONS, strict=True)) | changes).values())


@pytest.fixture
def strict(found_committee, oracles, alice, bob):
    """A committee whose charter accepts `CONDITIONS`, not a wei nor a second less, and alice or bob as arbiter."""
    return found_committee(oracles, arbiters=[alice, bob], **STRICT)


@pytest.mark.parametrize("name, least, error", LEAST)
def test_less_than_the_charter_asks(
    committees, strict, market, reward_token, facts, alice, name, least, error, reverts_with
):
    conditions = conditions_with(**{"arbiter": alice, name: STRICT[least] - 1})

    with reverts_with(error, STRICT[least] - 1, STRICT[least]):
        committees.reserve(strict, reward_token, 1, conditions, {"from": market})
    assert facts(strict)["openTasks"] == 0


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("name, least, error", LEAST)
def test_what_the_charter_asks(committees, strict, market, reward_token, facts, alice, name, least, error, more):
    conditions = conditions_with(**{"arbiter": alice, name: STRICT[least] + more})

    committees.reserve(strict, reward_token, 1, conditions, {"from": market})

    assert facts(strict)["openTasks"] == 1


def test_no_arbiter_no_bond(committees, strict, market, reward_token, facts):
    conditions = conditions_with(arbiter=ZERO_ADDRESS, challengeBond=0)

    committees.reserve(strict, reward_token, 1, conditions, {"from": market})

    assert facts(strict)["openTasks"] == 1


def test_each_of_its_arbiters(committees, strict, market, reward_token, facts, alice, bob):
    for arbiter in (alice, bob):
        committees.reserve(strict, reward_token, 1, conditions_with(arbiter=arbiter), {"from": market})

    assert facts(strict)["openTasks"] == 2


def test_other_arbiter(committees, strict, found_committee, oracles, market, reward_token, carol, reverts_with):
    found_committee(oracles, arbiters=[carol])

    with reverts_with("Committees_ArbiterNotAccepted", strict, carol):
        committees.reserve(strict, reward_token, 1, conditions_with(arbiter=carol), {"from": market})


@pytest.mark.parametrize(
    ("rate_wad", "fee", "fee_stake"),
    [
        (WAD, 0, 0),
        (WAD - 1, 1, 0),
        (WAD // 3, 3, 0),
        (WAD // 3, 4, 1),
        (2 * WAD, 7, 14),
        # One whole token of six decimals is worth two whole stake tokens.
        (2 * 10**12 * WAD, 10**6, 2 * WAD),
    ],
)
def test_value_of_the_fee(
    committees, found_committee, market, oracles, reward_token, rate_wad, fee, fee_stake, reverts_with
):
    asked = {"stakePerRewardWad": [rate_wad]}
    enough = found_committee(oracles, minFeeStake=fee_stake, **asked)
    too_little = found_committee(oracles, minFeeStake=fee_stake + 1, **asked)
    conditions = conditions_with(feePerRound=fee)

    committees.reserve(enough, reward_token, 1, conditions, {"from": market})
    with reverts_with("Committees_FeeTooSmall", fee_stake, fee_stake + 1):
        committees.reserve(too_little, reward_token, 1, conditions, {"from": market})


def test_fee_worth_more_than_fits(committees, found_committee, market, oracles, reward_token, facts):
    committee_id = found_committee(oracles, minFeeStake=2**128 - 1, stakePerRewardWad=[2**256 - 1])

    committees.reserve(committee_id, reward_token, 0, conditions_with(feePerRound=2), {"from": market})

    assert facts(committee_id)["openTasks"] == 1
