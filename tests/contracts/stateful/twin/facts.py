"""What happened in a task and its rounds, and what follows from it."""

from dataclasses import dataclass, field
from typing import Any

from tests.contracts.constants import BPS, WAD
from tests.contracts.driver import ABORTED, JOINING, NO_DISPUTE, OVERTURNED, TRAINING, Report
from tests.contracts.score_tree import HARMFUL, MISSED, share, total

from .books import Committee

MISS, HARM = "miss", "harm"


@dataclass
class Round:
    """Trainers by index, members by seat, times in seconds. `vouches`: by voter, whose work he found right."""

    opened_at: int
    best_wad: int
    submitted: dict[int, int] = field(default_factory=dict)
    committed: dict[int, int] = field(default_factory=dict)
    commitments: dict[int, bytes] = field(default_factory=dict)
    opened: set[int] = field(default_factory=set)
    votes: dict[int, bytes] = field(default_factory=dict)
    vouches: dict[int, set[int]] = field(default_factory=dict)
    quorum_hash: bytes | None = None
    report: Report | None = None
    revealed_at: int = 0
    fines: dict[int, tuple[str, int]] = field(default_factory=dict)
    dispute: int = NO_DISPUTE
    challenger: str | None = None
    disputed_at: int = 0
    bond_forfeited: bool = False
    settled: bool = False
    slash_share: int = 0
    claimed_by_trainer: set[int] = field(default_factory=set)
    claimed_by_seat: set[int] = field(default_factory=set)

    def scores(self) -> list[int]:
        data = self.report[3] if self.report else b""
        return [int.from_bytes(data[start : start + 8], "big") for start in range(0, len(data), 8)]

    def accepted(self) -> list[int]:
        return [index for index, score in enumerate(self.scores()) if score != MISSED]

    def matched(self) -> set[int]:
        """Seats that voted with the quorum."""
        return {seat for seat, voted in self.votes.items() if voted == self.quorum_hash}

    def void(self) -> bool:
        return self.dispute == OVERTURNED

    def fined(self, kind: str) -> int:
        return sum(amount for why, amount in self.fines.values() if why == kind)

    def miss_share(self) -> int:
        return self.fined(MISS) // len(self.accepted()) if self.accepted() else 0

    def stake_share(self, index: int) -> int:
        """What an accepted trainer gets of the others' fines (R3, R4)."""
        return self.miss_share() + share(self.fined(HARM), self.scores()[index], self.scores())

    def fine_dust(self) -> int:
        """What is left of the fines when each has had his share."""
        given = sum(self.stake_share(index) for index in self.accepted())
        return self.fined(MISS) + self.fined(HARM) - given


@dataclass
class Trainer:
    account: str
    units: int
    left: bool = False


@dataclass
class Task:
    terms: dict[str, Any]
    owner: str
    committee: Committee
    join_ends_at: int
    status: int = JOINING
    trainers: list[Trainer] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    end_requested: bool = False
    refunded: int = 0
    closed: bool = False

    # ---------------------------------------------------------------- who

    def index(self, account: str) -> int | None:
        accounts = [trainer.account for trainer in self.trainers]
        return accounts.index(account) if account in accounts else None

    # ---------------------------------------------------------------- when

    def closes_at(self, data: Round) -> int:
        if len(data.submitted) == len(self.trainers):
            return max(data.submitted.values())
        return data.opened_at + self.terms["submitWindow"]

    def commit_ends_at(self, data: Round) -> int:
        if len(data.committed) == len(self.committee.members):
            return max(data.committed.values())
        return self.closes_at(data) + self.terms["commitWindow"]

    def open_ends_at(self, data: Round) -> int:
        return self.commit_ends_at(data) + self.terms["commitWindow"]

    def vote_ends_at(self, data: Round) -> int:
        return self.closes_at(data) + self.terms["voteWindow"]

    def expires_at(self, data: Round) -> int:
        return self.vote_ends_at(data) + (self.terms["commitWindow"] if data.quorum_hash else 0)

    def final_at(self, data: Round) -> int:
        return max(self.vote_ends_at(data), data.revealed_at + self.terms["challengeWindow"])

    # ---------------------------------------------------------------- how much

    def is_over(self) -> bool:
        return self.status > TRAINING

    def revealed(self) -> list[Round]:
        return [data for data in self.rounds if data.report]

    def unsettled(self) -> int:
        return sum(not data.settled for data in self.revealed())

    def best_wad(self) -> int:
        return max((data.report[2] for data in self.revealed()), default=0)

    def basis(self, data: Round) -> int:
        """The pool's part for progress beyond the best before (R2); nothing when nobody is there to have it."""
        if not data.report or data.report[0] == ABORTED or total(data.scores()) == 0:
            return 0
        return self.terms["pool"] * max(0, data.report[2] - data.best_wad) // WAD

    def reward(self, data: Round, index: int) -> int:
        return share(self.basis(data), data.scores()[index], data.scores())

    def released(self, data: Round) -> int:
        return sum(self.reward(data, index) for index in range(len(data.scores())))

    def released_in_all(self) -> int:
        return sum(self.released(data) for data in self.revealed() if not data.void())

    def remaining(self, data: Round) -> int:
        if data.void():
            return 0
        return self.released(data) - sum(self.reward(data, index) for index in data.claimed_by_trainer if data.report)

    def vouched(self, data: Round) -> set[int]:
        """Seats that enough voters vouched for, whatever these voted."""
        return {
            seat
            for seat in range(len(self.committee.members))
            if sum(seat in named for named in data.vouches.values()) >= self.committee.vouches_needed()
        }

    def earners(self, data: Round) -> set[int]:
        """Seats that earned the fee (R5, R6a)."""
        return data.opened & data.matched() & self.vouched(data)

    def fee_share(self, data: Round) -> int:
        if not data.settled or data.void() or not self.earners(data):
            return 0
        return self.terms["feePerRound"] // len(self.earners(data))

    def refundable(self) -> int:
        """All that the owner is due by now, less what he has had."""
        fee = self.terms["feePerRound"]
        due = 0
        if self.is_over():
            unrevealed = self.terms["rounds"] - len(self.revealed())
            due += self.terms["pool"] - self.released_in_all() + unrevealed * fee
        for data in self.revealed():
            if data.settled:
                due += fee - self.fee_share(data) * len(self.earners(data))
        return due - self.refunded

    def harm_fine(self, units: int) -> int:
        return units * self.terms["unitStake"] * self.terms["harmPenaltyBps"] // BPS

    def stake_back(self, index: int) -> int:
        fines = sum(data.fines[index][1] for data in self.rounds if index in data.fines)
        return self.trainers[index].units * self.terms["unitStake"] - fines

    def fines_for(self, scores: list[int]) -> dict[int, tuple[str, int]]:
        """Taken only when there is somebody to receive them (R3, R4)."""
        fines = {}
        for index, score in enumerate(scores):
            if score == MISSED and any(word != MISSED for word in scores) and self.terms["missPenalty"]:
                fines[index] = (MISS, self.terms["missPenalty"])
            if score == HARMFUL and total(scores) and self.terms["harmPenaltyBps"]:
                fines[index] = (HARM, self.harm_fine(self.trainers[index].units))
        return fines
