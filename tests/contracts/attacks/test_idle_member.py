"""A member who opens a commitment to nothing, and votes with the majority, would earn the fee without the work.

The market can't see what a digest stands for; the other members can. With his vote each says whose work he fetched and
found right, and a fee needs t + 1 of them (I27): t liars can't vouch an idle one in, and t who vouch for nobody can't
keep anybody from his fee.
"""

from dataclasses import replace

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import NOBODY, TERMS, digest_of, report_of

from .conftest import SCORES

GOOD = report_of(SCORES, WAD // 3)
FEE = TERMS["feePerRound"]
GARBAGE = digest_of("no block has this digest"), b"", digest_of("salt")


@pytest.fixture(params=[4, 7, 10])
def scene(request, driver, found_committee, many_oracles, trainers):
    """The driver of a committee of 4, 7 or 10, a round of it that is closed, and how many members may lie."""
    members = many_oracles[: request.param]
    driver = replace(driver, committee_id=found_committee(members), oracles=members)
    task_id = driver.started(trainers)
    driver.submit(task_id, trainers)
    return driver, task_id, (len(members) - 1) // 3


def work(driver, market, task_id, diligent, idle):
    """All commit and open in time: the idle ones what is nobody's work."""
    driver.commit(task_id, diligent)
    for member in idle:
        market.commitWork(task_id, 0, market.commitmentOf(*GARBAGE, member, task_id, 0), {"from": member})
    driver.pass_time(driver.round(task_id)["commitEndsAt"])
    driver.open(task_id, diligent)
    for member in idle:
        market.openWork(task_id, 0, *GARBAGE, {"from": member})


def finish(driver, task_id):
    driver.reveal(task_id, GOOD)
    driver.settle(task_id, 0)


def check_fees(driver, market, task_id, diligent, idle, reverts_with):
    """The diligent share the whole fee, the idle have nothing, and what does not divide is the owner's."""
    for member in idle:
        with reverts_with("TaskMarket_NothingToClaim", task_id, member):
            market.claimFees(task_id, [0], member, {"from": member})
    for member in diligent:
        market.claimFees(task_id, [0], member, {"from": member})
        assert driver.reward_token.balanceOf(member) == FEE // len(diligent)
    assert driver.task(task_id)["refundable"] == FEE % len(diligent)


def test_one_idle_member(market, scene, reverts_with, solvent):
    """He alone vouches for himself."""
    driver, task_id, _ = scene
    *diligent, idle = driver.oracles
    work(driver, market, task_id, diligent, [idle])
    driver.vote(task_id, diligent, GOOD, vouched=driver.everybody >> 1)
    driver.vote(task_id, [idle], GOOD)
    finish(driver, task_id)

    check_fees(driver, market, task_id, diligent, [idle], reverts_with)


def test_idle_members_vouch_for_each_other(market, scene, reverts_with, solvent):
    """As many as may lie, and they vouch for nobody else."""
    driver, task_id, t = scene
    idle, diligent = driver.oracles[:t], driver.oracles[t:]
    work(driver, market, task_id, diligent, idle)
    driver.vote(task_id, idle, GOOD, vouched=2**t - 1)
    driver.vote(task_id, diligent, GOOD, vouched=driver.everybody - (2**t - 1))
    finish(driver, task_id)

    check_fees(driver, market, task_id, diligent, idle, reverts_with)


def test_liars_vouch_for_nobody(market, scene, reverts_with, solvent):
    """As many as may lie vouch for nobody, themselves included: everybody has his fee all the same."""
    driver, task_id, t = scene
    work(driver, market, task_id, driver.oracles, [])
    driver.vote(task_id, driver.oracles[:t], GOOD, vouched=NOBODY)
    driver.vote(task_id, driver.oracles[t:], GOOD)
    finish(driver, task_id)

    check_fees(driver, market, task_id, driver.oracles, [], reverts_with)


def test_no_honest_vouch_is_missed(market, scene, reverts_with, solvent):
    """t members are gone and t more vouch for nobody: the t + 1 that are left are enough for who voted."""
    driver, task_id, t = scene
    present = driver.oracles[t:]
    work(driver, market, task_id, present, [])
    driver.vote(task_id, present[:t], GOOD, vouched=NOBODY)
    driver.vote(task_id, present[t:], GOOD, vouched=driver.everybody)
    finish(driver, task_id)

    assert driver.round(task_id, 0)["feeShare"] == FEE // len(present)
    assert driver.task(task_id)["refundable"] == FEE % len(present)
