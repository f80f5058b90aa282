"""A committee with liars on it, over a market in memory that keeps to the rules which a liar could break."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from deltaml.board import Snapshot, StateReader
from deltaml.chain.events import RoundRevealed, Voted, WorkCommitted
from deltaml.chain.types import Outcome as Result
from deltaml.chain.types import Status
from deltaml.errors import Refused
from deltaml.protocol.document import Document
from deltaml.protocol.hashes import report_hash, work_commitment
from oracles.act import Actor
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.ledger import Terms, expected_changes
from tests.python.board.fakes import WHERE, FakeMarket, account
from tests.python.oracles.sealed_stage import SealedStage
from tests.python.oracles.stage import Stage

ROUNDS = 2
FAULT_PENALTY = 1000
TICK_SECONDS = 5


def demand(holds: Any, reason: str) -> None:
    if not holds:
        raise Refused(reason)


class StrictMarket(FakeMarket):
    """`FakeMarket` with windows, commitments (R6a), quorum and masks as the contracts have them, and one block for
    every time."""

    def _do(self, name: str, args: Any, sender: str) -> None:
        task_id, number, *rest = args
        state = self.tasks[task_id].rounds[number]
        seat = self.seat_number(1, sender, None) - 1
        clock = state
        if name in ("commitWork", "openWork", "vote"):
            demand(seat >= 0, "no member")
        match name:
            case "commitWork":
                demand(clock.closes_at <= self.now < clock.commit_ends_at, "outside the commit window")
                demand(not state.committed_mask >> seat & 1, "committed already")
            case "openWork":
                digest, accepted, salt = rest
                demand(clock.commit_ends_at <= self.now < clock.open_ends_at, "outside the opening window")
                demand(state.committed_mask >> seat & 1, "nothing was committed")
                demand(not state.opened_mask >> seat & 1, "opened already")
                committed = next(e for e in self._of(task_id, WorkCommitted, number) if e.seat == seat)
                given = work_commitment(digest, accepted, salt, sender, task_id, number)
                demand(given == committed.commitment, "does not match the commitment")
            case "vote":
                demand(clock.closes_at <= self.now < clock.vote_ends_at, "outside the vote window")
                demand(not state.voted_mask >> seat & 1, "voted already")
            case "reveal":
                demand(not state.revealed_at, "revealed already")
                self._check_report(task_id, number, rest[0])
        if name == "commitWork":
            self._mark(task_id, number, "committed_mask", seat)
        if name == "openWork":
            self._mark(task_id, number, "opened_mask", seat)
        super()._do(name, args, sender)
        self._note_quorum(task_id, number)

    def _reveal(self, task_id: int, number: int, report: Any) -> None:
        super()._reveal(task_id, number, report)
        aborted = self._of(task_id, RoundRevealed, number)[0].outcome is Result.ABORTED
        if aborted or number + 1 == self.tasks[task_id].state.params.rounds:
            self.change(task_id, status=Status.FAILED if aborted else Status.COMPLETED, round=number)

    def _mark(self, task_id: int, number: int, mask: str, seat: int) -> None:
        was = getattr(self.tasks[task_id].rounds[number], mask)
        self.change_round(task_id, number, **{mask: was | 1 << seat})

    def _check_report(self, task_id: int, number: int, report: Any) -> None:
        values = report if isinstance(report, tuple) else tuple(getattr(report, name) for name in report.__slots__)
        outcome, digest, progress_wad, scores = values
        given = report_hash(31337, WHERE.market, task_id, number, int(outcome), digest, progress_wad, scores)
        demand(self.tasks[task_id].rounds[number].quorum_hash == given, "not what the quorum voted for")

    def _note_quorum(self, task_id: int, number: int) -> None:
        n, votes = len(self.committee), self._of(task_id, Voted, number)
        counts = Counter(vote.report_hash for vote in votes)
        for report, count in counts.items():
            if count >= n - (n - 1) // 3:
                matched = sum(1 << vote.seat for vote in votes if vote.report_hash == report)
                self.change_round(task_id, number, quorum_hash=report, matched_mask=matched)


@dataclass(frozen=True)
class Outcome:
    """What a run came to. reports: per round (outcome, model, progress, score words as bytes); money: account ->
    (wei of the reward, wei of stake) won or lost."""

    reports: tuple[tuple[Any, ...], ...]
    trainers: Mapping[str, tuple[int, int]]
    members: Mapping[int, tuple[int, int]]


class StageOfLiars(Stage):
    """Three honest trainers, and what every liar makes of a task. liars: seat -> kind."""

    liars: Mapping[int, type[Liar]]

    def actor(self, seat: int) -> Actor:
        if seat not in self.liars:
            return super().actor(seat)
        writer: Any = self.writers[seat]
        return self.liars[seat](WHERE, writer, self.store, account(seat + 1), self.members[seat])

    def begin_round(self) -> None:
        """Every trainer sends his update, unless he does by himself."""

    def tick_all(self) -> None:
        for oracle in self.oracles:
            oracle.tick()

    def run(self, rounds: int = ROUNDS) -> Outcome:
        """Plays a task of so many rounds and some time more, in which late votes come in; then the books."""
        terms = self.market.tasks[self.task_id].state.params
        self.market.change(self.task_id, params=replace(terms, rounds=rounds))
        for number in range(rounds):
            self.tick_until(self.trainers_have_the_model, 200)
            self.begin_round()
            self.tick_until(lambda number=number: len(self.reveals()) > number or self.is_over, 1200)
        if not self.reveals():
            return self.outcome()
        last = self.market.tasks[self.task_id].rounds[len(self.reveals()) - 1]
        self.tick_until(lambda: self.market.now >= last.vote_ends_at or self.everybody_voted(), 1200)
        self.tick_until(self.trainers_have_the_model, 200)
        return self.outcome()

    def trainers_have_the_model(self) -> bool:
        if any(event.outcome is not Result.SCORED for event in self.reveals()):
            return True
        snapshot, number = self.snapshot(), len(self.reveals())
        readers = [StateReader(self.store, trainer) for trainer in self.trainers]
        return all(reader.has(snapshot, self.spec, number) for reader in readers)

    @property
    def is_over(self) -> bool:
        return self.market.tasks[self.task_id].state.status in (Status.COMPLETED, Status.FAILED)

    def everybody_voted(self) -> bool:
        everybody = (1 << len(self.members)) - 1
        rounds = [self.market.tasks[self.task_id].rounds[number] for number in range(len(self.reveals()))]
        return all(state.voted_mask == everybody for state in rounds)

    def tick_until(self, holds: Callable[[], bool], seconds: int) -> None:
        for _ in range(0, seconds, TICK_SECONDS):
            if holds():
                return
            self.market.now += TICK_SECONDS
            self.tick_all()

    def model_after(self, number: int) -> Any:
        """What a round led to, in a form that is equal for equal models."""
        return self.reveals()[number].model_digest

    def outcome(self) -> Outcome:
        snapshot: Snapshot = self.snapshot()
        assert self.trainers_have_the_model(), "whoever revealed the round has it for himself"
        rounds = [self.market.tasks[self.task_id].rounds[number] for number in range(len(self.reveals()))]
        members = [seat.account for seat in self.market.committee]
        trainers = [trainer.account for trainer in snapshot.trainers]
        terms = Terms(snapshot.task.owner, trainers, members, FAULT_PENALTY)
        reward, stake = expected_changes(snapshot, rounds, terms)
        return Outcome(
            tuple((e.outcome, self.model_after(e.round), e.progress_wad, e.scores) for e in self.reveals()),
            {who: (reward[who], stake[who]) for who in trainers},
            {seat: (reward[who], stake[who]) for seat, who in enumerate(members)},
        )


class HostileStage(StageOfLiars):
    """An open-model task."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        liars: Mapping[int, type[Liar]],
        n: int = 4,
        units: Sequence[int] | None = None,
    ) -> None:
        self.liars = liars
        super().__init__(monkeypatch, n, StrictMarket(), units)

    def begin_round(self) -> None:
        for index in range(len(self.trainers)):
            self.submit(index)

    def blob(self, index: int, task_id: int | None = None) -> Document:
        """Downhill from where the round starts, each a little different, so that every round has something to pay."""
        reader: Any = self.views[0]
        state = reader._states.read(self.snapshot(), self.spec, self.snapshot().task.round)
        self.state = state
        return super().blob(index, task_id)


class HostileSealedStage(StageOfLiars, SealedStage):
    """A sealed-model task, with the real owner's and trainers' agents."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, liars: Mapping[int, type[Liar]]) -> None:
        self.liars = liars
        super().__init__(monkeypatch, market=StrictMarket())

    def tick_all(self) -> None:
        self.submit_all()
        self.owner.tick()
        super().tick_all()

    def model_after(self, number: int) -> Any:
        """Ciphertexts differ from run to run; the weights must not."""
        return tuple(self.weights(number + 1))
