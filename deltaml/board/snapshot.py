"""One task at one block: its state, its current round and everything that was ever said about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from deltaml.chain import Block, Deployment, Event, EventLog, Market
from deltaml.chain.events import Announced, RoundRevealed, RoundSettled, TrainerJoined, UpdateSubmitted
from deltaml.chain.types import RoundState, Status, TaskState
from deltaml.protocol.ballot import Clock
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Header

E = TypeVar("E", bound=Event)

FINAL = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True)
class Member:
    """A trainer who joined: account, stake units, and the age recipient that models are sealed to."""

    account: str
    units: int
    recipient: bytes


@dataclass(frozen=True)
class Snapshot:
    """A task as the chain had it at `block`. round: the current round, or the last one after the end."""

    deployment: Deployment
    task_id: int
    block: Block
    task: TaskState
    status: Status
    round: RoundState
    events: Sequence[Event]

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    def for_round(self, number: int, state: RoundState) -> "Snapshot":
        """The same task and block with the eyes on an earlier round."""
        return replace(self, task=replace(self.task, round=number), round=state)

    @property
    def clock(self) -> Clock:
        """Chain time and the windows of the round."""
        state = self.round
        ends = state.closes_at, state.commit_ends_at, state.open_ends_at, state.vote_ends_at
        return Clock(self.block.timestamp, state.opened_at, *ends)

    def header(self, sender: str) -> Header:
        """Where a message of `sender` (account) in the current round belongs."""
        market, account = (bytes.fromhex(text.removeprefix("0x")) for text in (self.deployment.market, sender))
        return Header(self.deployment.chain_id, market, self.task_id, self.task.round, account)

    def of(self, kind: type[E]) -> list[E]:
        """All events of one kind, in chain order."""
        return [event for event in self.events if isinstance(event, kind)]

    def of_round(self, kind: type[E], number: int) -> list[E]:
        return [event for event in self.of(kind) if event.round == number]  # type: ignore[attr-defined]

    @cached_property
    def trainers(self) -> tuple[Member, ...]:
        """In the order of joining."""
        joined = sorted(self.of(TrainerJoined), key=lambda event: event.index)
        return tuple(Member(event.trainer, event.units, event.recipient) for event in joined)

    @cached_property
    def reveals(self) -> dict[int, RoundRevealed]:
        return {event.round: event for event in self.of(RoundRevealed)}

    @cached_property
    def settled(self) -> frozenset[int]:
        """Rounds whose fees and faults are fixed."""
        return frozenset(event.round for event in self.of(RoundSettled))

    def submissions(self, number: int) -> dict[int, bytes]:
        """Trainer index -> digest of his blob, for one round."""
        return {event.index: event.digest for event in self.of_round(UpdateSubmitted, number)}

    def announcements(self, number: int, kind: Kind) -> list[Announced]:
        return [event for event in self.of_round(Announced, number) if event.kind == kind]

    def state_digest(self, number: int) -> bytes:
        """Digest of the state that round `number` starts from: the posted one, or what the round before led to."""
        return self._starts[number]

    @cached_property
    def _starts(self) -> dict[int, bytes]:
        starts = {event.round + 1: event.model_digest for event in self.of(RoundRevealed)}
        return {0: self.task.params.model_digest, **starts}


class TaskReader:
    """Snapshots of many tasks; events already read are kept in memory, checked against reorganisations."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._logs: dict[int, EventLog] = {}

    def snapshot(self, task_id: int, block: Block) -> Snapshot:
        """The task at `block`. Raises Unavailable, or Reverted for a task that does not exist there."""
        reads = self.market.reads
        task, status = self.market.read_all([reads.task(task_id), reads.status(task_id)], block)
        current = self.market.round(task_id, task.round, block)
        log = self._logs.setdefault(task_id, EventLog(self.market, task_id))
        return Snapshot(self.market.deployment, task_id, block, task, status, current, log.read(block))
