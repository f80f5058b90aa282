"""Committees.enroll
- an unknown committee; nobody the charter names
- a retired committee; a zero recipient; enrolled before; too small a free deposit: refused
- each member takes his own seat, whatever the order, and his stake is locked
"""

from tests.contracts.constants import SEAT_STAKE, ZERO_DIGEST


def test_unknown(committees, books, oracles, recipient_of, reverts_with):
    with reverts_with("Committees_Unknown", 99):
        committees.enroll(99, recipient_of(oracles[0]), {"from": oracles[0]})


def test_not_member(committees, founded, not_member, recipient_of, reverts_with):
    with reverts_with("Committees_NotMember", founded, not_member):
        committees.enroll(founded, recipient_of(not_member), {"from": not_member})


def test_retired(committees, founded, funded, oracles, recipient_of, reverts_with):
    committees.retire(founded, {"from": oracles[1]})

    with reverts_with("Committees_IsRetired", founded):
        committees.enroll(founded, recipient_of(oracles[0]), {"from": oracles[0]})


def test_zero_recipient(committees, founded, funded, oracles, reverts_with):
    with reverts_with("Committees_ZeroRecipient"):
        committees.enroll(founded, ZERO_DIGEST, {"from": oracles[0]})


def test_twice(committees, founded, funded, oracles, recipient_of, reverts_with):
    committees.enroll(founded, recipient_of(oracles[0]), {"from": oracles[0]})

    with reverts_with("Committees_AlreadyEnrolled", founded, oracles[0]):
        committees.enroll(founded, recipient_of(oracles[0]), {"from": oracles[0]})


def test_deposit_too_small(committees, founded, deposit_for, oracles, recipient_of, reverts_with):
    deposit_for(oracles[0], SEAT_STAKE - 1)

    with reverts_with("StakeVault_FreeTooSmall", oracles[0], SEAT_STAKE - 1, SEAT_STAKE):
        committees.enroll(founded, recipient_of(oracles[0]), {"from": oracles[0]})


def test_takes_his_seat(committees, vault, founded, funded, facts, oracles, recipient_of):
    member = oracles[2]
    tx = committees.enroll(founded, recipient_of(member), {"from": member})

    assert tx.events["Enrolled"] == {
        "committeeId": founded,
        "member": member,
        "seat": 2,
        "recipient": "0x" + recipient_of(member).hex(),
    }
    assert tx.events["Locked"] == {"account": member, "book": committees, "amount": SEAT_STAKE}
    assert committees.seatsOf(founded)[2] == (member, "0x" + recipient_of(member).hex(), SEAT_STAKE, False)
    committee = facts(founded)
    assert (committee["enrolled"], committee["stakeTotal"]) == (1, SEAT_STAKE)
    assert vault.lockedBy(committees, member) == vault.lockedOf(member) == SEAT_STAKE
    assert vault.freeOf(member) == 0


def test_all_take_theirs(committees, founded, funded, facts, oracles, recipient_of, reward_token):
    for member in reversed(oracles):
        committees.enroll(founded, recipient_of(member), {"from": member})

    assert [seat[0] for seat in committees.seatsOf(founded)] == oracles
    committee = facts(founded)
    assert committee["enrolled"] == committee["size"] == 4
    assert committee["stakeTotal"] == 4 * SEAT_STAKE
    assert committees.canReserve(founded, reward_token, 1)


def test_two_committees_in_one_call(committees, vault, founded, charter_of, deposit_for, oracles, recipient_of):
    member = oracles[0]
    second = committees.found(charter_of(oracles), {"from": member}).return_value
    deposit_for(member, 2 * SEAT_STAKE)

    enroll = committees.enroll.encode_input
    committees.multicall([enroll(each, recipient_of(member)) for each in (founded, second)], {"from": member})

    assert vault.lockedBy(committees, member) == 2 * SEAT_STAKE
    assert vault.freeOf(member) == 0
