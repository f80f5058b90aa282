"""A lazy member who copies what others commit, open or vote would earn the fee without the work.

The address is inside the commitment, and who opens must have committed before anybody opened (R6a): a copy cannot be
opened, a late commitment is refused, and who only votes right gets no fee. He keeps his stake: he was on time (I18).
"""

import pytest

from tests.contracts.constants import SEAT_STAKE, WAD
from tests.contracts.driver import TERMS, report_of

from .conftest import SCORES

GOOD = report_of(SCORES, WAD // 3)
FEE = TERMS["feePerRound"]


@pytest.fixture
def round_open(driver, trainers):
    task_id = driver.started(trainers)
    driver.submit(task_id, trainers)
    return task_id


def finish(driver, task_id):
    driver.vote(task_id, driver.oracles, GOOD)
    driver.reveal(task_id, GOOD)
    driver.settle(task_id, 0)


def test_copied_commitment(driver, market, vault, round_open, oracles, reverts_with, solvent):
    """The same 32 bytes: in his mouth the preimage gives another hash."""
    *honest, copier = oracles
    stolen = market.commitmentOf(*driver.work_of(honest[0]), honest[0], round_open, 0)
    driver.commit(round_open, honest)
    market.commitWork(round_open, 0, stolen, {"from": copier})
    driver.pass_time(driver.round(round_open)["commitEndsAt"])
    driver.open(round_open, honest)

    own = market.commitmentOf(*driver.work_of(honest[0]), copier, round_open, 0)
    with reverts_with("TaskMarket_CommitmentMismatch", stolen, own):
        market.openWork(round_open, 0, *driver.work_of(honest[0]), {"from": copier})
    finish(driver, round_open)

    assert driver.round(round_open, 0)["feeShare"] == FEE // 3
    with reverts_with("TaskMarket_NothingToClaim", round_open, copier):
        market.claimFees(round_open, [0], copier, {"from": copier})
    assert vault.lockedOf(copier) == SEAT_STAKE


def test_late_commitment(driver, market, round_open, oracles, reverts_with):
    """He waits until the others have opened: the window for commitments ended before theirs for openings began."""
    *honest, copier = oracles
    driver.commit(round_open, honest)
    ends_at = driver.round(round_open)["commitEndsAt"]
    driver.pass_time(ends_at)
    driver.open(round_open, honest[:1])
    now = ends_at + 10
    driver.at(now)

    own = market.commitmentOf(*driver.work_of(honest[0]), copier, round_open, 0)
    closes_at = driver.round(round_open)["closesAt"]
    with reverts_with("TaskMarket_OutsideWindow", now, closes_at, ends_at):
        market.commitWork(round_open, 0, own, {"from": copier})
    with reverts_with("TaskMarket_NotCommitted", round_open, 0, copier):
        driver.open(round_open, [copier])


def test_committed_and_never_opened(driver, market, round_open, oracles, reverts_with):
    """A commitment alone earns nothing; the fee is the others'."""
    driver.commit(round_open, oracles)
    driver.open(round_open, oracles[:3])
    finish(driver, round_open)

    assert driver.round(round_open, 0)["feeShare"] == FEE // 3
    with reverts_with("TaskMarket_NothingToClaim", round_open, oracles[3]):
        market.claimFees(round_open, [0], oracles[3], {"from": oracles[3]})


def test_commits_twice(driver, market, round_open, oracles, reverts_with):
    """He would commit blindly first, and again when he has something to copy."""
    driver.commit(round_open, oracles[:1])

    with reverts_with("TaskMarket_AlreadyCommitted", round_open, 0, oracles[0]):
        driver.commit(round_open, oracles[:1])


def test_opens_twice(driver, market, round_open, oracles, reverts_with):
    driver.commit(round_open, oracles)
    driver.open(round_open, oracles[:1])

    with reverts_with("TaskMarket_AlreadyOpened", round_open, 0, oracles[0]):
        driver.open(round_open, oracles[:1])


def test_nobody_worked(driver, market, round_open, oracles, owner, reverts_with):
    """All copy, none works: the whole fee goes back to the owner."""
    finish(driver, round_open)

    assert driver.round(round_open, 0)["feeShare"] == 0
    assert driver.task(round_open)["refundable"] == FEE
