"""Accounts, a deployment and a task, so that tests name what they care about and nothing else."""

from eth_utils.address import to_checksum_address

from deltaml.chain.deployment import Deployment
from deltaml.chain.types import ZERO_ADDRESS, ProgressRule, Status, TaskParams, TaskState

ALICE = to_checksum_address("0x" + "a1" * 20)
BOB = to_checksum_address("0x" + "0b" * 20)

DEPLOYMENT = Deployment(
    chain_id=31337,
    market="0x" + "11" * 20,
    vault="0x" + "22" * 20,
    committees="0x" + "33" * 20,
    stake_token="0x" + "44" * 20,
    reward_token=None,
    block_number=2,
)

PARAMS = TaskParams(
    reward_token="0x" + "55" * 20,
    pool=10**18,
    fee_per_round=7,
    committee_id=3,
    arbiter=ZERO_ADDRESS,
    spec_digest=b"\x01" * 32,
    model_digest=b"\x02" * 32,
    rounds=5,
    min_trainers=2,
    max_trainers=9,
    max_units=4,
    unit_stake=100,
    miss_penalty=2,
    harm_penalty_bps=300,
    progress_rule=ProgressRule.PER_ROUND,
    join_window=60,
    submit_window=61,
    commit_window=62,
    vote_window=200,
    challenge_window=63,
    challenge_bond=11,
)


def task_posted_at(timestamp: int) -> TaskState:
    """A task that trains in its second round."""
    return TaskState(
        params=PARAMS,
        owner="0x" + "66" * 20,
        status=Status.TRAINING,
        round=1,
        trainer_count=2,
        join_ends_at=timestamp + PARAMS.join_window,
        end_requested=False,
        progress_wad=10**17,
        released=5,
        refundable=6,
        unsettled=1,
        committee_released=False,
        model_digest=b"\x03" * 32,
    )
