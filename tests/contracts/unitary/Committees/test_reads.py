"""Committees.canReserve, committeeOf, seatsOf, seatNumberOf
- canReserve says what reserve would do, and never reverts
- an unknown committee has no facts and no seats, and accepts nobody and nothing
"""

import pytest

from tests.contracts.constants import SEAT_STAKE

LIMIT = 4 * SEAT_STAKE


@pytest.mark.parametrize(("amount", "expected"), [(0, True), (LIMIT, True), (LIMIT + 1, False), (2**256 - 1, False)])
def test_can_reserve(committees, committee_id, reward_token, amount, expected):
    assert committees.canReserve(committee_id, reward_token, amount) is expected


def test_can_reserve_beside_open_tasks(committees, committee_id, market, reward_token):
    committees.reserve(committee_id, reward_token, 1, {"from": market})

    assert committees.canReserve(committee_id, reward_token, LIMIT - 1)
    assert not committees.canReserve(committee_id, reward_token, LIMIT)


def test_cannot_reserve_other_tokens(committees, committee_id, stake_token):
    assert not committees.canReserve(committee_id, stake_token, 0)


def test_cannot_reserve_incomplete(committees, half_full, reward_token):
    assert not committees.canReserve(half_full, reward_token, 0)


def test_cannot_reserve_retired(committees, retired, reward_token):
    assert not committees.canReserve(retired, reward_token, 0)


@pytest.mark.parametrize("view", ["committeeOf", "seatsOf"])
def test_unknown(committees, committee_id, view, reverts_with):
    with reverts_with("Committees_Unknown", committee_id + 1):
        getattr(committees, view)(committee_id + 1)


def test_unknown_accepts_nothing(committees, committee_id, oracles, reward_token):
    assert not committees.canReserve(committee_id + 1, reward_token, 0)
    assert committees.seatNumberOf(committee_id + 1, oracles[0]) == 0
    assert committees.stakePerRewardWad(committee_id + 1, reward_token) == 0
