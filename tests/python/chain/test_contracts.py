"""One whole task on the real contracts, through the chain layer only."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from deltaml.chain import calls
from deltaml.chain.connection import Chain
from deltaml.chain.deployment import Deployment
from deltaml.chain.errors import Reverted
from deltaml.chain.event_log import EventLog
from deltaml.chain.events import CommitteeFounded, RewardClaimed, RoundRevealed, TaskPosted
from deltaml.chain.market import Market
from deltaml.chain.sender import Sender
from deltaml.chain.types import Charter, Claim, Outcome, Phase, Report, Status
from deltaml.protocol.hashes import report_hash, work_commitment
from deltaml.protocol.score_tree import merkle_proof, merkle_root, pack_scores, score_leaves
from tests.python.chain.anvil import anvil
from tests.python.chain.contracts import install_all, person
from tests.python.chain.people import PARAMS

pytestmark = pytest.mark.integration

STAKE = 10**21
MODEL = b"\x07" * 32
SCORES = [30, 10]


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with anvil() as (_, chain):
        yield chain


@pytest.fixture(scope="module")
def deployment(chain: Chain) -> Deployment:
    return install_all(chain)


@pytest.fixture(scope="module")
def members(chain: Chain, deployment: Deployment) -> list[Sender]:
    return [person(chain, deployment, number, STAKE) for number in range(1001, 1005)]


@pytest.fixture(scope="module")
def trainers(chain: Chain, deployment: Deployment) -> list[Sender]:
    return [person(chain, deployment, number, STAKE) for number in range(2001, 2003)]


@pytest.fixture(scope="module")
def owner(chain: Chain, deployment: Deployment) -> Sender:
    return person(chain, deployment, 3001, STAKE)


def found_committee(deployment: Deployment, members: list[Sender]) -> int:
    assert deployment.reward_token is not None
    charter = Charter(
        members=tuple(member.address for member in members),
        seat_stake=10**20,
        fault_penalty=10**18,
        exposure_bps=10_000,
        min_commit_window=PARAMS.commit_window,
        min_vote_window=PARAMS.vote_window,
        min_fee_stake=PARAMS.fee_per_round,
        min_challenge_bond=PARAMS.challenge_bond,
        arbiters=(members[0].address,),
        reward_tokens=(deployment.reward_token,),
        stake_per_reward_wad=(10**18,),
    )
    (founded,) = members[0].send(calls.found(deployment, charter)).events
    assert isinstance(founded, CommitteeFounded)
    for seat, member in enumerate(members):
        member.send(calls.enroll(deployment, founded.committee_id, bytes([seat + 1]) * 32))
    return founded.committee_id


def post_task(deployment: Deployment, owner: Sender, committee_id: int) -> int:
    assert deployment.reward_token is not None
    params = replace(
        PARAMS, reward_token=deployment.reward_token, committee_id=committee_id, rounds=1, max_trainers=len(SCORES)
    )
    cost = params.pool + params.rounds * params.fee_per_round
    owner.send(calls.mint(deployment.reward_token, owner.address, cost))
    owner.send(calls.approve(deployment.reward_token, deployment.market, cost))
    posted = [event for event in owner.send(calls.post(deployment, params)).events if isinstance(event, TaskPosted)]
    return posted[0].task_id


def pass_seconds(chain: Chain, seconds: int) -> None:
    chain.request("evm_increaseTime", [seconds])
    chain.request("anvil_mine", ["0x1"])


def test_a_task_from_posting_to_pay(
    chain: Chain, deployment: Deployment, owner: Sender, members: list[Sender], trainers: list[Sender]
) -> None:
    market = Market(chain, deployment)
    committee_id = found_committee(deployment, members)
    assert [seat.recipient[0] for seat in market.seats(committee_id, chain.head())] == [1, 2, 3, 4]
    asked = market.committee(committee_id, chain.head())
    assert (asked.min_commit_window, asked.min_vote_window) == (PARAMS.commit_window, PARAMS.vote_window)
    assert (asked.min_fee_stake, asked.min_challenge_bond) == (PARAMS.fee_per_round, PARAMS.challenge_bond)
    task_id = post_task(deployment, owner, committee_id)
    log = EventLog(market, task_id)
    kinds = [type(event).__name__ for event in log.read(chain.head())]
    assert kinds == ["TaskPosted"]

    with pytest.raises(Reverted) as too_many:
        trainers[0].send(calls.join(deployment, task_id, PARAMS.max_units + 1, b"\x01" * 32))
    assert too_many.value.name == "TaskMarket_BadUnits"
    for trainer in trainers:
        trainer.send(calls.join(deployment, task_id, 1, b"\x01" * 32))
    assert market.status(task_id, chain.head()) is Status.TRAINING
    assert [each.account for each in market.trainers(task_id, 2, chain.head())] == [each.address for each in trainers]
    assert market.trainer_number(task_id, trainers[1].address, chain.head()) == 2
    for trainer in trainers:
        trainer.send(calls.submit_update(deployment, task_id, 0, b"\x05" * 32))
    assert market.phase(task_id, chain.head()) is not Phase.SUBMITTING

    work = (b"\x09" * 32, b"\x03", b"\x0a" * 32)
    for member in members:
        commitment = work_commitment(*work, member.address, task_id, 0)
        member.send(calls.commit_work(deployment, task_id, 0, commitment))
    for member in members:
        digest, accepted, salt = work
        member.send(calls.open_work(deployment, task_id, 0, digest, accepted, salt))

    scores = pack_scores(SCORES)
    report = Report(Outcome.SCORED, MODEL, 10**18, scores)
    vote = report_hash(chain.chain_id, deployment.market, task_id, 0, Outcome.SCORED, MODEL, 10**18, scores)
    for member in members[:3]:
        member.send(calls.vote(deployment, task_id, 0, vote, 0b0111))
    assert market.vote_of(task_id, 0, members[0].address, chain.head()) == vote
    members[1].send(calls.reveal(deployment, task_id, 0, report))

    leaves = score_leaves(chain.chain_id, deployment.market, task_id, 0, SCORES)
    revealed = [event for event in log.read(chain.head()) if isinstance(event, RoundRevealed)]
    assert [(event.root, event.scores, event.outcome) for event in revealed] == [
        (merkle_root(leaves), scores, Outcome.SCORED)
    ]

    pass_seconds(chain, PARAMS.vote_window + PARAMS.challenge_window)
    members[0].send(calls.settle(deployment, task_id, 0))
    paid = []
    for index, trainer in enumerate(trainers):
        claim = Claim(0, SCORES[index], tuple(merkle_proof(leaves, index)))
        events = trainer.send(calls.claim(deployment, task_id, [claim], trainer.address)).events
        paid += [event.reward for event in events if isinstance(event, RewardClaimed)]
        trainer.send(calls.leave(deployment, task_id))
        assert market.locked_of(trainer.address, chain.head()) == 0
    released = revealed[0].released
    assert paid == [released * 3 // 4, released // 4]
    assert market.token_balance(deployment.reward_token or "", trainers[0].address, chain.head()) == paid[0]

    members[0].send(calls.claim_fees(deployment, task_id, [0], members[0].address))
    assert market.claimed_rounds(task_id, members[0].address, chain.head()) == 1
    members[0].send(calls.close(deployment, task_id))
    assert market.committee(committee_id, chain.head()).open_tasks == 0
    assert log.read(chain.head()) == EventLog(market, task_id, blocks_per_request=3).read(chain.head())
