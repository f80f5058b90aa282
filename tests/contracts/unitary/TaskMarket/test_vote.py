"""TaskMarket.vote, voteOf
- an unknown task, a round that has not opened, an unrevealed round of a closed task; a stranger: refused
- zero, twice: refused
- legal from closesAt to voteEndsAt (-1, 0, +1 s at both ends), also after the reveal
- n - t equal votes are a quorum, for committees of 4, 7 and 10; nothing less; there is one per round
- vouching for no seat: refused; t + 1 vouches count, whatever and whenever their voters vote; t do not
"""

import pytest

from tests.contracts.constants import WAD, ZERO_DIGEST
from tests.contracts.driver import COMPLETED, NOBODY, TERMS, digest_of, report_of

HASH = digest_of("report")


@pytest.fixture(scope="module")
def closed(driver, training):
    driver.pass_time(driver.round(training)["closesAt"])
    return training


def test_unknown(driver, market, oracles, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        market.vote(9, 0, HASH, NOBODY, {"from": oracles[0]})


def test_unopened_round(market, closed, oracles, reverts_with):
    with reverts_with("TaskMarket_WrongRound", closed, 0, 1):
        market.vote(closed, 1, HASH, NOBODY, {"from": oracles[0]})


def test_over(market, closed, owner, oracles, reverts_with):
    market.end(closed, {"from": owner})

    with reverts_with("TaskMarket_WrongStatus", closed, COMPLETED):
        market.vote(closed, 0, HASH, NOBODY, {"from": oracles[0]})


def test_not_member(market, closed, not_member, reverts_with):
    with reverts_with("TaskMarket_NotMember", closed, not_member):
        market.vote(closed, 0, HASH, NOBODY, {"from": not_member})


def test_zero(market, closed, oracles, reverts_with):
    with reverts_with("TaskMarket_ZeroDigest"):
        market.vote(closed, 0, ZERO_DIGEST, NOBODY, {"from": oracles[0]})


@pytest.mark.parametrize("again", [HASH, digest_of("another report")])
def test_twice(market, closed, oracles, again, reverts_with):
    market.vote(closed, 0, HASH, NOBODY, {"from": oracles[0]})

    with reverts_with("TaskMarket_AlreadyVoted", closed, 0, oracles[0]):
        market.vote(closed, 0, again, NOBODY, {"from": oracles[0]})


def test_early(driver, market, trainers, oracles, at, reverts_with):
    task_id = driver.started(trainers)
    facts = driver.round(task_id)
    at(facts["closesAt"] - 1)

    with reverts_with("TaskMarket_OutsideWindow", facts["closesAt"] - 1, facts["closesAt"], facts["voteEndsAt"]):
        market.vote(task_id, 0, HASH, NOBODY, {"from": oracles[0]})


@pytest.mark.parametrize("late", [0, 1])
def test_late(driver, market, closed, oracles, at, late, reverts_with):
    facts = driver.round(closed)
    now = facts["voteEndsAt"] + late
    at(now)

    with reverts_with("TaskMarket_OutsideWindow", now, facts["closesAt"], facts["voteEndsAt"]):
        market.vote(closed, 0, HASH, NOBODY, {"from": oracles[0]})


@pytest.mark.parametrize("edge, seconds", [("closesAt", 0), ("closesAt", 1), ("voteEndsAt", -1)])
def test_vote(driver, market, trainers, oracles, alice, at, edge, seconds):
    task_id = driver.started(trainers)
    at(driver.round(task_id)[edge] + seconds)

    tx = market.vote(task_id, 0, HASH, 0b0110, {"from": oracles[3]})

    assert tx.events["Voted"] == {
        "taskId": task_id,
        "round": 0,
        "member": oracles[3],
        "seat": 3,
        "reportHash": "0x" + HASH.hex(),
        "vouched": 0b0110,
    }
    assert "QuorumReached" not in tx.events
    assert driver.round(task_id)["votedMask"] == 0b1000
    assert market.voteOf(task_id, 0, oracles[3]) == "0x" + HASH.hex()
    for silent in (oracles[0], alice):
        assert market.voteOf(task_id, 0, silent) == "0x" + ZERO_DIGEST.hex()


@pytest.mark.parametrize("size, quorum", [(4, 3), (7, 5), (10, 7)])
def test_quorum(driver, market, found_committee, many_oracles, trainers, size, quorum):
    """t members vote for something else first, each for another thing: they do not hinder the rest."""
    committee_id = found_committee(many_oracles[:size])
    task_id = driver.started(trainers, committeeId=committee_id)
    driver.pass_time(driver.round(task_id)["closesAt"])
    liars, honest = many_oracles[: size - quorum], many_oracles[size - quorum : size]
    for number, liar in enumerate(liars):
        market.vote(task_id, 0, digest_of(f"lie {number}"), NOBODY, {"from": liar})
    for member in honest[:-1]:
        assert "QuorumReached" not in market.vote(task_id, 0, HASH, NOBODY, {"from": member}).events
    assert driver.round(task_id)["quorumHash"] == "0x" + ZERO_DIGEST.hex()
    assert driver.round(task_id)["matchedMask"] == 0

    tx = market.vote(task_id, 0, HASH, NOBODY, {"from": honest[-1]})

    assert tx.events["QuorumReached"] == {"taskId": task_id, "round": 0, "reportHash": "0x" + HASH.hex()}
    facts = driver.round(task_id)
    assert facts["quorumHash"] == "0x" + HASH.hex()
    assert facts["votedMask"] == 2**size - 1
    assert facts["matchedMask"] == 2**size - 2 ** len(liars)
    assert market.voteOf(task_id, 0, many_oracles[0]) == "0x" + digest_of("lie 0").hex()


def test_all_differ(driver, market, found_committee, many_oracles, trainers):
    task_id = driver.started(trainers, committeeId=found_committee(many_oracles))
    driver.pass_time(driver.round(task_id)["closesAt"])
    for member in many_oracles:
        market.vote(task_id, 0, digest_of(f"view of {member}"), NOBODY, {"from": member})

    assert driver.round(task_id)["quorumHash"] == "0x" + ZERO_DIGEST.hex()
    for member in many_oracles:
        assert market.voteOf(task_id, 0, member) == "0x" + digest_of(f"view of {member}").hex()


@pytest.mark.parametrize("agrees", [True, False])
def test_after_the_reveal(driver, market, closed, oracles, at, agrees, reverts_with):
    report = report_of([1, 1, 1], WAD // 2)
    agreed = driver.vote(closed, oracles[:3], report)
    driver.reveal(closed, report)
    at(driver.round(closed, 0)["voteEndsAt"] - 1)

    tx = market.vote(closed, 0, agreed if agrees else HASH, NOBODY, {"from": oracles[3]})

    assert "QuorumReached" not in tx.events
    assert driver.round(closed, 0)["matchedMask"] == (0b1111 if agrees else 0b0111)


SIZES = [4, 7, 10]


@pytest.fixture
def closed_for(driver, found_committee, many_oracles, trainers):
    """`closed_for(size)`: a task ready for votes, and the members of its committee."""

    def start(size):
        members = many_oracles[:size]
        task_id = driver.started(trainers, committeeId=found_committee(members))
        driver.pass_time(driver.round(task_id)["closesAt"])
        return task_id, members

    return start


@pytest.mark.parametrize("size", SIZES)
def test_vouching_for_no_seat(market, closed_for, size, reverts_with):
    task_id, members = closed_for(size)
    everybody = 2**size - 1

    for vouched in (everybody + 1, everybody | 2**15, 2**16 - 1):
        with reverts_with("TaskMarket_BadVouch", vouched, everybody):
            market.vote(task_id, 0, HASH, vouched, {"from": members[0]})


@pytest.mark.parametrize("size", SIZES)
def test_vouches(driver, market, closed_for, size):
    """t + 1 voters are needed. Nobody vouches for the first seat, t for the second, t + 1 for the last, all for the
    others."""
    task_id, members = closed_for(size)
    t, last = (size - 1) // 3, 1 << size - 1
    others = 2**size - 1 - 0b11 - last
    for number, member in enumerate(members):
        vouched = others | (0b10 if number < t else 0) | (last if number >= size - t - 1 else 0)
        market.vote(task_id, 0, HASH, vouched, {"from": member})
        expected = (others if number >= t else 0) | (last if number == size - 1 else 0)
        assert driver.round(task_id)["vouchedMask"] == expected


@pytest.mark.parametrize("size", SIZES)
def test_all_vouch_for_all(driver, market, closed_for, size):
    """The count of a seat stops where it is enough, and never spills into the next seat's or what lies beside it."""
    task_id, members = closed_for(size)
    everybody = 2**size - 1
    before = driver.round(task_id)
    for member in members:
        market.vote(task_id, 0, HASH, everybody, {"from": member})

    masks = dict.fromkeys(("votedMask", "matchedMask", "vouchedMask"), everybody)
    assert driver.round(task_id) == before | masks | {"quorumHash": "0x" + HASH.hex()}


@pytest.mark.parametrize("size", SIZES)
def test_own_vouch(driver, market, closed_for, size):
    """It counts like any other: t others are needed besides, and t alone are never enough."""
    task_id, members = closed_for(size)
    t = (size - 1) // 3
    market.vote(task_id, 0, HASH, 0b1, {"from": members[0]})
    for number, member in enumerate(members[1 : t + 1], start=1):
        assert driver.round(task_id)["vouchedMask"] == 0
        market.vote(task_id, 0, HASH, 0b1, {"from": member})
        assert driver.round(task_id)["vouchedMask"] == (0b1 if number == t else 0)


def test_voters_for_another_report_vouch(driver, market, closed, oracles):
    for number, member in enumerate(oracles[:2]):
        market.vote(closed, 0, digest_of(f"view {number}"), 0b0100, {"from": member})

    assert driver.round(closed)["vouchedMask"] == 0b0100


@pytest.mark.parametrize("revealed", [False, True])
def test_late_voters_vouch(driver, market, closed, oracles, at, revealed):
    """With quorum, and after the reveal."""
    report = report_of([1, 1, 1], WAD // 2)
    driver.vote(closed, oracles[:2], report, vouched=NOBODY)
    driver.vote(closed, oracles[2:3], report, vouched=0b1000)
    if revealed:
        driver.reveal(closed, report)
    at(driver.round(closed, 0)["voteEndsAt"] - 1)
    assert driver.round(closed, 0)["vouchedMask"] == 0

    market.vote(closed, 0, HASH, 0b1011, {"from": oracles[3]})

    assert driver.round(closed, 0)["vouchedMask"] == 0b1000


def test_refused_votes_do_not_vouch(driver, market, closed, oracles, not_member, reverts_with):
    market.vote(closed, 0, HASH, 0b0001, {"from": oracles[0]})

    with reverts_with("TaskMarket_AlreadyVoted", closed, 0, oracles[0]):
        market.vote(closed, 0, HASH, 0b0001, {"from": oracles[0]})
    with reverts_with("TaskMarket_NotMember", closed, not_member):
        market.vote(closed, 0, HASH, 0b0001, {"from": not_member})
    assert driver.round(closed)["vouchedMask"] == 0


def test_voting_does_not_wait_for_commitments(driver, closed):
    assert driver.round(closed)["voteEndsAt"] == driver.round(closed)["closesAt"] + TERMS["voteWindow"]
