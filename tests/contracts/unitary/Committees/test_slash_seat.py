"""Committees.slashSeat
- anybody but the market; an unknown committee; a seat that is not there: refused
- takes what was asked, or what is left, or nothing: from the seat, the committee and the vault's lock, into the pot
- an empty seat costs nobody anything
"""

import brownie
import pytest

from tests.contracts.constants import SEAT_STAKE


def test_not_market(committees, committee_id, not_market, reverts_with):
    with reverts_with("Committees_NotMarket", not_market):
        committees.slashSeat(committee_id, 0, 1, {"from": not_market})


def test_unknown(committees, market, reverts_with):
    with reverts_with("Committees_Unknown", 99):
        committees.slashSeat(99, 0, 1, {"from": market})


def test_no_such_seat(committees, committee_id, market):
    with brownie.reverts("Index out of range"):
        committees.slashSeat(committee_id, 4, 1, {"from": market})


@pytest.mark.parametrize("amount", [1, SEAT_STAKE])
def test_takes_what_was_asked(committees, vault, committee_id, market, facts, oracles, amount):
    tx = committees.slashSeat(committee_id, 2, amount, {"from": market})

    assert tx.return_value == amount
    assert tx.events["SeatSlashed"] == {
        "committeeId": committee_id,
        "seat": 2,
        "member": oracles[2],
        "amount": amount,
    }
    assert tx.events["Slashed"] == {"account": oracles[2], "book": committees, "amount": amount}
    assert [seat[2] for seat in committees.seatsOf(committee_id)] == [
        SEAT_STAKE,
        SEAT_STAKE,
        SEAT_STAKE - amount,
        SEAT_STAKE,
    ]
    assert facts(committee_id)["stakeTotal"] == 4 * SEAT_STAKE - amount
    assert vault.pot() == amount
    assert vault.lockedBy(committees, oracles[2]) == vault.depositOf(oracles[2]) == SEAT_STAKE - amount


def test_takes_what_is_left(committees, vault, committee_id, market, oracles):
    committees.slashSeat(committee_id, 0, SEAT_STAKE - 3, {"from": market})

    tx = committees.slashSeat(committee_id, 0, 4, {"from": market})

    assert tx.return_value == tx.events["SeatSlashed"]["amount"] == 3
    assert vault.lockedOf(oracles[0]) == 0
    assert vault.pot() == SEAT_STAKE


def test_largest_amount(committees, committee_id, market):
    assert committees.slashSeat(committee_id, 0, 2**256 - 1, {"from": market}).return_value == SEAT_STAKE


def test_spares_his_other_deposit(committees, vault, committee_id, market, deposit_for, oracles):
    deposit_for(oracles[0], 11)

    committees.slashSeat(committee_id, 0, 2 * SEAT_STAKE, {"from": market})

    assert vault.freeOf(oracles[0]) == 11


def test_spares_his_other_seats(committees, found_committee, market, oracles):
    first, second = found_committee(oracles), found_committee(oracles)

    committees.slashSeat(first, 0, 2 * SEAT_STAKE, {"from": market})

    assert committees.seatsOf(first)[0][2] == 0
    assert committees.seatsOf(second)[0][2] == SEAT_STAKE


@pytest.mark.parametrize("asked", [0, 1])
def test_nothing_to_take(committees, vault, half_full, market, asked):
    """Seat 3 is not taken yet; of seat 0 nothing is asked."""
    tx = committees.slashSeat(half_full, 3 if asked else 0, asked, {"from": market})

    assert tx.return_value == 0
    assert len(tx.events) == 0
    assert vault.pot() == 0


def test_after_leaving(committees, retired, market, oracles):
    committees.leave(retired, {"from": oracles[0]})

    assert committees.slashSeat(retired, 0, 1, {"from": market}).return_value == 0
