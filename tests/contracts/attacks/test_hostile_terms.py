"""An owner who writes his terms against his committee would have its stakes, or its work for nothing.

A careless committee, whose charter asks for nothing, shows what the terms are worth to the attacker; a careful one
refuses the same terms when he posts, before any of its members has anything to lose.
"""

import pytest

from tests.contracts.constants import FAULT_PENALTY, SEAT_STAKE, STRICT, WAD
from tests.contracts.driver import TERMS, TRAINING, report_of

BLINK = {"commitWindow": 1, "voteWindow": 3}
HONEST = report_of([1], WAD // 3)


@pytest.fixture(scope="module")
def own_arbiter(ArbiterDouble, owner):
    """Rules whatever the owner tells him to."""
    return ArbiterDouble.deploy({"from": owner})


@pytest.fixture(scope="module")
def careless(found_committee, oracles, own_arbiter):
    return found_committee(oracles, arbiters=[own_arbiter])


@pytest.fixture(scope="module")
def careful(found_committee, oracles, arbiter):
    return found_committee(oracles, arbiters=[arbiter], **STRICT)


@pytest.fixture
def refused(driver, market, committees, careful, owner, reverts_with):
    """`refused(error, *args, **terms)`: the owner cannot post these terms to the careful committee, and nothing of it
    remains."""

    def attempt(error, *args, **terms):
        with reverts_with(error, *args):
            market.post(tuple(driver.terms(committeeId=careful, **terms).values()), {"from": owner})
        assert market.taskCount() == committees.committeeOf(careful).dict()["openTasks"] == 0

    return attempt


def test_windows_nobody_can_meet(driver, market, vault, careless, mallory, solvent):
    """He has members slashed who cannot vote within three seconds, for the one submitter: his friend mallory."""
    task_id = driver.started([mallory], committeeId=careless, **BLINK)
    driver.submit(task_id, [mallory])
    driver.pass_time(driver.round(task_id)["voteEndsAt"])
    before = vault.depositOf(mallory)

    market.expire(task_id, {"from": mallory})
    market.claimExpired(task_id, {"from": mallory})

    assert vault.depositOf(mallory) - before == 4 * FAULT_PENALTY


def test_windows_nobody_can_meet_refused(refused):
    refused("Committees_WindowTooShort", 1, STRICT["minCommitWindow"], **BLINK)
    vote_window = 2 * TERMS["commitWindow"] + 1
    refused("Committees_WindowTooShort", vote_window, STRICT["minVoteWindow"], voteWindow=vote_window)


def test_own_arbiter(driver, market, vault, careless, own_arbiter, owner, mallory, solvent):
    """He challenges an honest round for nothing, overturns it himself, and has the voters' whole seat stakes."""
    task_id = driver.started([mallory], committeeId=careless, arbiter=own_arbiter, challengeBond=0)
    driver.play(task_id, HONEST, submitters=[mallory])
    market.challenge(task_id, 0, {"from": owner})

    own_arbiter.giveRuling(market, own_arbiter.disputeCount(), 2, {"from": owner})

    assert vault.freeOf(owner) == 4 * SEAT_STAKE


def test_own_arbiter_refused(refused, careful, own_arbiter, arbiter, owner):
    refused("Committees_ArbiterNotAccepted", careful, own_arbiter, arbiter=own_arbiter)
    refused("Committees_ArbiterNotAccepted", careful, owner, arbiter=owner)
    # An arbiter they trust, but challenges that cost nothing would hold up every round.
    refused("Committees_BondTooSmall", 0, STRICT["minChallengeBond"], arbiter=arbiter, challengeBond=0)


def test_work_for_nothing_refused(refused):
    """He has the committee work under threat of slashing, and pays it no fee."""
    refused("Committees_FeeTooSmall", 0, STRICT["minFeeStake"], feePerRound=0)


def test_honest_terms_accepted(driver, careful, arbiter, market, mallory):
    task_id = driver.started([mallory], committeeId=careful, arbiter=arbiter)

    assert market.statusOf(task_id) == TRAINING
