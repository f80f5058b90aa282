"""A receiver that reverts when it is paid would hold up whoever is paid with it, or after it.

Nobody is: everybody pulls his own (I12). The griefer keeps his claim, and may have it sent to somebody who takes it.
An arbiter that reverts stops challenges, which the task's terms gave into his hands, and nothing else.
"""

import pytest
from brownie import chain

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS, report_of
from tests.contracts.score_tree import share

from .conftest import SCORES

BASIS = TERMS["pool"] * (WAD // 3) // WAD


@pytest.fixture(scope="module")
def token(HookTokenDouble, deployer):
    return HookTokenDouble.deploy({"from": deployer})


@pytest.fixture(scope="module")
def griefer(TroupeDouble, token, mallory):
    """A contract that takes no tokens."""
    puppet = TroupeDouble.deploy(1, {"from": mallory}).puppets(0)
    token.ask(puppet, {"from": mallory})
    return puppet


@pytest.fixture(scope="module")
def scene(final_in, token):
    return final_in(token)


def test_each_pulls_for_himself(market, token, scene, griefer, alice, bob, owner, reverts_with):
    driver, task_id = scene
    claims = [driver.claim_of(task_id, 0, SCORES, 0)]
    member = driver.oracles[0]
    market.end(task_id, {"from": owner})
    for call, args, caller in (
        (market.claim, (task_id, claims), alice),
        (market.claimFees, (task_id, [0]), member),
        (market.refund, (task_id,), owner),
    ):
        with reverts_with("PuppetDouble_Refused"):
            call(*args, griefer, {"from": caller})

    market.claim(task_id, [driver.claim_of(task_id, 0, SCORES, 1)], bob, {"from": bob})
    market.claim(task_id, claims, alice, {"from": alice})
    market.claimFees(task_id, [0], member, {"from": member})
    market.refund(task_id, owner, {"from": owner})

    assert token.balanceOf(alice) == share(BASIS, 1, SCORES)
    assert token.balanceOf(bob) == share(BASIS, 2, SCORES)


def test_stake_to_a_griefer(StakeVault, token, griefer, alice, reverts_with):
    vault = StakeVault.deploy(token, {"from": alice})
    token.mint(alice, WAD, {"from": alice})
    token.approve(vault, WAD, {"from": alice})
    vault.deposit(alice, WAD, {"from": alice})

    with reverts_with("PuppetDouble_Refused"):
        vault.withdraw(griefer, WAD, {"from": alice})
    vault.withdraw(alice, WAD, {"from": alice})

    assert token.balanceOf(alice) == WAD


@pytest.fixture
def stubborn(ReentrantArbiterDouble, griefer, mallory):
    """An arbiter that reverts whenever a dispute is brought to it."""
    arbiter = ReentrantArbiterDouble.deploy({"from": mallory})
    arbiter.arm(griefer, "0x", {"from": mallory})
    return arbiter


def test_arbiter_that_reverts(driver, market, found_committee, stubborn, oracles, trainers, mallory, reverts_with):
    driver.committee_id, kept = found_committee(oracles, arbiters=[stubborn]), driver.committee_id
    task_id = driver.started(trainers, arbiter=stubborn, challengeBond=0)
    driver.play(task_id, report_of(SCORES, WAD))
    with reverts_with("FailedCall"):
        market.challenge(task_id, 0, {"from": mallory})

    driver.settle(task_id, 0, by=mallory)

    assert driver.task(task_id)["unsettled"] == 0
    assert chain[-1].timestamp >= driver.final_at(task_id, 0)
    driver.committee_id = kept
