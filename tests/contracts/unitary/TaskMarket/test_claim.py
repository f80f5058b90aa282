"""TaskMarket.claim
- to nobody, an unknown task, a stranger; a round that has not opened, is not revealed, not final, disputed: refused
- another's score or leaf, another round's proof, an inner node, an aborted round: refused
- twice, in one call or in two: refused; nothing to get: refused
- reward to whom the trainer says, stake shares to his deposit; many rounds in one call; all claims draw all
- of an overturned round: the fine comes back, and nothing else
- a token that calls back
"""

import pytest

from tests.contracts.constants import WAD, ZERO_ADDRESS
from tests.contracts.driver import ABORTED, TERMS, report_of
from tests.contracts.score_tree import HARMFUL, MISSED, share

POOL, UNIT, MISS, BOND = (TERMS[name] for name in ("pool", "unitStake", "missPenalty", "challengeBond"))
SCORES = [1, 2, 4]
GOOD = report_of(SCORES, WAD // 3)
BASIS = POOL * (WAD // 3) // WAD


@pytest.fixture(scope="module")
def final(driver, training):
    """Round 0 is revealed and final; round 1 is open."""
    driver.play(training, GOOD)
    driver.pass_time(driver.final_at(training, 0))
    return training


@pytest.fixture
def claim_by(driver, market):
    """`claim_by(trainer, index, task_id, scores...)`: claims these rounds, whose scores are given, to the trainer."""

    def claim(trainer, index, task_id, *scores, to=None):
        claims = [driver.claim_of(task_id, round_, words, index) for round_, words in enumerate(scores)]
        return market.claim(task_id, claims, to or trainer, {"from": trainer})

    return claim


def test_zero_address(claim_by, final, alice, reverts_with):
    with reverts_with("TaskMarket_ZeroAddress"):
        claim_by(alice, 0, final, SCORES, to=ZERO_ADDRESS)


def test_unknown(driver, claim_by, alice, reverts_with):
    with reverts_with("TaskMarket_Unknown", 9):
        claim_by(alice, 0, 9, SCORES)


def test_not_trainer(claim_by, final, not_trainer, reverts_with):
    with reverts_with("TaskMarket_NotTrainer", final, not_trainer):
        claim_by(not_trainer, 0, final, SCORES)


def test_unopened_round(market, final, alice, reverts_with):
    with reverts_with("TaskMarket_WrongRound", final, 1, 2):
        market.claim(final, [(2, 1, [])], alice, {"from": alice})


def test_not_revealed(market, final, alice, reverts_with):
    with reverts_with("TaskMarket_NotRevealed", final, 1):
        market.claim(final, [(1, 1, [])], alice, {"from": alice})


def test_not_final(driver, claim_by, trainers, alice, at, reverts_with):
    task_id = driver.started(trainers)
    driver.play(task_id, GOOD)
    final_at = driver.final_at(task_id, 0)
    at(final_at - 1)

    with reverts_with("TaskMarket_NotFinal", task_id, 0):
        claim_by(alice, 0, task_id, SCORES)
    at(final_at)
    claim_by(alice, 0, task_id, SCORES)


def test_disputed(driver, market, claim_by, arbiter, trainers, alice, mallory, deposit_for, reverts_with):
    task_id = driver.started(trainers, arbiter=arbiter)
    driver.play(task_id, GOOD)
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    driver.pass_time(driver.final_at(task_id, 0))

    with reverts_with("TaskMarket_NotFinal", task_id, 0):
        claim_by(alice, 0, task_id, SCORES)


def test_bad_proofs(driver, market, final, alice, bob, reverts_with):
    tree = driver.tree(final, 0, SCORES)
    elsewhere = driver.tree(final, 1, SCORES), driver.tree(final + 1, 0, SCORES)
    proofs = [
        (alice, 2, tree.proof(0)),
        (alice, 1, tree.proof(0)[:-1]),
        (alice, 1, [*tree.proof(0), tree.root()]),
        (alice, 1, []),
        (alice, 2, tree.proof(1)),
        (alice, 4, tree.proof(2)),
        (bob, 1, tree.proof(0)),
        *((alice, 1, other.proof(0)) for other in elsewhere),
    ]
    for trainer, score, proof in proofs:
        with reverts_with("TaskMarket_BadProof", final, 0):
            market.claim(final, [(0, score, proof)], trainer, {"from": trainer})


def test_aborted(driver, market, trainers, alice, reverts_with):
    task_id = driver.started(trainers)
    driver.play(task_id, report_of([], 0, ABORTED))
    driver.pass_time(driver.final_at(task_id, 0))

    with reverts_with("TaskMarket_BadProof", task_id, 0):
        market.claim(task_id, [(0, 1, [])], alice, {"from": alice})


def test_twice(claim_by, final, alice, reverts_with):
    claim_by(alice, 0, final, SCORES)

    with reverts_with("TaskMarket_AlreadyClaimed", final, 0, alice):
        claim_by(alice, 0, final, SCORES)


def test_twice_in_one_call(driver, market, final, alice, reverts_with):
    with reverts_with("TaskMarket_AlreadyClaimed", final, 0, alice):
        market.claim(final, [driver.claim_of(final, 0, SCORES, 0)] * 2, alice, {"from": alice})


def test_no_rounds(market, final, alice, reverts_with):
    with reverts_with("TaskMarket_NothingToClaim", final, alice):
        market.claim(final, [], alice, {"from": alice})


@pytest.mark.parametrize("word", [0, MISSED, HARMFUL])
def test_nothing(driver, claim_by, trainers, alice, word, reverts_with):
    task_id = driver.started(trainers)
    scores = [word, 1, 1]
    driver.play(task_id, report_of(scores, WAD // 3))
    driver.pass_time(driver.final_at(task_id, 0))

    with reverts_with("TaskMarket_NothingToClaim", task_id, alice):
        claim_by(alice, 0, task_id, scores)


def test_reward(driver, market, reward_token, claim_by, final, carol, dave):
    tx = claim_by(carol, 2, final, SCORES, to=dave)

    reward = share(BASIS, 4, SCORES)
    assert tx.events["RewardClaimed"] == {
        "taskId": final,
        "trainer": carol,
        "to": dave,
        "reward": reward,
        "stakeShare": 0,
    }
    assert "Credited" not in tx.events
    assert reward_token.balanceOf(dave) == reward
    assert market.claimedRoundsOf(final, carol) == 1
    facts = driver.round(final, 0)
    assert facts["remaining"] == facts["released"] - reward


def test_all_claims_draw_all(driver, reward_token, claim_by, final, trainers):
    for index, trainer in enumerate(trainers):
        claim_by(trainer, index, final, SCORES)

    assert driver.round(final, 0)["remaining"] == 0
    assert sum(reward_token.balanceOf(trainer) for trainer in trainers) == driver.task(final)["released"]


def test_many_rounds(driver, market, vault, reward_token, claim_by, trainers, alice, solvent):
    task_id = driver.started(trainers, units=(1, 2, 3))
    rounds = ([2, 0, HARMFUL], [1, MISSED, 1], [0, 1, 1])
    for scores, progress in zip(rounds, (WAD // 4, WAD // 2, WAD), strict=True):
        driver.play(task_id, report_of(scores, progress))
    driver.pass_time(driver.final_at(task_id, 2))
    before = vault.depositOf(alice)

    tx = claim_by(alice, 0, task_id, *rounds)

    reward = POOL // 4 + (POOL * (WAD // 2 - WAD // 4) // WAD) // 2
    stake_share = 3 * UNIT // 10 + MISS // 2
    assert tx.events["RewardClaimed"]["reward"] == reward_token.balanceOf(alice) == reward
    assert tx.events["RewardClaimed"]["stakeShare"] == vault.depositOf(alice) - before == stake_share
    assert market.claimedRoundsOf(task_id, alice) == 0b111


def test_harmful_gets_his_part_of_what_missing_cost(driver, vault, reward_token, claim_by, trainers, alice, solvent):
    task_id = driver.started(trainers)
    scores = [HARMFUL, MISSED, 1]
    driver.play(task_id, report_of(scores, WAD // 4))
    driver.pass_time(driver.final_at(task_id, 0))

    tx = claim_by(alice, 0, task_id, scores)

    assert tx.events["RewardClaimed"]["stakeShare"] == MISS // 2
    assert reward_token.balanceOf(alice) == 0
    assert "Transfer" not in tx.events


@pytest.fixture
def overturned(driver, market, arbiter, trainers, mallory, deposit_for):
    """Round 0, in which bob harmed and carol missed, is void."""
    task_id = driver.started(trainers, units=(1, 2, 3), arbiter=arbiter)
    driver.play(task_id, report_of([1, HARMFUL, MISSED], WAD // 4))
    deposit_for(mallory, BOND)
    market.challenge(task_id, 0, {"from": mallory})
    arbiter.giveRuling(market, 1, 2, {"from": mallory})
    driver.pass_time(driver.final_at(task_id, 0))
    return task_id


@pytest.mark.parametrize("index, fine", [(1, 2 * UNIT // 10), (2, MISS)])
def test_fine_comes_back(vault, claim_by, overturned, trainers, index, fine, solvent):
    before, pot = vault.depositOf(trainers[index]), vault.pot()

    tx = claim_by(trainers[index], index, overturned, [1, HARMFUL, MISSED])

    assert tx.events["RewardClaimed"]["reward"] == 0
    assert tx.events["RewardClaimed"]["stakeShare"] == fine
    assert vault.depositOf(trainers[index]) == before + fine
    assert vault.pot() == pot - fine


def test_nothing_else_of_an_overturned_round(claim_by, overturned, alice, reverts_with):
    with reverts_with("TaskMarket_NothingToClaim", overturned, alice):
        claim_by(alice, 0, overturned, [1, HARMFUL, MISSED])


def test_reentry(ReentrantTokenDouble, driver, market, found_committee, many_oracles, owner, alice, bob, reverts_with):
    token = ReentrantTokenDouble.deploy({"from": owner})
    driver.reward_token = token
    driver.committee_id = found_committee(many_oracles[4:8], rewardTokens=[token])
    members, driver.oracles = driver.oracles, many_oracles[4:8]
    task_id = driver.started([alice, bob])
    driver.play(task_id, report_of([1, 1], WAD))
    driver.pass_time(driver.final_at(task_id, 0))
    claims = [driver.claim_of(task_id, 0, [1, 1], 0)]
    attacks = (
        market.claim.encode_input(task_id, claims, alice),
        market.claimFees.encode_input(task_id, [0], alice),
        market.refund.encode_input(task_id, alice),
        market.rule.encode_input(1, 2),
        market.challenge.encode_input(task_id, 0),
    )
    for attack in attacks:
        token.arm(market, attack, {"from": owner})
        with reverts_with("ReentrancyGuardReentrantCall"):
            market.claim(task_id, claims, alice, {"from": alice})
        with reverts_with("ReentrancyGuardReentrantCall"):
            market.refund(task_id, owner, {"from": owner})
    driver.oracles = members
