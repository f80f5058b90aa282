"""TaskMarket.post
- each parameter at and beyond its bounds
- a committee that is unknown, incomplete, retired, or does not take the token; exposure at and over the limit (R6b)
- conditions the committee's charter does not accept, each -1, 0, +1; its arbiters and no other
- without an allowance; a token that takes a fee, says false, or calls back: refused (R10)
- stores everything, takes exactly the escrow, reserves the pool, counts from 1
- with a permit in the same transaction
"""

import pytest
from brownie import chain

from tests.contracts.constants import SEAT_STAKE, STRICT, WAD, ZERO_DIGEST
from tests.contracts.driver import DAY, JOINING, PER_ROUND, TERMS

MAX_WINDOW = 30 * DAY
UINT128 = 2**128 - 1

GOOD = [
    {"pool": 1},
    {"feePerRound": 0},
    {"rounds": 1},
    {"rounds": 256, "missPenalty": 0, "harmPenaltyBps": 39},
    {"minTrainers": 1},
    {"minTrainers": 3},
    {"maxTrainers": 1024},
    {"maxUnits": 1},
    {"maxUnits": 65535},
    {"unitStake": 1, "missPenalty": 0},
    {"unitStake": UINT128 // 12},
    {"missPenalty": 0},
    {"missPenalty": 100 * WAD // 3},
    {"harmPenaltyBps": 0},
    {"harmPenaltyBps": 3333},
    {"progressRule": PER_ROUND},
    {"joinWindow": 1},
    {"submitWindow": 1},
    {"commitWindow": 1},
    {"voteWindow": 7201},
    {"challengeWindow": 1},
    *({name: MAX_WINDOW} for name in ("joinWindow", "submitWindow", "voteWindow", "challengeWindow")),
    {"commitWindow": MAX_WINDOW // 2 - 1, "voteWindow": MAX_WINDOW},
    {"challengeBond": 0},
    {"challengeBond": UINT128},
]

BAD = [
    ("pool", {"pool": 0}),
    ("specDigest", {"specDigest": ZERO_DIGEST}),
    ("modelDigest", {"modelDigest": ZERO_DIGEST}),
    ("rounds", {"rounds": 0}),
    ("rounds", {"rounds": 257}),
    ("feePerRound", {"feePerRound": (UINT128 - TERMS["pool"]) // 3 + 1}),
    ("feePerRound", {"pool": UINT128, "feePerRound": 1}),
    ("minTrainers", {"minTrainers": 0}),
    ("minTrainers", {"minTrainers": 4}),
    ("maxTrainers", {"maxTrainers": 1025}),
    ("maxUnits", {"maxUnits": 0}),
    ("unitStake", {"unitStake": 0, "missPenalty": 0}),
    ("unitStake", {"unitStake": UINT128 // 12 + 1}),
    ("missPenalty", {"missPenalty": 100 * WAD // 3 + 1}),
    ("harmPenaltyBps", {"harmPenaltyBps": 3334}),
    *((name, {name: 0}) for name in ("joinWindow", "submitWindow", "commitWindow", "voteWindow", "challengeWindow")),
    *((name, {name: MAX_WINDOW + 1}) for name in ("joinWindow", "submitWindow", "commitWindow", "challengeWindow")),
    ("voteWindow", {"voteWindow": MAX_WINDOW + 1}),
    ("voteWindow", {"voteWindow": 7200}),
    ("voteWindow", {"commitWindow": MAX_WINDOW // 2, "voteWindow": MAX_WINDOW}),
]


@pytest.mark.parametrize("changes", GOOD, ids=str)
def test_inside_bounds(driver, market, changes):
    task_id = driver.post(**changes)

    assert driver.params(task_id) == {
        name: f"0x{value.hex()}" if isinstance(value, bytes) else value
        for name, value in driver.terms(**changes).items()
    }


@pytest.mark.parametrize("name, changes", BAD, ids=str)
def test_outside_bounds(driver, market, owner, name, changes, reverts_with):
    with reverts_with("TaskMarket_BadParam", name):
        market.post(tuple(driver.terms(**changes).values()), {"from": owner})


@pytest.mark.parametrize("unknown", [0, 2, 2**64 + 1])
def test_unknown_committee(driver, market, owner, unknown, reverts_with):
    terms = driver.terms(committeeId=unknown)

    with reverts_with("Committees_Unknown", unknown):
        market.post(tuple(terms.values()), {"from": owner})


def test_incomplete_committee(driver, market, committees, owner, charter_of, many_oracles, reverts_with):
    committee_id = committees.found(charter_of(many_oracles[4:8]), {"from": owner}).return_value

    with reverts_with("Committees_NotComplete", committee_id, 0, 4):
        market.post(tuple(driver.terms(committeeId=committee_id).values()), {"from": owner})


def test_retired_committee(driver, market, committees, owner, oracles, reverts_with):
    committees.retire(driver.committee_id, {"from": oracles[0]})

    with reverts_with("Committees_IsRetired", driver.committee_id):
        market.post(tuple(driver.terms().values()), {"from": owner})


def test_token_not_accepted(driver, market, stake_token, owner, reverts_with):
    with reverts_with("Committees_TokenNotAccepted", driver.committee_id, stake_token):
        market.post(tuple(driver.terms(rewardToken=stake_token).values()), {"from": owner})


def test_exposure(driver, market, owner, reverts_with):
    limit = 4 * SEAT_STAKE

    with reverts_with("Committees_ExposureTooHigh", driver.committee_id, limit + 1, limit):
        market.post(tuple(driver.terms(pool=limit + 1).values()), {"from": owner})
    driver.post(pool=limit)


# Parameter, what the charter asks of it, the error.
LEAST = [
    ("commitWindow", "minCommitWindow", "Committees_WindowTooShort"),
    ("voteWindow", "minVoteWindow", "Committees_WindowTooShort"),
    ("feePerRound", "minFeeStake", "Committees_FeeTooSmall"),
    ("challengeBond", "minChallengeBond", "Committees_BondTooSmall"),
]


@pytest.fixture(scope="module")
def strict(found_committee, many_oracles, arbiter):
    return found_committee(many_oracles[4:8], arbiters=[arbiter], **STRICT)


@pytest.mark.parametrize("name, least, error", LEAST)
def test_less_than_the_charter_asks(driver, market, strict, arbiter, owner, name, least, error, reverts_with):
    terms = driver.terms(**{"committeeId": strict, "arbiter": arbiter, name: STRICT[least] - 1})

    with reverts_with(error, STRICT[least] - 1, STRICT[least]):
        market.post(tuple(terms.values()), {"from": owner})
    assert market.taskCount() == 0


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("name, least, error", LEAST)
def test_what_the_charter_asks(driver, market, strict, arbiter, name, least, error, more):
    assert driver.post(**{"committeeId": strict, "arbiter": arbiter, name: STRICT[least] + more}) == 1


def test_arbiter_not_accepted(driver, market, strict, owner, mallory, reverts_with):
    terms = driver.terms(committeeId=strict, arbiter=mallory)

    with reverts_with("Committees_ArbiterNotAccepted", strict, mallory):
        market.post(tuple(terms.values()), {"from": owner})


def test_no_arbiter_no_bond(driver, strict):
    assert driver.post(committeeId=strict, challengeBond=0) == 1


def test_without_allowance(driver, market, reward_token, owner, reverts_with):
    escrow = TERMS["pool"] + 3 * TERMS["feePerRound"]
    reward_token.mint(owner, escrow, {"from": owner})
    reward_token.approve(market, escrow - 1, {"from": owner})

    with reverts_with("ERC20InsufficientAllowance", market, escrow - 1, escrow):
        market.post(tuple(driver.terms().values()), {"from": owner})


@pytest.fixture
def post_in(driver, market, found_committee, many_oracles, owner):
    """`post_in(token)`: posts a task paid in another token to a committee that accepts it."""

    def post(token):
        committee_id = found_committee(many_oracles[4:8], rewardTokens=[token])
        token.mint(owner, 10**24, {"from": owner})
        token.approve(market, 10**24, {"from": owner})
        return market.post(tuple(driver.terms(rewardToken=token, committeeId=committee_id).values()), {"from": owner})

    return post


def test_fee_token(FeeTokenDouble, post_in, deployer, reverts_with):
    escrow = TERMS["pool"] + 3 * TERMS["feePerRound"]

    with reverts_with("TaskMarket_TransferShort", escrow, escrow - escrow // 100):
        post_in(FeeTokenDouble.deploy({"from": deployer}))


def test_silent_token(SilentTokenDouble, post_in, deployer, reverts_with):
    token = SilentTokenDouble.deploy({"from": deployer})

    with reverts_with("SafeERC20FailedOperation", token):
        post_in(token)


def test_reentry(ReentrantTokenDouble, market, driver, post_in, deployer, reverts_with):
    token = ReentrantTokenDouble.deploy({"from": deployer})
    token.arm(market, market.post.encode_input(tuple(driver.terms().values())), {"from": deployer})

    with reverts_with("ReentrancyGuardReentrantCall"):
        post_in(token)


def test_post(driver, market, committees, reward_token, owner):
    escrow = TERMS["pool"] + 3 * TERMS["feePerRound"]
    reward_token.mint(owner, escrow, {"from": owner})
    reward_token.approve(market, escrow, {"from": owner})

    tx = market.post(tuple(driver.terms().values()), {"from": owner})

    assert tx.return_value == market.taskCount() == 1
    assert tx.events["TaskPosted"] == {
        "taskId": 1,
        "owner": owner,
        "committeeId": driver.committee_id,
        "specDigest": "0x" + TERMS["specDigest"].hex(),
        "modelDigest": "0x" + TERMS["modelDigest"].hex(),
    }
    assert tx.events["Reserved"]["amount"] == TERMS["pool"]
    assert reward_token.balanceOf(market) == escrow
    assert reward_token.balanceOf(owner) == 0
    task = driver.task(1)
    del task["params"]
    assert task == {
        "owner": owner,
        "status": JOINING,
        "round": 0,
        "trainerCount": 0,
        "joinEndsAt": chain[-1].timestamp + TERMS["joinWindow"],
        "endRequested": False,
        "progressWad": 0,
        "released": 0,
        "refundable": 0,
        "unsettled": 0,
        "committeeReleased": False,
        "modelDigest": "0x" + TERMS["modelDigest"].hex(),
    }


def test_donation_does_not_count(driver, market, reward_token, owner, mallory):
    reward_token.mint(market, 1, {"from": mallory})

    driver.post()

    assert reward_token.balanceOf(owner) == 0


def test_with_permit(driver, market, reward_token, owner, sign_permit):
    escrow = TERMS["pool"] + 3 * TERMS["feePerRound"]
    reward_token.mint(owner, escrow, {"from": owner})
    deadline = chain[-1].timestamp + DAY
    signature = sign_permit(owner, reward_token, market, escrow, deadline)

    market.multicall(
        [
            market.selfPermit.encode_input(reward_token, escrow, deadline, *signature),
            market.post.encode_input(tuple(driver.terms().values())),
        ],
        {"from": owner},
    )

    assert reward_token.balanceOf(market) == escrow
