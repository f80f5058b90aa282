"""Committees.enroll
- an unknown committee; nobody the charter names
- a retired committee; a zero recipient; enrolled before; too small a free deposit: refused
- each member takes his own seat, whatever the order, and his stake is locked
"""

import pytest

from tests.contracts.constants import SEAT_STAKE, ZERO_DIGEST

pytestmark = pytest.mark.usefixtures("solvent")


@pytest.fixture
def founded(books, committees, charter_of, oracles, owner):
    """A committee nobody has enrolled in yet."""
    return committees.found(charter_of(oracles), {"from": owner}).return_value


@pytest.fixture
def funded(deposit_for, oracles):
    for oracle in oracles:
        deposit_for(oracle, SEAT_STAKE)


def test_unknown(committees, books, oracles, recipient_of, reverts_with):
    with reverts_with("Committees_Unknown", 1):
        committees.enroll(1, recipient_of(oracles[0]), {"from": oracles[0]})


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


def test_takes_his_seat(committees, vault, founded, funded, oracles, recipient_of):
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
    committee = committees.committeeOf(founded).dict()
    assert (committee["enrolled"], committee["stakeTotal"]) == (1, SEAT_STAKE)
    assert vault.lockedBy(committees, member) == vault.lockedOf(member) == SEAT_STAKE
    assert vault.freeOf(member) == 0


def test_all_take_theirs(committees, founded, funded, oracles, recipient_of):
    for member in reversed(oracles):
        committees.enroll(founded, recipient_of(member), {"from": member})

    assert [seat[0] for seat in committees.seatsOf(founded)] == oracles
    committee = committees.committeeOf(founded).dict()
    assert committee["enrolled"] == committee["size"] == 4
    assert committee["stakeTotal"] == 4 * SEAT_STAKE


def test_complete(committees, committee_id, reward_token):
    assert committees.canReserve(committee_id, reward_token, 4 * SEAT_STAKE)
