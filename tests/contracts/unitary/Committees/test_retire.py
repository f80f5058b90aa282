"""Committees.retire
- an unknown committee; anybody the charter does not name; a second time: refused
- any one member, enrolled or not, is enough; tasks that run go on
"""

from tests.contracts.constants import CONDITIONS, WAD


def test_unknown(committees, books, oracles, reverts_with):
    with reverts_with("Committees_Unknown", 99):
        committees.retire(99, {"from": oracles[0]})


def test_not_member(committees, committee_id, not_member, reverts_with):
    with reverts_with("Committees_NotMember", committee_id, not_member):
        committees.retire(committee_id, {"from": not_member})


def test_twice(committees, retired, oracles, reverts_with):
    with reverts_with("Committees_IsRetired", retired):
        committees.retire(retired, {"from": oracles[0]})


def test_by_one_member(committees, committee_id, facts, oracles, reward_token):
    tx = committees.retire(committee_id, {"from": oracles[2]})

    assert tx.events["Retired"] == {"committeeId": committee_id, "member": oracles[2]}
    assert facts(committee_id)["retired"]
    assert not committees.canReserve(committee_id, reward_token, 1)


def test_before_enrolling(committees, half_full, facts, oracles):
    committees.retire(half_full, {"from": oracles[3]})

    assert facts(half_full)["retired"]


def test_under_an_open_task(committees, committee_id, market, facts, oracles, reward_token):
    committees.reserve(committee_id, reward_token, WAD, CONDITIONS, {"from": market})
    committees.retire(committee_id, {"from": oracles[0]})

    assert facts(committee_id)["openTasks"] == 1
    assert facts(committee_id)["exposureStake"] == WAD
    committees.release(committee_id, reward_token, WAD, {"from": market})
    assert facts(committee_id)["openTasks"] == 0
