"""Committees.leave
- an unknown committee; nobody the charter names; a member that has not enrolled; one that left: refused
- complete and not retired, or with tasks open: refused
- retired and without tasks: the stake comes free, all of it or what slashing left, down to nothing
- never complete: at once, and the committee is retired by it
- retired before it was complete: at once
"""

import pytest

from tests.contracts.constants import CONDITIONS, SEAT_STAKE, WAD


def test_unknown(committees, books, oracles, reverts_with):
    with reverts_with("Committees_Unknown", 99):
        committees.leave(99, {"from": oracles[0]})


def test_not_member(committees, retired, not_member, reverts_with):
    with reverts_with("Committees_NotMember", retired, not_member):
        committees.leave(retired, {"from": not_member})


def test_not_enrolled(committees, half_full, oracles, reverts_with):
    with reverts_with("Committees_NotEnrolled", half_full, oracles[3]):
        committees.leave(half_full, {"from": oracles[3]})


def test_twice(committees, retired, oracles, reverts_with):
    committees.leave(retired, {"from": oracles[0]})

    with reverts_with("Committees_AlreadyLeft", retired, oracles[0]):
        committees.leave(retired, {"from": oracles[0]})


def test_not_retired(committees, committee_id, oracles, reverts_with):
    with reverts_with("Committees_NotRetired", committee_id):
        committees.leave(committee_id, {"from": oracles[0]})


def test_tasks_open(committees, committee_id, market, oracles, reward_token, reverts_with):
    for _ in range(2):
        committees.reserve(committee_id, reward_token, WAD, CONDITIONS, {"from": market})
    committees.retire(committee_id, {"from": oracles[0]})
    committees.release(committee_id, reward_token, WAD, {"from": market})

    with reverts_with("Committees_TasksOpen", committee_id, 1):
        committees.leave(committee_id, {"from": oracles[0]})


def test_takes_the_stake_back(committees, vault, stake_token, retired, facts, oracles, recipient_of):
    member = oracles[1]
    tx = committees.leave(retired, {"from": member})

    assert tx.events["Left"] == {"committeeId": retired, "member": member, "stakeBack": SEAT_STAKE}
    assert tx.events["Unlocked"] == {"account": member, "book": committees, "amount": SEAT_STAKE}
    assert "Retired" not in tx.events
    assert committees.seatsOf(retired)[1] == (member, "0x" + recipient_of(member).hex(), 0, True)
    assert facts(retired)["stakeTotal"] == 3 * SEAT_STAKE
    vault.withdraw(member, SEAT_STAKE, {"from": member})
    assert stake_token.balanceOf(member) == SEAT_STAKE


def test_after_the_last_task(committees, vault, committee_id, market, facts, oracles, reward_token):
    committees.reserve(committee_id, reward_token, WAD, CONDITIONS, {"from": market})
    committees.retire(committee_id, {"from": oracles[0]})
    committees.release(committee_id, reward_token, WAD, {"from": market})

    for member in oracles:
        committees.leave(committee_id, {"from": member})

    assert facts(committee_id)["stakeTotal"] == 0
    assert [vault.freeOf(member) for member in oracles] == [SEAT_STAKE] * 4


@pytest.mark.parametrize("slashed", [1, SEAT_STAKE])
def test_after_slashing(committees, vault, committee_id, market, facts, oracles, slashed):
    committees.slashSeat(committee_id, 0, slashed, {"from": market})
    committees.retire(committee_id, {"from": oracles[0]})

    tx = committees.leave(committee_id, {"from": oracles[0]})

    assert tx.events["Left"]["stakeBack"] == SEAT_STAKE - slashed
    assert vault.freeOf(oracles[0]) == vault.depositOf(oracles[0]) == SEAT_STAKE - slashed
    assert facts(committee_id)["stakeTotal"] == 3 * SEAT_STAKE


def test_never_complete(committees, vault, half_full, facts, oracles, recipient_of, reverts_with):
    tx = committees.leave(half_full, {"from": oracles[0]})

    assert tx.events["Retired"] == {"committeeId": half_full, "member": oracles[0]}
    assert tx.events["Left"] == {"committeeId": half_full, "member": oracles[0], "stakeBack": SEAT_STAKE}
    assert vault.freeOf(oracles[0]) == SEAT_STAKE
    assert facts(half_full)["retired"]
    with reverts_with("Committees_IsRetired", half_full):
        committees.enroll(half_full, recipient_of(oracles[2]), {"from": oracles[2]})
    committees.leave(half_full, {"from": oracles[1]})
    assert facts(half_full)["stakeTotal"] == 0


def test_retired_before_complete(committees, vault, half_full, oracles):
    committees.retire(half_full, {"from": oracles[3]})

    tx = committees.leave(half_full, {"from": oracles[0]})

    assert "Retired" not in tx.events
    assert vault.freeOf(oracles[0]) == SEAT_STAKE
