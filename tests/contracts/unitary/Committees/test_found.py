"""Committees.found
- a size other than 4, 7, 10; a member twice or missing; no stake; a penalty above the stake; tokens and rates that do
  not pair up; a token or an arbiter missing: refused
- writes the charter down for 4, 7 and 10 members, at no cost to them; anyone may found
- identifiers count from 1; one account may sit in several committees
- a token named twice has its last rate
- says which arbiters and tokens it accepts
"""

import pytest

from tests.contracts.constants import (
    EXPOSURE_BPS,
    FAULT_PENALTY,
    SEAT_STAKE,
    STAKE_PER_REWARD_WAD,
    STRICT,
    WAD,
    ZERO_ADDRESS,
)

NO_RECIPIENT = "0x" + "00" * 32


@pytest.mark.parametrize("size", [0, 1, 3, 5, 6, 8, 9])
def test_bad_size(committees, charter_of, many_oracles, owner, size, reverts_with):
    with reverts_with("Committees_BadSize", size):
        committees.found(charter_of(many_oracles[:size]), {"from": owner})


def test_larger_than_ten(committees, charter_of, accounts, owner, reverts_with):
    with reverts_with("Committees_BadSize", 13):
        committees.found(charter_of(list(accounts[:13])), {"from": owner})


def test_duplicate_member(committees, charter_of, oracles, owner, reverts_with):
    with reverts_with("Committees_DuplicateMember", oracles[1]):
        committees.found(charter_of([*oracles[:3], oracles[1]]), {"from": owner})


def test_zero_member(committees, charter_of, oracles, owner, reverts_with):
    with reverts_with("Committees_ZeroAddress"):
        committees.found(charter_of([*oracles[:3], ZERO_ADDRESS]), {"from": owner})


def test_zero_stake(committees, charter_of, oracles, owner, reverts_with):
    with reverts_with("Committees_ZeroStake"):
        committees.found(charter_of(oracles, seatStake=0, faultPenalty=0), {"from": owner})


def test_penalty_above_stake(committees, charter_of, oracles, owner, reverts_with):
    with reverts_with("Committees_PenaltyAboveStake", SEAT_STAKE + 1, SEAT_STAKE):
        committees.found(charter_of(oracles, faultPenalty=SEAT_STAKE + 1), {"from": owner})


@pytest.mark.parametrize("rates", [[], [WAD, WAD]])
def test_length_mismatch(committees, charter_of, oracles, owner, rates, reverts_with):
    with reverts_with("Committees_LengthMismatch", 1, len(rates)):
        committees.found(charter_of(oracles, stakePerRewardWad=rates), {"from": owner})


def test_zero_token(committees, charter_of, oracles, owner, reverts_with):
    with reverts_with("Committees_ZeroAddress"):
        committees.found(charter_of(oracles, rewardTokens=[ZERO_ADDRESS]), {"from": owner})


def test_zero_arbiter(committees, charter_of, oracles, owner, alice, reverts_with):
    with reverts_with("Committees_ZeroAddress"):
        committees.found(charter_of(oracles, arbiters=[alice, ZERO_ADDRESS]), {"from": owner})


@pytest.mark.parametrize("size", [4, 7, 10])
def test_writes_the_charter_down(committees, charter_of, many_oracles, reward_token, facts, mallory, size):
    members = many_oracles[:size]
    tx = committees.found(charter_of(members, **STRICT), {"from": mallory})

    committee_id = tx.return_value
    assert tx.events["CommitteeFounded"] == {"committeeId": committee_id, "founder": mallory, "members": members}
    assert facts(committee_id) == {
        "size": size,
        "enrolled": 0,
        "retired": False,
        "openTasks": 0,
        "exposureBps": EXPOSURE_BPS,
        **STRICT,
        "seatStake": SEAT_STAKE,
        "faultPenalty": FAULT_PENALTY,
        "exposureStake": 0,
        "stakeTotal": 0,
    }
    assert committees.seatsOf(committee_id) == [(member, NO_RECIPIENT, 0, False) for member in members]
    assert [committees.seatNumberOf(committee_id, member) for member in members] == list(range(1, size + 1))
    assert committees.seatNumberOf(committee_id, mallory) == 0
    assert committees.stakePerRewardWad(committee_id, reward_token) == STAKE_PER_REWARD_WAD


def test_arbiters(committees, charter_of, oracles, owner, stake_token, reward_token, alice, bob, carol):
    lists = {"arbiters": [alice, bob], "rewardTokens": [stake_token, reward_token], "stakePerRewardWad": [5, 7]}
    tx = committees.found(charter_of(oracles, **lists), {"from": owner})

    assert tx.events["CharterAccepts"] == {"committeeId": tx.return_value} | lists
    accepted = [committees.acceptsArbiter(tx.return_value, each) for each in (alice, bob, carol, ZERO_ADDRESS)]
    assert accepted == [True, True, False, True]


def test_penalty_of_the_whole_stake(committees, charter_of, oracles, facts, owner):
    committee_id = committees.found(charter_of(oracles, faultPenalty=SEAT_STAKE), {"from": owner}).return_value

    assert facts(committee_id)["faultPenalty"] == SEAT_STAKE


def test_counts_from_one(committees, charter_of, oracles, owner):
    charter = charter_of(oracles)
    found = [committees.found(charter, {"from": owner}).return_value for _ in range(3)]

    assert found == [1, 2, 3]
    assert committees.committeeCount() == 3
    assert committees.seatNumberOf(3, oracles[3]) == 4


def test_many_tokens(committees, charter_of, oracles, owner, stake_token, reward_token):
    charter = charter_of(oracles, rewardTokens=[stake_token, reward_token, stake_token], stakePerRewardWad=[5, 0, 7])
    committee_id = committees.found(charter, {"from": owner}).return_value

    assert committees.stakePerRewardWad(committee_id, stake_token) == 7
    assert committees.stakePerRewardWad(committee_id, reward_token) == 0


def test_no_token(committees, charter_of, oracles, owner, reward_token):
    charter = charter_of(oracles, rewardTokens=[], stakePerRewardWad=[])
    committee_id = committees.found(charter, {"from": owner}).return_value

    assert committees.stakePerRewardWad(committee_id, reward_token) == 0
