"""TaskMarket.openWork, commitmentOf
- an unknown task, a round that has not opened, an unrevealed round of a closed task; a stranger: refused
- without a commitment, twice, anything but what was committed: refused; a copied commitment does not open (R6a)
- legal from commitEndsAt to openEndsAt (-1, 0, +1 s at both ends), also when the round was revealed meanwhile
"""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.constants import WAD
from tests.contracts.driver import COMPLETED, digest_of, report_of


@pytest.fixture(scope="module")
def committed(driver, training, oracles):
    """The first three members have committed; the window is over."""
    driver.pass_time(driver.round(training)["closesAt"])
    driver.commit(training, oracles[:3])
    driver.pass_time(driver.round(training)["commitEndsAt"])
    return training


@pytest.fixture
def open_by(driver, market, committed):
    """`open_by(member, digest=..., accepted=..., salt=..., task_id=..., round_=...)`"""

    def open_work(member, task_id=committed, round_=0, **changes):
        work = dict(zip(("digest", "accepted", "salt"), driver.work_of(member), strict=True)) | changes
        return market.openWork(task_id, round_, *work.values(), {"from": member})

    return open_work


def test_unknown(open_by, oracles, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        open_by(oracles[0], task_id=9)


def test_unopened_round(open_by, committed, oracles, reverts_with):
    with reverts_with("TaskMarket_WrongRound", committed, 0, 1):
        open_by(oracles[0], round_=1)


def test_over(open_by, market, committed, owner, oracles, reverts_with):
    market.end(committed, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", committed, COMPLETED):
        open_by(oracles[0])


def test_not_member(open_by, committed, not_member, reverts_with):
    with reverts_with("TaskMarket_NotMember", committed, not_member):
        open_by(not_member)


def test_not_committed(open_by, committed, oracles, reverts_with):
    with reverts_with("TaskMarket_NotCommitted", committed, 0, oracles[3]):
        open_by(oracles[3])


def test_twice(open_by, committed, oracles, reverts_with):
    open_by(oracles[0])

    with reverts_with("TaskMarket_AlreadyOpened", committed, 0, oracles[0]):
        open_by(oracles[0])


@pytest.mark.parametrize(
    "changes", [{"digest": digest_of("x")}, {"accepted": b""}, {"accepted": b"\x07\x00"}, {"salt": digest_of("x")}]
)
def test_mismatch(driver, market, open_by, committed, oracles, changes, reverts_with):
    work = dict(zip(("digest", "accepted", "salt"), driver.work_of(oracles[0]), strict=True))
    commitment = market.commitmentOf(*work.values(), oracles[0], committed, 0)
    given = market.commitmentOf(*(work | changes).values(), oracles[0], committed, 0)

    with reverts_with("TaskMarket_CommitmentMismatch", commitment, given):
        open_by(oracles[0], **changes)


def test_copied_commitment(driver, market, trainers, oracles, reverts_with):
    """Who repeats another's commitment can't open it, not even with the other's work before his eyes."""
    task_id = driver.started(trainers)
    driver.pass_time(driver.round(task_id)["closesAt"])
    commitment = market.commitmentOf(*driver.work_of(oracles[0]), oracles[0], task_id, 0)
    for member in oracles:
        market.commitWork(task_id, 0, commitment, {"from": member})
    market.openWork(task_id, 0, *driver.work_of(oracles[0]), {"from": oracles[0]})

    given = market.commitmentOf(*driver.work_of(oracles[0]), oracles[1], task_id, 0)
    with reverts_with("TaskMarket_CommitmentMismatch", commitment, given):
        market.openWork(task_id, 0, *driver.work_of(oracles[0]), {"from": oracles[1]})


def test_early(driver, market, trainers, oracles, at, reverts_with):
    task_id = driver.started(trainers)
    driver.pass_time(driver.round(task_id)["closesAt"])
    driver.commit(task_id, oracles[:1])
    facts = driver.round(task_id)
    at(facts["commitEndsAt"] - 1)

    with reverts_with(
        "TaskMarket_OutsideWindow", facts["commitEndsAt"] - 1, facts["commitEndsAt"], facts["openEndsAt"]
    ):
        driver.open(task_id, oracles[:1])


@pytest.mark.parametrize("late", [0, 1])
def test_late(driver, open_by, committed, oracles, at, late, reverts_with):
    facts = driver.round(committed)
    now = facts["openEndsAt"] + late
    at(now)

    with reverts_with("TaskMarket_OutsideWindow", now, facts["commitEndsAt"], facts["openEndsAt"]):
        open_by(oracles[0])


@pytest.mark.parametrize("edge, seconds", [("commitEndsAt", 0), ("commitEndsAt", 1), ("openEndsAt", -1)])
def test_open(driver, market, trainers, oracles, at, edge, seconds):
    task_id = driver.started(trainers)
    driver.pass_time(driver.round(task_id)["closesAt"])
    driver.commit(task_id, oracles[:3])
    at(driver.round(task_id)[edge] + seconds)
    digest, accepted, salt = driver.work_of(oracles[1])

    tx = market.openWork(task_id, 0, digest, accepted, salt, {"from": oracles[1]})

    assert tx.events["WorkOpened"] == {
        "taskId": task_id,
        "round": 0,
        "member": oracles[1],
        "seat": 1,
        "digest": "0x" + digest.hex(),
        "accepted": "0x" + accepted.hex(),
    }
    assert driver.round(task_id)["openedMask"] == 0b0010


def test_after_a_quick_reveal(driver, open_by, committed, oracles):
    report = report_of([1, 1, 1], WAD // 2)
    driver.agree(committed, report)
    driver.reveal(committed, report)

    open_by(oracles[0])

    assert driver.round(committed, 0)["openedMask"] == 0b0001


def test_commitment_of(market, oracles):
    types = ["bytes32", "bytes32", "bytes32", "address", "uint256", "uint256"]
    digest, salt = digest_of("post"), digest_of("salt")

    assert (
        market.commitmentOf(digest, b"\x05", salt, oracles[0], 3, 4)
        == "0x" + keccak(encode(types, [digest, keccak(b"\x05"), salt, oracles[0].address, 3, 4])).hex()
    )
