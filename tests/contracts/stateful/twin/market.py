"""What people may do, when, and what comes of it (ITaskMarket)."""

from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode
from eth_utils import keccak

from tests.contracts.constants import BPS, WAD, ZERO_ADDRESS, ZERO_DIGEST
from tests.contracts.driver import (
    ABORTED,
    CANCELLED,
    COMPLETED,
    DAY,
    FAILED,
    JOINING,
    NO_DISPUTE,
    OPEN,
    OVERTURNED,
    OWNER_STALLED,
    PER_ROUND,
    TRAINING,
    UPHELD,
    Report,
)
from tests.contracts.score_tree import HARMFUL, MAX_SCORE, MISSED, ScoreTree, hash_pair

from .books import UINT128, Committee, Vault, demand
from .facts import Round, Task, Trainer

MAX_WINDOW = ARBITRATION_WINDOW = 30 * DAY
WINDOWS = ("joinWindow", "submitWindow", "commitWindow", "voteWindow", "challengeWindow")
RULING_STANDS, RULING_OVERTURNED = 1, 2


def terms_are_good(terms: dict[str, Any]) -> bool:
    stakes = terms["unitStake"] * terms["maxUnits"] * terms["maxTrainers"]
    return (
        all(terms[name] for name in ("pool", "specDigest", "modelDigest", "minTrainers", "maxUnits", "unitStake"))
        and terms["specDigest"] != ZERO_DIGEST != terms["modelDigest"]
        and 1 <= terms["rounds"] <= 256
        and terms["pool"] + terms["rounds"] * terms["feePerRound"] <= UINT128
        and terms["minTrainers"] <= terms["maxTrainers"] <= 1024
        and stakes <= UINT128
        and terms["rounds"] * terms["missPenalty"] <= terms["unitStake"]
        and terms["rounds"] * terms["harmPenaltyBps"] <= BPS
        and all(0 < terms[name] <= MAX_WINDOW for name in WINDOWS)
        and terms["voteWindow"] > 2 * terms["commitWindow"]
    )


@dataclass
class Market:
    """`address` and `committees_address` are the real ones: hashes and locks carry them."""

    chain_id: int
    address: str
    committees_address: str
    vault: Vault
    committees: dict[int, Committee]
    now: int = 0
    tasks: dict[int, Task] = field(default_factory=dict)
    disputes: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    dispute_counts: dict[str, int] = field(default_factory=dict)
    paid: dict[tuple[str, str], int] = field(default_factory=dict)

    # ---------------------------------------------------------------- owner

    def post(self, caller: str, terms: dict[str, Any]) -> None:
        demand(terms_are_good(terms), "TaskMarket_BadParam")
        demand(terms["committeeId"] in self.committees, "Committees_Unknown")
        committee = self.committees[terms["committeeId"]]
        committee.check_reserve(terms)
        committee.reserve(terms["rewardToken"], terms["pool"])
        self.tasks[len(self.tasks) + 1] = Task(terms, caller, committee, self.now + terms["joinWindow"])

    def end(self, caller: str, task_id: int) -> None:
        task = self._owned(caller, task_id)
        demand(task.status == TRAINING, "TaskMarket_WrongStatus")
        if task.rounds[-1].submitted:
            task.end_requested = True
        else:
            task.status = COMPLETED

    def cancel(self, caller: str, task_id: int) -> None:
        task = self._task(task_id)
        demand(task.status == JOINING, "TaskMarket_WrongStatus")
        if self.now < task.join_ends_at:
            demand(caller == task.owner, "TaskMarket_NotOwner")
            demand(not task.trainers, "TaskMarket_TrainersJoined")
        else:
            demand(len(task.trainers) < task.terms["minTrainers"], "TaskMarket_EnoughTrainers")
        task.status = CANCELLED

    def refund(self, caller: str, task_id: int, to: str) -> None:
        task = self._owned(caller, task_id)
        amount = task.refundable()
        demand(amount != 0, "TaskMarket_NothingToClaim")
        task.refunded += amount
        self._pay(task, to, amount)

    # ---------------------------------------------------------------- trainers

    def join(self, caller: str, task_id: int, units: int, recipient: bytes) -> None:
        task = self._task(task_id)
        demand(task.status == JOINING, "TaskMarket_WrongStatus")
        self._window(0, task.join_ends_at)
        demand(0 < units <= task.terms["maxUnits"], "TaskMarket_BadUnits")
        demand(recipient != ZERO_DIGEST, "TaskMarket_ZeroRecipient")
        demand(task.index(caller) is None, "TaskMarket_AlreadyJoined")
        self.vault.lock(self.address, caller, units * task.terms["unitStake"])
        task.trainers.append(Trainer(caller, units))
        if len(task.trainers) == task.terms["maxTrainers"]:
            self._begin(task)

    def start(self, caller: str, task_id: int) -> None:
        task = self._task(task_id)
        demand(task.status == JOINING, "TaskMarket_WrongStatus")
        self._window(task.join_ends_at)
        demand(len(task.trainers) >= task.terms["minTrainers"], "TaskMarket_TooFewTrainers")
        self._begin(task)

    def submit_update(self, caller: str, task_id: int, round_: int, digest: bytes) -> None:
        task = self._task(task_id)
        demand(task.status == TRAINING, "TaskMarket_WrongStatus")
        demand(round_ == len(task.rounds) - 1, "TaskMarket_WrongRound")
        data, index = task.rounds[round_], self._trainer(task, caller)
        demand(digest != ZERO_DIGEST, "TaskMarket_ZeroDigest")
        demand(index not in data.submitted, "TaskMarket_AlreadySubmitted")
        self._window(data.opened_at, task.closes_at(data))
        data.submitted[index] = self.now

    def claim(self, caller: str, task_id: int, claims: list[tuple[int, int, list[bytes]]], to: str) -> None:
        task = self._task(task_id)
        index = self._trainer(task, caller)
        reward = stake_share = 0
        seen = set()
        for round_, score, proof in claims:
            claimed = round_ < len(task.rounds) and index in task.rounds[round_].claimed_by_trainer
            demand(not claimed and round_ not in seen, "TaskMarket_AlreadyClaimed")
            seen.add(round_)
            data = self._round(task, round_)
            self._final(task, data)
            demand(self._proven(task_id, task, round_, index, score, proof), "TaskMarket_BadProof")
            if data.void():
                stake_share += data.fines.get(index, ("", 0))[1]
            elif score != MISSED:
                reward += task.reward(data, index)
                stake_share += data.stake_share(index)
        demand(reward + stake_share != 0, "TaskMarket_NothingToClaim")
        for round_ in seen:
            task.rounds[round_].claimed_by_trainer.add(index)
        self.vault.credit(caller, stake_share)
        self._pay(task, to, reward)

    def claim_expired(self, caller: str, task_id: int) -> None:
        task = self._task(task_id)
        data = task.rounds[-1] if task.rounds else None
        given = task.status == FAILED and data.report is None and data.slash_share != 0
        demand(given, "TaskMarket_NothingToClaim")
        if data.submitted:
            who, may, claimed = self._trainer(task, caller), data.submitted, data.claimed_by_trainer
        else:
            who, may, claimed = self._seat(task, caller), data.votes, data.claimed_by_seat
        demand(who in may, "TaskMarket_NothingToClaim")
        demand(who not in claimed, "TaskMarket_AlreadyClaimed")
        claimed.add(who)
        self.vault.credit(caller, data.slash_share)

    def leave(self, caller: str, task_id: int) -> None:
        task = self._task(task_id)
        trainer = task.trainers[index := self._trainer(task, caller)]
        self._closed(task)
        demand(not trainer.left, "TaskMarket_AlreadyLeft")
        trainer.left = True
        self.vault.unlock(self.address, caller, task.stake_back(index))

    # ---------------------------------------------------------------- committee

    def commit_work(self, caller: str, task_id: int, round_: int, commitment: bytes) -> None:
        task, data, seat = self._workable(caller, task_id, round_)
        demand(commitment != ZERO_DIGEST, "TaskMarket_ZeroDigest")
        demand(seat not in data.committed, "TaskMarket_AlreadyCommitted")
        self._window(task.closes_at(data), task.commit_ends_at(data))
        data.committed[seat] = self.now
        data.commitments[seat] = commitment

    def open_work(self, caller: str, task_id: int, round_: int, digest: bytes, accepted: bytes, salt: bytes) -> None:
        task, data, seat = self._workable(caller, task_id, round_)
        demand(seat in data.committed, "TaskMarket_NotCommitted")
        demand(seat not in data.opened, "TaskMarket_AlreadyOpened")
        self._window(task.commit_ends_at(data), task.open_ends_at(data))
        given = self.commitment_of(digest, accepted, salt, caller, task_id, round_)
        demand(given == data.commitments[seat], "TaskMarket_CommitmentMismatch")
        data.opened.add(seat)

    def vote(self, caller: str, task_id: int, round_: int, report_hash: bytes, vouched: int) -> None:
        task, data, seat = self._workable(caller, task_id, round_)
        demand(report_hash != ZERO_DIGEST, "TaskMarket_ZeroDigest")
        demand(vouched < 2 ** len(task.committee.members), "TaskMarket_BadVouch")
        demand(seat not in data.votes, "TaskMarket_AlreadyVoted")
        self._window(task.closes_at(data), task.vote_ends_at(data))
        data.votes[seat] = report_hash
        data.vouches[seat] = {other for other in range(len(task.committee.members)) if vouched >> other & 1}
        if list(data.votes.values()).count(report_hash) == task.committee.quorum():
            data.quorum_hash = report_hash

    def reveal(self, caller: str, task_id: int, round_: int, report: Report) -> None:
        task = self._task(task_id)
        data = self._round(task, round_)
        self._seat(task, caller)
        demand(data.report is None, "TaskMarket_AlreadyRevealed")
        demand(task.status == TRAINING, "TaskMarket_WrongStatus")
        demand(data.quorum_hash is not None, "TaskMarket_NoQuorum")
        demand(self.report_hash_of(task_id, round_, report) == data.quorum_hash, "TaskMarket_HashMismatch")
        demand(self._is_good(task, round_, report), "TaskMarket_BadReport")
        data.report, data.revealed_at = report, self.now
        data.fines = task.fines_for(data.scores())
        for index, (_, amount) in data.fines.items():
            self.vault.slash(self.address, task.trainers[index].account, amount)
        self._advance(task, round_, report)

    def settle(self, caller: str, task_id: int, round_: int) -> None:
        task = self._task(task_id)
        data = self._round(task, round_)
        demand(not data.settled, "TaskMarket_AlreadySettled")
        self._final(task, data)
        data.settled = True
        if data.void():
            return
        pot = self._slash_seats(task, set(range(len(task.committee.members))) - data.matched())
        if data.bond_forfeited:
            pot += task.terms["challengeBond"]
        data.slash_share, dust = divmod(pot, len(data.matched()))
        self.vault.credit(task.owner, dust + data.fine_dust())

    def claim_fees(self, caller: str, task_id: int, rounds: list[int], to: str) -> None:
        task = self._task(task_id)
        seat = self._seat(task, caller)
        fees = stake_share = 0
        seen = set()
        for round_ in rounds:
            data = self._round(task, round_)
            demand(data.settled, "TaskMarket_NotSettled")
            demand(seat not in data.claimed_by_seat and round_ not in seen, "TaskMarket_AlreadyClaimed")
            seen.add(round_)
            fees += task.fee_share(data) if seat in task.earners(data) else 0
            stake_share += data.slash_share if seat in data.matched() else 0
        demand(fees + stake_share != 0, "TaskMarket_NothingToClaim")
        for round_ in seen:
            task.rounds[round_].claimed_by_seat.add(seat)
        self.vault.credit(caller, stake_share)
        self._pay(task, to, fees)

    # ---------------------------------------------------------------- when things go wrong

    def expire(self, caller: str, task_id: int) -> None:
        task = self._task(task_id)
        demand(task.status == TRAINING, "TaskMarket_WrongStatus")
        data = task.rounds[-1]
        self._window(task.expires_at(data))
        task.status = FAILED
        if data.quorum_hash is not None:
            return
        pot = self._slash_seats(task, set(range(len(task.committee.members))) - data.votes.keys())
        receivers = len(data.submitted) or len(data.votes)
        data.slash_share = pot // receivers if receivers else 0
        self.vault.credit(task.owner, pot - data.slash_share * receivers)

    def challenge(self, caller: str, task_id: int, round_: int) -> None:
        task = self._task(task_id)
        data = self._round(task, round_)
        arbiter = task.terms["arbiter"]
        demand(arbiter != ZERO_ADDRESS, "TaskMarket_NoArbiter")
        demand(data.report is not None, "TaskMarket_NotRevealed")
        demand(data.dispute == NO_DISPUTE, "TaskMarket_AlreadyChallenged")
        self._window(data.revealed_at, data.revealed_at + task.terms["challengeWindow"])
        self.vault.lock(self.address, caller, task.terms["challengeBond"])
        data.dispute, data.challenger, data.disputed_at = OPEN, caller, self.now
        dispute_id = self.dispute_counts[arbiter] = self.dispute_counts.get(arbiter, 0) + 1
        self.disputes[arbiter, dispute_id] = task_id, round_

    def rule(self, caller: str, dispute_id: int, ruling: int) -> None:
        demand((caller, dispute_id) in self.disputes, "TaskMarket_NotArbiter")
        task_id, round_ = self.disputes[caller, dispute_id]
        task = self.tasks[task_id]
        data = task.rounds[round_]
        demand(data.dispute == OPEN, "TaskMarket_NotChallenged")
        data.dispute = OVERTURNED if ruling == RULING_OVERTURNED else UPHELD
        if ruling == RULING_STANDS:
            data.bond_forfeited = True
            self.vault.slash(self.address, data.challenger, task.terms["challengeBond"])
            return
        if data.void():
            self._overturn(task, data)
        self.vault.unlock(self.address, data.challenger, task.terms["challengeBond"])

    def lapse(self, caller: str, task_id: int, round_: int) -> None:
        task = self._task(task_id)
        data = task.rounds[round_] if round_ < len(task.rounds) else None
        demand(data is not None and data.dispute == OPEN, "TaskMarket_NotChallenged")
        self._window(data.disputed_at + ARBITRATION_WINDOW)
        data.dispute = UPHELD
        self.vault.unlock(self.address, data.challenger, task.terms["challengeBond"])

    def close(self, caller: str, task_id: int) -> None:
        task = self._task(task_id)
        self._closed(task)
        demand(not task.closed, "TaskMarket_AlreadyClosed")
        task.closed = True
        task.committee.release(task.terms["rewardToken"], task.terms["pool"])

    # ---------------------------------------------------------------- beside the market

    def deposit(self, caller: str, account: str, amount: int) -> None:
        self.vault.deposit(caller, account, amount)

    def withdraw(self, caller: str, to: str, amount: int) -> None:
        self.vault.withdraw(caller, to, amount)

    def retire(self, caller: str, committee_id: int) -> None:
        self.committees[committee_id].retire(caller)

    def leave_committee(self, caller: str, committee_id: int) -> None:
        stake = self.committees[committee_id].leave(caller)
        self.vault.unlock(self.committees_address, caller, stake)

    # ---------------------------------------------------------------- hashes

    def report_hash_of(self, task_id: int, round_: int, report: Report) -> bytes:
        outcome, model, progress_wad, scores = report
        kinds = ["uint256", "address", "uint256", "uint256", "uint8", "bytes32", "uint64", "bytes32"]
        values = [self.chain_id, self.address, task_id, round_, outcome, model, progress_wad, keccak(scores)]
        return keccak(encode(kinds, values))

    def commitment_of(
        self, digest: bytes, accepted: bytes, salt: bytes, member: str, task_id: int, round_: int
    ) -> bytes:
        kinds = ["bytes32", "bytes32", "bytes32", "address", "uint256", "uint256"]
        return keccak(encode(kinds, [digest, keccak(accepted), salt, member, task_id, round_]))

    def tree(self, task_id: int, round_: int) -> ScoreTree:
        scores = self.tasks[task_id].rounds[round_].scores()
        return ScoreTree(self.chain_id, self.address, task_id, round_, scores)

    # ---------------------------------------------------------------- what several need

    def _task(self, task_id: int) -> Task:
        demand(task_id in self.tasks, "TaskMarket_Unknown")
        return self.tasks[task_id]

    def _owned(self, caller: str, task_id: int) -> Task:
        task = self._task(task_id)
        demand(caller == task.owner, "TaskMarket_NotOwner")
        return task

    def _trainer(self, task: Task, caller: str) -> int:
        demand(task.index(caller) is not None, "TaskMarket_NotTrainer")
        return task.index(caller)

    def _seat(self, task: Task, caller: str) -> int:
        demand(task.committee.seat(caller) is not None, "TaskMarket_NotMember")
        return task.committee.seat(caller)

    def _round(self, task: Task, round_: int) -> Round:
        demand(round_ < len(task.rounds), "TaskMarket_WrongRound")
        return task.rounds[round_]

    def _workable(self, caller: str, task_id: int, round_: int) -> tuple[Task, Round, int]:
        task = self._task(task_id)
        data = self._round(task, round_)
        demand(data.report is not None or task.status == TRAINING, "TaskMarket_WrongStatus")
        return task, data, self._seat(task, caller)

    def _window(self, start: int, end: int = 0) -> None:
        demand(start <= self.now and (end == 0 or self.now < end), "TaskMarket_OutsideWindow")

    def _final(self, task: Task, data: Round) -> None:
        demand(data.report is not None, "TaskMarket_NotRevealed")
        demand(self.now >= task.final_at(data) and data.dispute != OPEN, "TaskMarket_NotFinal")

    def _closed(self, task: Task) -> None:
        demand(task.is_over() and task.unsettled() == 0, "TaskMarket_StillOpen")

    def _proven(self, task_id: int, task: Task, round_: int, index: int, score: int, proof: list[bytes]) -> bool:
        if not task.rounds[round_].scores():
            return False
        scores = [score if number == index else 0 for number in range(len(task.trainers))]
        node = ScoreTree(self.chain_id, self.address, task_id, round_, scores).leaf(index)
        for sibling in proof:
            node = hash_pair(node, sibling)
        return node == self.tree(task_id, round_).root()

    def _is_good(self, task: Task, round_: int, report: Report) -> bool:
        outcome, model, progress_wad, data = report
        per_round = task.terms["progressRule"] == PER_ROUND
        if outcome == ABORTED:
            return progress_wad == task.best_wad() and data == b""
        words = [int.from_bytes(data[start : start + 8], "big") for start in range(0, len(data), 8)]
        planned = (round_ + 1) * WAD // task.terms["rounds"]
        return (
            (per_round if outcome == OWNER_STALLED else model != ZERO_DIGEST)
            and (progress_wad == planned if per_round else progress_wad <= WAD)
            and len(data) == 8 * len(task.trainers)
            and all(word <= MAX_SCORE or word in (MISSED, HARMFUL) for word in words)
        )

    def _begin(self, task: Task) -> None:
        task.status = TRAINING
        task.rounds.append(Round(self.now, 0))

    def _advance(self, task: Task, round_: int, report: Report) -> None:
        if report[0] == ABORTED:
            task.status = FAILED
        elif report[0] == OWNER_STALLED or report[2] == WAD or round_ + 1 == task.terms["rounds"] or task.end_requested:
            task.status = COMPLETED
        else:
            task.rounds.append(Round(self.now, task.best_wad()))

    def _slash_seats(self, task: Task, seats: set[int], amount: int | None = None) -> int:
        penalty = task.committee.charter["faultPenalty"] if amount is None else amount
        taken = 0
        for seat in sorted(seats):
            part = task.committee.slash(seat, penalty)
            self.vault.slash(self.committees_address, task.committee.members[seat], part)
            taken += part
        return taken

    def _overturn(self, task: Task, data: Round) -> None:
        if not task.is_over():
            task.status = FAILED
        taken = self._slash_seats(task, data.matched(), UINT128)
        self.vault.credit(data.challenger, taken // 2)
        self.vault.credit(task.owner, taken - taken // 2)

    def _pay(self, task: Task, to: str, amount: int) -> None:
        account = task.terms["rewardToken"], to
        self.paid[account] = self.paid.get(account, 0) + amount
