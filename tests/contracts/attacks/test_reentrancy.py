"""A hostile token, or a hostile arbiter, would draw twice what is due once by calling back in the middle of a payment.

Every function that moves tokens or ether is the victim, every guarded function the weapon. What is not guarded moves
nothing outwards: called back, it does what it would have done a moment later.
"""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import OPEN, TERMS, report_of

from .conftest import SCORES

VICTIMS = ("post", "refund", "claim", "claimFees")
WEAPONS = (*VICTIMS, "challenge", "rule")


@pytest.fixture(scope="module")
def token(ReentrantTokenDouble, deployer):
    return ReentrantTokenDouble.deploy({"from": deployer})


@pytest.fixture(scope="module")
def scene(final_in, market, token, owner, alice):
    """Everybody has something to draw: `calls[name]` is what its rightful caller sends."""
    driver, task_id = final_in(token)
    market.end(task_id, {"from": owner})
    token.mint(owner, 10**24, {"from": owner})
    token.approve(market, 10**24, {"from": owner})
    calls = {
        "post": (owner, (tuple(driver.terms().values()),)),
        "refund": (owner, (task_id, owner)),
        "claim": (alice, (task_id, [driver.claim_of(task_id, 0, SCORES, 0)], alice)),
        "claimFees": (driver.oracles[0], (task_id, [0], driver.oracles[0])),
        "challenge": (alice, (task_id, 0)),
        "rule": (alice, (1, 2)),
    }
    return calls


@pytest.mark.parametrize("weapon", WEAPONS)
@pytest.mark.parametrize("victim", VICTIMS)
def test_hostile_token(market, token, scene, victim, weapon, reverts_with):
    token.arm(market, getattr(market, weapon).encode_input(*scene[weapon][1]), {"from": scene["post"][0]})
    caller, args = scene[victim]
    before = token.balanceOf(market)

    with reverts_with("ReentrancyGuardReentrantCall"):
        getattr(market, victim)(*args, {"from": caller})
    assert token.balanceOf(market) == before


@pytest.mark.parametrize("weapon", ["deposit", "withdraw"])
@pytest.mark.parametrize("victim", ["deposit", "withdraw"])
def test_hostile_stake_token(StakeVault, token, alice, victim, weapon, reverts_with):
    vault = StakeVault.deploy(token, {"from": alice})
    token.mint(alice, WAD, {"from": alice})
    token.approve(vault, WAD, {"from": alice})
    vault.deposit(alice, WAD // 2, {"from": alice})
    vault.deposit(token, WAD // 4, {"from": alice})
    token.arm(vault, getattr(vault, weapon).encode_input(token, 1), {"from": alice})

    with reverts_with("ReentrancyGuardReentrantCall"):
        getattr(vault, victim)(alice, 1, {"from": alice})
    assert token.balanceOf(vault) == vault.totalDeposits()


@pytest.fixture
def hostile_arbiter(ReentrantArbiterDouble, mallory):
    return ReentrantArbiterDouble.deploy({"from": mallory})


@pytest.fixture
def disputed_by(driver, market, hostile_arbiter, found_committee, oracles, trainers, mallory, deposit_for):
    """A revealed round whose arbiter is hostile; mallory has the bond."""
    driver.committee_id, kept = found_committee(oracles, arbiters=[hostile_arbiter]), driver.committee_id
    task_id = driver.started(trainers, arbiter=hostile_arbiter)
    driver.play(task_id, report_of(SCORES, WAD // 3))
    deposit_for(mallory, 2 * TERMS["challengeBond"])
    yield task_id
    driver.committee_id = kept


def test_hostile_arbiter(market, vault, hostile_arbiter, disputed_by, mallory, reverts_with, solvent):
    attacks = (
        market.rule.encode_input(1, 2),
        market.challenge.encode_input(disputed_by, 0),
        market.refund.encode_input(disputed_by, mallory),
    )
    for attack in attacks:
        hostile_arbiter.arm(market, attack, {"from": mallory})
        with reverts_with("ReentrancyGuardReentrantCall"):
            market.challenge(disputed_by, 0, {"from": mallory})
    assert vault.lockedOf(mallory) == 0


@pytest.mark.parametrize("function", ["settle", "lapse"])
def test_hostile_arbiter_by_an_open_door(driver, market, hostile_arbiter, disputed_by, mallory, function, reverts_with):
    """What is not guarded sees a round that is under dispute already."""
    errors = {
        "settle": ("TaskMarket_NotFinal", disputed_by, 0),
        "lapse": ("TaskMarket_OutsideWindow", None, None, 0),
    }
    hostile_arbiter.arm(market, getattr(market, function).encode_input(disputed_by, 0), {"from": mallory})
    driver.pass_time(driver.round(disputed_by, 0)["revealedAt"] + TERMS["challengeWindow"] - 2)

    if function == "settle":
        with reverts_with(*errors[function]):
            market.challenge(disputed_by, 0, {"from": mallory})
    else:
        now = driver.round(disputed_by, 0)["revealedAt"] + TERMS["challengeWindow"] - 1
        driver.at(now)
        with reverts_with("TaskMarket_OutsideWindow", now, now + market.ARBITRATION_WINDOW(), 0):
            market.challenge(disputed_by, 0, {"from": mallory})


def test_arbiter_who_does_not_call_back(driver, market, hostile_arbiter, disputed_by, mallory):
    market.challenge(disputed_by, 0, {"from": mallory})

    assert driver.round(disputed_by, 0)["dispute"] == OPEN
