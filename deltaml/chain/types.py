"""Mirrors of the structs and enums in `interfaces/`, field for field and in the same order.

Amounts are wei of the token the interface names, times are seconds since the epoch, digests are 32 bytes, addresses
EIP-55 strings. A test holds every class to the ABI.
"""

from dataclasses import dataclass
from enum import IntEnum

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_DIGEST = bytes(32)


class Status(IntEnum):
    """Where a task is; the last three are final."""

    NONE = 0
    JOINING = 1
    TRAINING = 2
    COMPLETED = 3
    FAILED = 4
    CANCELLED = 5


class Phase(IntEnum):
    """Newest window of the current round that has opened."""

    NONE = 0
    SUBMITTING = 1
    COMMITTING = 2
    OPENING = 3
    VOTING = 4
    OVERDUE = 5


class ProgressRule(IntEnum):
    """R2: progress measured by the committee, or (r + 1) / rounds whatever was measured."""

    MEASURED = 0
    PER_ROUND = 1


class Outcome(IntEnum):
    """What a report says of its round."""

    SCORED = 0
    OWNER_STALLED = 1
    ABORTED = 2


class Dispute(IntEnum):
    """State of a challenge."""

    NONE = 0
    OPEN = 1
    UPHELD = 2
    OVERTURNED = 3


@dataclass(frozen=True, slots=True)
class TaskParams:
    """What the owner fixes when posting (`ITaskMarket.TaskParams`); windows in seconds."""

    reward_token: str
    pool: int
    fee_per_round: int
    committee_id: int
    arbiter: str
    spec_digest: bytes
    model_digest: bytes
    rounds: int
    min_trainers: int
    max_trainers: int
    max_units: int
    unit_stake: int
    miss_penalty: int
    harm_penalty_bps: int
    progress_rule: ProgressRule
    join_window: int
    submit_window: int
    commit_window: int
    vote_window: int
    challenge_window: int
    challenge_bond: int


@dataclass(frozen=True, slots=True)
class TaskState:
    """`ITaskMarket.Task`: parameters and what became of them."""

    params: TaskParams
    owner: str
    status: Status
    round: int
    trainer_count: int
    join_ends_at: int
    end_requested: bool
    progress_wad: int
    released: int
    refundable: int
    unsettled: int
    committee_released: bool
    model_digest: bytes


@dataclass(frozen=True, slots=True)
class RoundState:
    """`ITaskMarket.Round`; masks have bit i for seat i."""

    opened_at: int
    closes_at: int
    commit_ends_at: int
    open_ends_at: int
    vote_ends_at: int
    revealed_at: int
    submitted: int
    committed_mask: int
    opened_mask: int
    voted_mask: int
    matched_mask: int
    vouched_mask: int
    accepted: int
    quorum_hash: bytes
    root: bytes
    released: int
    basis: int
    remaining: int
    total_score: int
    miss_share: int
    harm_pot: int
    fee_share: int
    slash_share: int
    settled: bool
    dispute: Dispute
    challenger: str
    disputed_at: int

    @property
    def earner_mask(self) -> int:
        """Seats that earn the fee: they opened their work, voted with the quorum, and t + 1 voters vouch for them."""
        return self.opened_mask & self.matched_mask & self.vouched_mask


@dataclass(frozen=True, slots=True)
class TrainerState:
    """`ITaskMarket.Trainer`."""

    account: str
    units: int
    missed: int
    harmed: int
    submitted_rounds: int
    left: bool


@dataclass(frozen=True, slots=True)
class Report:
    """`ITaskMarket.Report`: what is revealed; `scores` as `deltaml.protocol.score_tree.pack_scores` packs them."""

    outcome: Outcome
    model_digest: bytes
    progress_wad: int
    scores: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """`ITaskMarket.Claim`: one round's score of the caller and its Merkle proof."""

    round: int
    score: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Charter:
    """`ICommittees.Charter`: what a committee is founded with, and the least it accepts of a task: windows in seconds,
    fee per round and challenger's bond in wei of stake, and its arbiters, besides none."""

    members: tuple[str, ...]
    seat_stake: int
    fault_penalty: int
    exposure_bps: int
    min_commit_window: int
    min_vote_window: int
    min_fee_stake: int
    min_challenge_bond: int
    arbiters: tuple[str, ...]
    reward_tokens: tuple[str, ...]
    stake_per_reward_wad: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommitteeState:
    """`ICommittees.Committee`."""

    size: int
    enrolled: int
    retired: bool
    open_tasks: int
    exposure_bps: int
    min_commit_window: int
    min_vote_window: int
    min_fee_stake: int
    min_challenge_bond: int
    seat_stake: int
    fault_penalty: int
    exposure_stake: int
    stake_total: int


@dataclass(frozen=True, slots=True)
class SeatState:
    """`ICommittees.Seat`; `recipient` is zero before its holder enrolled."""

    account: str
    recipient: bytes
    stake: int
    left: bool
