"""A token that says false instead of reverting would have tasks posted without escrow, and claims marked unpaid."""

import pytest

from tests.contracts.constants import WAD
from tests.contracts.driver import TERMS
from tests.contracts.score_tree import share

from .conftest import SCORES


@pytest.fixture(scope="module")
def token(SilentTokenDouble, deployer):
    token = SilentTokenDouble.deploy({"from": deployer})
    token.setSilent(False, {"from": deployer})
    return token


def test_post(driver_in, market, token, owner, reverts_with):
    token.setSilent(True, {"from": owner})

    with reverts_with("SafeERC20FailedOperation", token):
        driver_in(token).post()
    assert market.taskCount() == 0


def test_nothing_is_marked(final_in, market, token, alice, owner, reverts_with):
    driver, task_id = final_in(token)
    market.end(task_id, {"from": owner})
    claims = [driver.claim_of(task_id, 0, SCORES, 0)]
    member = driver.oracles[0]
    calls = (
        (market.claim, (task_id, claims, alice), alice),
        (market.claimFees, (task_id, [0], member), member),
        (market.refund, (task_id, owner), owner),
    )
    token.setSilent(True, {"from": owner})
    for call, args, caller in calls:
        with reverts_with("SafeERC20FailedOperation", token):
            call(*args, {"from": caller})

    token.setSilent(False, {"from": owner})
    for call, args, caller in calls:
        call(*args, {"from": caller})

    assert token.balanceOf(alice) == share(TERMS["pool"] * (WAD // 3) // WAD, 1, SCORES)
    assert token.balanceOf(member) == TERMS["feePerRound"] // 4
