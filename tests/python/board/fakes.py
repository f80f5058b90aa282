"""A market, a chain and writers in memory: what agents and oracles read and write, without a node.

Just enough of the market's rules for a round to go through; the contracts themselves are tested elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import eth_abi
from eth_utils.address import to_checksum_address

from deltaml.chain import Block, Call, Deployment
from deltaml.chain.abi import method
from deltaml.chain.events import (
    Announced,
    Event,
    Position,
    QuorumReached,
    RoundRevealed,
    TaskPosted,
    TrainerJoined,
    UpdateSubmitted,
    Voted,
    WorkCommitted,
    WorkOpened,
)
from deltaml.chain.types import (
    ZERO_ADDRESS,
    Dispute,
    Outcome,
    ProgressRule,
    RoundState,
    SeatState,
    Status,
    TaskParams,
    TaskState,
    TrainerState,
)
from deltaml.errors import Refused
from deltaml.protocol.score_tree import merkle_root, score_leaves, unpack_scores

WHERE = Deployment(31337, *(to_checksum_address(f"0x{i:040x}") for i in (17, 18, 19, 20, 21)), 0)
MARKET_BYTES = bytes.fromhex(WHERE.market.removeprefix("0x"))
NAMES = ("commitWork", "openWork", "announce", "vote", "reveal", "submitUpdate")


def account(number: int) -> str:
    return to_checksum_address(f"0x{number:040x}")


def params(**changes: Any) -> TaskParams:
    values: dict[str, Any] = {
        "reward_token": account(21),
        "pool": 10**21,
        "fee_per_round": 10**18,
        "committee_id": 1,
        "arbiter": ZERO_ADDRESS,
        "spec_digest": bytes([1]) * 32,
        "model_digest": bytes([2]) * 32,
        "rounds": 2,
        "min_trainers": 3,
        "max_trainers": 5,
        "max_units": 3,
        "unit_stake": 100,
        "miss_penalty": 10,
        "harm_penalty_bps": 0,
        "progress_rule": ProgressRule.MEASURED,
        "join_window": 100,
        "submit_window": 100,
        "commit_window": 100,
        "vote_window": 1_000,
        "challenge_window": 100,
        "challenge_bond": 0,
    }
    return TaskParams(**(values | changes))


def round_state(**changes: Any) -> RoundState:
    values: dict[str, Any] = dict.fromkeys(RoundState.__dataclass_fields__, 0)
    values |= {"quorum_hash": bytes(32), "root": bytes(32), "settled": False, "dispute": Dispute.NONE}
    values |= {"challenger": ZERO_ADDRESS}
    return RoundState(**(values | changes))


@dataclass
class FakeTask:
    """One task: what `taskOf`, `roundOf`, `trainerAt` and the event log would say."""

    state: TaskState
    rounds: dict[int, RoundState] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    trainers: list[TrainerState] = field(default_factory=list)


class Reads:
    """Questions as (name, arguments)."""

    def __getattr__(self, name: str) -> Callable[..., tuple[str, tuple[Any, ...]]]:
        return lambda *args: (name, args)


class FakeMarket:
    """The chain too: `head`, `chain_id` and `first_block_after` are here."""

    chain_id = 31337

    def __init__(self, now: int = 1_000) -> None:
        self.deployment = WHERE
        self.reads = Reads()
        self.now = now
        self.tasks: dict[int, FakeTask] = {}
        self.committee: list[SeatState] = []
        self.free: dict[str, int] = {}
        self.allowed = 0
        self.claimed = 0
        self.failure: Exception | None = None

    @property
    def chain(self) -> "FakeMarket":
        return self

    # ------------------------------------------------------------------ chain

    def head(self, confirmations: int = 0) -> Block:
        if self.failure is not None:
            raise self.failure
        return self.block_at(self.now - confirmations)

    @staticmethod
    def block_at(now: int) -> Block:
        return Block(now, now.to_bytes(32, "big"), now)

    def first_block_after(self, timestamp: int, low: int, high: int) -> Block | None:
        return self.block_at(timestamp + 1) if timestamp + 1 <= high else None

    # ------------------------------------------------------------------ reads

    def read(self, question: tuple[str, tuple[Any, ...]], at: Any) -> Any:
        name, args = question
        return getattr(self, name)(*args, at)

    def read_all(self, questions: Any, at: Any) -> tuple[Any, ...]:
        return tuple(self.read(question, at) for question in questions)

    def task_count(self, at: Any) -> int:
        return len(self.tasks)

    def task(self, task_id: int, at: Any) -> TaskState:
        return self.tasks[task_id].state

    def status(self, task_id: int, at: Any) -> Status:
        return self.tasks[task_id].state.status

    def round(self, task_id: int, number: int, at: Any) -> RoundState:
        return self.tasks[task_id].rounds.get(number, round_state())

    def trainer_at(self, task_id: int, index: int, at: Any) -> TrainerState:
        return self.tasks[task_id].trainers[index]

    def seats(self, committee_id: int, at: Any) -> tuple[SeatState, ...]:
        return tuple(self.committee)

    def seat_number(self, committee_id: int, who: str, at: Any) -> int:
        return next((seat + 1 for seat, member in enumerate(self.committee) if member.account == who), 0)

    def claimed_rounds(self, task_id: int, who: str, at: Any) -> int:
        return self.claimed

    def free_of(self, who: str, at: Any) -> int:
        return self.free.get(who, 0)

    def token_allowance(self, token: str, owner: str, spender: str, at: Any) -> int:
        return self.allowed

    # ------------------------------------------------------------------ what happens

    def post(self, task_params: TaskParams, recipients: list[bytes], units: list[int]) -> int:
        """A task in its first round, with trainers 101, 102, ..."""
        task_id = len(self.tasks) + 1
        state = TaskState(
            params=task_params,
            owner=account(99),
            status=Status.TRAINING,
            round=0,
            trainer_count=len(recipients),
            join_ends_at=self.now,
            end_requested=False,
            progress_wad=0,
            released=0,
            refundable=0,
            unsettled=0,
            committee_released=False,
            model_digest=task_params.model_digest,
        )
        task = self.tasks[task_id] = FakeTask(state)
        self.say(task_id, TaskPosted, state.owner, 1, task_params.spec_digest, task_params.model_digest)
        for index, (recipient, n_units) in enumerate(zip(recipients, units, strict=True)):
            task.trainers.append(TrainerState(account(101 + index), n_units, 0, 0, 0, False))
            self.say(task_id, TrainerJoined, account(101 + index), index, n_units, recipient)
        self.open_round(task_id, 0)
        return task_id

    def say(self, task_id: int, kind: type[Event], *values: Any) -> None:
        events = self.tasks[task_id].events
        events.append(kind(Position(self.now, len(events), self.now), task_id, *values))

    def open_round(self, task_id: int, number: int) -> None:
        windows, now = self.tasks[task_id].state.params, self.now
        closes_at = now + windows.submit_window
        self.tasks[task_id].rounds[number] = round_state(
            opened_at=now,
            closes_at=closes_at,
            commit_ends_at=closes_at + windows.commit_window,
            open_ends_at=closes_at + 2 * windows.commit_window,
            vote_ends_at=closes_at + windows.vote_window,
        )

    def change(self, task_id: int, **changes: Any) -> None:
        self.tasks[task_id].state = replace(self.tasks[task_id].state, **changes)

    def change_round(self, task_id: int, number: int, **changes: Any) -> None:
        rounds = self.tasks[task_id].rounds
        rounds[number] = replace(rounds[number], **changes)

    def apply(self, call: Call, sender: str) -> None:
        """What the market would do with a call of the committee or of trainers; other calls are only looked at."""
        assert call.data
        if call.function_name == "multicall":
            functions = {method("TaskMarket", name).selector: method("TaskMarket", name) for name in NAMES}
            for data in call.args[0]:
                known = functions[data[:4]]
                self._do(known.name, eth_abi.decode(known.inputs, data[4:]), sender)
        elif call.function_name in NAMES:
            self._do(call.function_name, call.args, sender)

    def _do(self, name: str, args: Any, sender: str) -> None:
        task_id, number, *rest = args
        state, windows = self.tasks[task_id].rounds[number], self.tasks[task_id].state.params
        if name == "submitUpdate":
            index = next(i for i, trainer in enumerate(self.tasks[task_id].trainers) if trainer.account == sender)
            self.say(task_id, UpdateSubmitted, number, sender, index, *rest)
            if len(self._of(task_id, UpdateSubmitted, number)) == len(self.tasks[task_id].trainers):
                self._close(task_id, number)
            return
        if name == "announce":
            self.say(task_id, Announced, number, sender, int(rest[0]), rest[1])
            return
        seat = self.seat_number(1, sender, None) - 1
        if name == "commitWork":
            self.say(task_id, WorkCommitted, number, sender, seat, *rest)
            if len(self._of(task_id, WorkCommitted, number)) == len(self.committee):
                self.change_round(
                    task_id, number, commit_ends_at=self.now, open_ends_at=self.now + windows.commit_window
                )
        elif name == "openWork":
            digest, accepted, _ = rest
            self.say(task_id, WorkOpened, number, sender, seat, digest, accepted)
        elif name == "vote":
            self.say(task_id, Voted, number, sender, seat, *rest)
            vouched = self._vouched_mask(task_id, number)
            self.change_round(task_id, number, voted_mask=state.voted_mask | 1 << seat, vouched_mask=vouched)
            equal = [vote for vote in self._of(task_id, Voted, number) if vote.report_hash == rest[0]]
            if len(equal) == len(self.committee) - (len(self.committee) - 1) // 3:
                self.say(task_id, QuorumReached, number, rest[0])
        elif name == "reveal":
            self._reveal(task_id, number, rest[0])

    def _vouched_mask(self, task_id: int, number: int) -> int:
        votes, n = self._of(task_id, Voted, number), len(self.committee)
        counts = [sum(vote.vouched >> seat & 1 for vote in votes) for seat in range(n)]
        return sum(1 << seat for seat, count in enumerate(counts) if count > (n - 1) // 3)

    def _close(self, task_id: int, number: int) -> None:
        windows = self.tasks[task_id].state.params
        self.change_round(
            task_id,
            number,
            closes_at=self.now,
            commit_ends_at=self.now + windows.commit_window,
            open_ends_at=self.now + 2 * windows.commit_window,
            vote_ends_at=self.now + windows.vote_window,
        )

    def _reveal(self, task_id: int, number: int, report: Any) -> None:
        if self.tasks[task_id].rounds[number].revealed_at:
            raise Refused("revealed already")
        values = report if isinstance(report, tuple) else tuple(getattr(report, name) for name in report.__slots__)
        outcome, digest, progress_wad, scores = values
        self.change_round(task_id, number, revealed_at=self.now)
        words = unpack_scores(scores)
        root = merkle_root(score_leaves(self.chain_id, WHERE.market, task_id, number, words)) if words else bytes(32)
        self.say(task_id, RoundRevealed, number, Outcome(outcome), digest, progress_wad, 0, root, scores)
        self.change(task_id, round=number + 1, unsettled=self.tasks[task_id].state.unsettled + 1)
        self.open_round(task_id, number + 1)

    def _of(self, task_id: int, kind: type[Event], number: int) -> list[Any]:
        return [e for e in self.tasks[task_id].events if isinstance(e, kind) and e.round == number]  # type: ignore[attr-defined]


class FakeLog:
    """In place of `EventLog`: the market's own list."""

    def __init__(self, market: FakeMarket, task_id: int) -> None:
        self._events = market.tasks[task_id].events

    def read(self, block: Block) -> tuple[Event, ...]:
        return tuple(event for event in self._events if event.position.block_number <= block.number)


class FakeWriter:
    """Sends at once; `sent` are the calls in order. `failures` maps function names to what sending them raises."""

    def __init__(self, market: FakeMarket, address: str) -> None:
        self.market = market
        self.address = address
        self.sent: list[Call] = []
        self.failures: dict[str, Exception] = {}

    @property
    def names(self) -> list[str]:
        return [call.function_name for call in self.sent]

    def simulate(self, call: Call) -> tuple[Any, ...]:
        raise AssertionError("nobody simulates here")

    def send(self, call: Call) -> None:
        assert call.data, "it must fit the ABI"
        if call.function_name in self.failures:
            raise self.failures[call.function_name]
        self.sent.append(call)
        self.market.apply(call, self.address)
