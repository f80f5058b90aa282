"""Drives tasks through the market: what tests repeat; all that one may want to change has a name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from brownie import chain
from eth_utils import keccak

from .constants import WAD, ZERO_ADDRESS
from .score_tree import ScoreTree, words

HOUR = 3600
DAY = 24 * HOUR

NONE, JOINING, TRAINING, COMPLETED, FAILED, CANCELLED = range(6)
NO_PHASE, SUBMITTING, COMMITTING, OPENING, VOTING, OVERDUE = range(6)
MEASURED, PER_ROUND = range(2)
SCORED, OWNER_STALLED, ABORTED = range(3)
NO_DISPUTE, OPEN, UPHELD, OVERTURNED = range(4)

NOBODY = 0  # vouched for

TERMS = {
    "rewardToken": None,
    "pool": 1_000 * WAD + 7,
    "feePerRound": 10 * WAD + 1,
    "committeeId": None,
    "arbiter": ZERO_ADDRESS,
    "specDigest": keccak(text="specification"),
    "modelDigest": keccak(text="initial model"),
    "rounds": 3,
    "minTrainers": 2,
    "maxTrainers": 3,
    "maxUnits": 4,
    "unitStake": 100 * WAD,
    "missPenalty": 20 * WAD + 1,
    "harmPenaltyBps": 1_000,
    "progressRule": MEASURED,
    "joinWindow": 2 * DAY,
    "submitWindow": DAY,
    "commitWindow": HOUR,
    "voteWindow": 6 * HOUR,
    "challengeWindow": DAY,
    "challengeBond": 50 * WAD,
}

Report = tuple[int, bytes, int, bytes]


def digest_of(text: str) -> bytes:
    return keccak(text=text)


def report_of(scores: Sequence[int], progress_wad: int, outcome: int = SCORED, model: str = "next model") -> Report:
    return (outcome, digest_of(model), progress_wad, words(scores))


@dataclass
class Driver:
    """One market and the people around it. `oracles` are the members of committee `committee_id`."""

    market: Any
    vault: Any
    reward_token: Any
    committee_id: int
    owner: Any
    oracles: list
    deposit_for: Any
    at: Any

    # ---------------------------------------------------------------- owner

    def terms(self, **changes: Any) -> dict[str, Any]:
        assert changes.keys() <= TERMS.keys()
        return TERMS | {"rewardToken": self.reward_token, "committeeId": self.committee_id} | changes

    def post(self, **changes: Any) -> int:
        terms = self.terms(**changes)
        escrow = terms["pool"] + terms["rounds"] * terms["feePerRound"]
        self.reward_token.mint(self.owner, escrow, {"from": self.owner})
        self.reward_token.approve(self.market, escrow, {"from": self.owner})
        return self.market.post(tuple(terms.values()), {"from": self.owner}).return_value

    # ---------------------------------------------------------------- trainers

    def join(self, task_id: int, trainer: Any, units: int = 1) -> Any:
        self.deposit_for(trainer, units * self.params(task_id)["unitStake"])
        return self.market.join(task_id, units, digest_of(f"age key of {trainer}"), {"from": trainer})

    def started(self, trainers: Iterable, units: Sequence[int] = (), **changes: Any) -> int:
        """A task in its first round with these trainers, started by the last seat."""
        trainers = list(trainers)
        task_id = self.post(maxTrainers=len(trainers), minTrainers=1, **changes)
        for trainer, count in zip(trainers, units or [1] * len(trainers), strict=True):
            self.join(task_id, trainer, count)
        return task_id

    def submit(self, task_id: int, trainers: Iterable, round_: int | None = None) -> None:
        round_ = self.current(task_id) if round_ is None else round_
        for trainer in trainers:
            self.market.submitUpdate(task_id, round_, digest_of(f"update of {trainer}"), {"from": trainer})

    # ---------------------------------------------------------------- committee

    def work_of(self, member: Any) -> tuple[bytes, bytes, bytes]:
        return digest_of(f"post of {member}"), b"\x07", digest_of(f"salt of {member}")

    def commit(self, task_id: int, members: Iterable, round_: int | None = None) -> None:
        round_ = self.current(task_id) if round_ is None else round_
        for member in members:
            commitment = self.market.commitmentOf(*self.work_of(member), member, task_id, round_)
            self.market.commitWork(task_id, round_, commitment, {"from": member})

    def open(self, task_id: int, members: Iterable, round_: int | None = None) -> None:
        round_ = self.current(task_id) if round_ is None else round_
        for member in members:
            digest, accepted, salt = self.work_of(member)
            self.market.openWork(task_id, round_, digest, accepted, salt, {"from": member})

    def work(self, task_id: int, members: Sequence) -> None:
        """Waits until the round closes; `members` commit and open."""
        self.pass_time(self.round(task_id)["closesAt"])
        self.commit(task_id, members)
        self.pass_time(self.round(task_id)["commitEndsAt"])
        self.open(task_id, members)

    @property
    def everybody(self) -> int:
        """Vouches for every seat of the committee."""
        return 2 ** len(self.oracles) - 1

    def vote(
        self,
        task_id: int,
        members: Iterable,
        report: Report,
        round_: int | None = None,
        vouched: int | None = None,
    ) -> bytes:
        """Each of `members` votes for the report and vouches for `vouched`, by default for everybody."""
        round_ = self.current(task_id) if round_ is None else round_
        report_hash = self.market.reportHashOf(task_id, round_, report)
        for member in members:
            self.market.vote(
                task_id, round_, report_hash, self.everybody if vouched is None else vouched, {"from": member}
            )
        return report_hash

    def agree(self, task_id: int, report: Report, members: Sequence | None = None, vouched: int | None = None) -> None:
        """Waits until the round closes and lets `members` (default: all) vote for the report."""
        self.pass_time(self.round(task_id)["closesAt"])
        self.vote(task_id, self.oracles if members is None else members, report, vouched=vouched)

    def reveal(self, task_id: int, report: Report) -> Any:
        return self.market.reveal(task_id, self.current(task_id), report, {"from": self.oracles[0]})

    def play(
        self, task_id: int, report: Report, submitters: Iterable = (), workers: Sequence = (), **votes: Any
    ) -> Any:
        """A whole round: `workers` commit and open, `members=` vote (default: all) and vouch for `vouched=` (default:
        everybody), the report is revealed."""
        self.submit(task_id, submitters)
        self.work(task_id, workers)
        self.agree(task_id, report, **votes)
        return self.reveal(task_id, report)

    def settle(self, task_id: int, round_: int, by: Any | None = None) -> Any:
        """Waits until the round is final and settles it."""
        self.pass_time(self.final_at(task_id, round_))
        return self.market.settle(task_id, round_, {"from": by or self.owner})

    # ---------------------------------------------------------------- claims

    def tree(self, task_id: int, round_: int, scores: Sequence[int]) -> ScoreTree:
        return ScoreTree(chain.id, self.market.address, task_id, round_, scores)

    def claim_of(self, task_id: int, round_: int, scores: Sequence[int], index: int) -> tuple:
        return (round_, scores[index], self.tree(task_id, round_, scores).proof(index))

    # ---------------------------------------------------------------- reads

    def task(self, task_id: int) -> dict[str, Any]:
        return self.market.taskOf(task_id).dict()

    def params(self, task_id: int) -> dict[str, Any]:
        return dict(zip(TERMS, self.market.taskOf(task_id)[0], strict=True))

    def round(self, task_id: int, round_: int | None = None) -> dict[str, Any]:
        round_ = self.current(task_id) if round_ is None else round_
        return self.market.roundOf(task_id, round_).dict()

    def current(self, task_id: int) -> int:
        return self.task(task_id)["round"]

    def final_at(self, task_id: int, round_: int) -> int:
        facts = self.round(task_id, round_)
        return max(facts["voteEndsAt"], facts["revealedAt"] + self.params(task_id)["challengeWindow"])

    def pass_time(self, timestamp: int) -> None:
        """Mines a block at `timestamp`, unless that is past already."""
        if chain[-1].timestamp < timestamp:
            self.at(timestamp)
            chain.mine()
