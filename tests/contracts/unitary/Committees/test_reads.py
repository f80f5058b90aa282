"""Committees.canReserve, committeeOf, seatsOf, seatNumberOf, acceptsArbiter
- canReserve says what reserve would do about the money, and never reverts
- an arbiter is accepted by the committees that name him, and by no other; none is accepted by all
- an unknown committee has no facts and no seats, and accepts nobody and nothing
"""

import pytest

from tests.contracts.constants import CONDITIONS, SEAT_STAKE, ZERO_ADDRESS

LIMIT = 4 * SEAT_STAKE


@pytest.mark.parametrize(("amount", "expected"), [(0, True), (LIMIT, True), (LIMIT + 1, False), (2**256 - 1, False)])
def test_can_reserve(committees, committee_id, reward_token, amount, expected):
    assert committees.canReserve(committee_id, reward_token, amount) is expected


def test_can_reserve_beside_open_tasks(committees, committee_id, market, reward_token):
    committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": market})

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
    assert not committees.acceptsArbiter(committee_id + 1, oracles[0])


def test_can_reserve_whatever_the_conditions(committees, found_committee, market, oracles, reward_token, reverts_with):
    committee_id = found_committee(oracles, minVoteWindow=CONDITIONS[4] + 1)

    assert committees.canReserve(committee_id, reward_token, 1)
    with reverts_with("Committees_WindowTooShort", CONDITIONS[4], CONDITIONS[4] + 1):
        committees.reserve(committee_id, reward_token, 1, CONDITIONS, {"from": market})


def test_arbiters_of_each(committees, charter_of, oracles, owner, alice, bob):
    first, second = (
        committees.found(charter_of(oracles, arbiters=[arbiter]), {"from": owner}).return_value
        for arbiter in (alice, bob)
    )

    assert committees.acceptsArbiter(first, alice) and not committees.acceptsArbiter(first, bob)
    assert committees.acceptsArbiter(second, bob) and not committees.acceptsArbiter(second, alice)
    assert committees.acceptsArbiter(first, ZERO_ADDRESS) and committees.acceptsArbiter(second, ZERO_ADDRESS)
