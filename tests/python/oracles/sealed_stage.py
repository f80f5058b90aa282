"""A posted sealed-model task in memory: its committee of four, its trainers and its owner, each with the real agent."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from deltaml.board import TaskReader
from deltaml.chain.events import Announced
from deltaml.chain.types import ProgressRule
from deltaml.client.owner_agent import OwnerAgent
from deltaml.client.sealed_owner import Stepper, publish_sealed_task, quadratic_loss
from deltaml.client.sealed_trainer import fixed_point_data
from deltaml.client.table import Table
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.learning import OwnerOptimiser, Plain
from deltaml.protocol.document import Document, fetch_sealed, publish, publish_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.score_tree import unpack_scores
from deltaml.protocol.sealed.blobs import ciphertexts_in, close_sealed_update
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, SealedModel, SealedState, read_model
from deltaml.protocol.sealed.owner import weights_of
from deltaml.protocol.spec import MICRO, Column
from deltaml.sealing import Ciphertexts, Identity, OwnerKey, Rerandomiser
from tests.python.board.fakes import FakeMarket, FakeWriter, account, params
from tests.python.oracles.stage import UNITS, Stage, raw
from tests.python.protocol.sealed.board import make_spec
from tests.python.sealing.owner_keys import ALICE

OWNER_ACCOUNT = account(99)
COLUMNS = tuple(Column(name, 0, MICRO) for name in ("x0", "x1"))
SMALL = {"shape": {"n_features": 2}, "columns": COLUMNS, "turn_seconds": 5}
LIMIT = 1 << 20
TICK_SECONDS = 5


def rows(seed: int, count: int = 30) -> Table:
    """One linear relation, every owner's rows a little different."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, 2))
    y = X @ np.array([1.0, -0.5]) + 0.5 + 0.1 * rng.normal(size=count)
    columns = {"x0": X[:, 0], "x1": X[:, 1], "y": y}
    return Table({name: [f"{value:.6f}" for value in values] for name, values in columns.items()})


class SealedStage(Stage):
    """Like `Stage`; `owner` sends through `owner_writer`, `trainers_at_work[i]` is account(101 + i). `terms` are the
    market's side of the task."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        optimiser: OwnerOptimiser | None = None,
        terms: dict[str, Any] | None = None,
        market: FakeMarket | None = None,
        **spec_changes: Any,
    ) -> None:
        self.optimiser = optimiser or Plain(0.3)
        self.terms = {"progress_rule": ProgressRule.PER_ROUND, "rounds": 3, **(terms or {})}
        self.owner_identity = Identity.generate()
        super().__init__(monkeypatch, market=market, **spec_changes)
        self.owner_writer = FakeWriter(self.market, OWNER_ACCOUNT)
        self.owner = self.new_owner()
        self.trainers_at_work = [self.new_trainer(index) for index in range(len(UNITS))]

    def post(self, **spec_changes: Any) -> int:
        """A good task with three parameters, or one with fields of its specification replaced."""
        values = {**SMALL, "owner_recipient": self.owner_identity.recipient, **spec_changes}
        self.spec: Any = make_spec(**values)
        spec_digest, model_digest = publish_sealed_task(self.spec, self.store)
        given = params(**{"spec_digest": spec_digest, "model_digest": model_digest, **self.terms})
        return self.market.post(given, [trainer.recipient for trainer in self.trainers], UNITS)

    def new_owner(self, key: OwnerKey = ALICE, optimiser: OwnerOptimiser | None = None) -> OwnerAgent:
        where: Any = self.market
        stepper = Stepper(self.spec, optimiser or self.optimiser, quadratic_loss(self.spec, rows(99)))
        return OwnerAgent(where, where, self.owner_writer, self.store, self.owner_identity, key, self.task_id, stepper)

    def new_trainer(self, index: int, table: Table | None = None, noise_micro: int = 0) -> TrainerAgent:
        where: Any = self.market
        me = account(101 + index)
        consent = Consent(self.task_id, UNITS[index], noise_micro)
        return TrainerAgent(
            where,
            where,
            FakeWriter(self.market, me),
            self.store,
            self.trainers[index],
            me,
            consent,
            table or rows(index),
        )

    # ------------------------------------------------------------------ trainers' blobs

    def state(self, number: int | None = None) -> SealedState:
        """The state that a round (default: the current one) starts from."""
        snapshot = self.snapshot()
        found: SealedState = self.views[0]._states.read(
            snapshot, self.spec, snapshot.task.round if number is None else number
        )
        return found

    def model(self) -> SealedModel:
        return read_model(self.store, self.state().model, self.spec, self.snapshot().task.round)

    def weights(self, number: int | None = None) -> list[int]:
        """What the owner finds in the model of a round."""
        state = self.state(number)
        model = read_model(self.store, state.model, self.spec, state.round)
        return [int(weight) for weight in weights_of(self.spec, ALICE, model)]

    def blob(self, index: int, task_id: int | None = None) -> Document:
        matrix, offset = fixed_point_data(self.spec, rows(index))
        recipients = [member.recipient for member in self.members]
        header = self.header(account(101 + index), task_id)
        return close_sealed_update(
            self.spec, header, self.model(), matrix, offset, recipients, Rerandomiser(self.spec.public_key)
        )

    def submit_all(self, but: Iterable[int] = ()) -> None:
        for index, agent in enumerate(self.trainers_at_work):
            if index not in but:
                agent.tick()

    # ------------------------------------------------------------------ posts

    def announced(self, kind: Kind, number: int = 0) -> list[Any]:
        return self.snapshot().announcements(number, kind)

    def opened(self, digest: bytes, reader: Identity | None = None) -> Document:
        return fetch_sealed(digest, reader or self.members[0], self.store, LIMIT)

    def owner_step(self, number: int = 0) -> OwnerStep:
        """The owner's first step of a round."""
        digest = self.announced(Kind.OWNER_STEP, number)[0].digest
        return OwnerStep.decode(self.opened(digest), self.owner_header(number), self.spec, len(UNITS))

    def owner_header(self, number: int = 0) -> Any:
        where: Any = self.market
        snapshot = TaskReader(where).snapshot(self.task_id, self.market.head())
        return snapshot.for_round(number, snapshot.round).header(OWNER_ACCOUNT)

    def announce(self, document: Document, kind: Kind, sender: str = OWNER_ACCOUNT, *, to: Any = None) -> bytes:
        """Seals a document to the committee and the owner and announces it in the current round."""
        recipients = to or [*(member.recipient for member in self.members), self.owner_identity.recipient]
        digest = publish_sealed(document, recipients, self.store)
        number = self.market.tasks[self.task_id].state.round
        self.market.say(self.task_id, Announced, number, sender, int(kind), digest)
        return digest

    def post_step(self, step: OwnerStep, model: SealedModel | None = None) -> bytes:
        if model is not None:
            publish(model.document(), self.store)
        return self.announce(step.document(self.spec.public_key), Kind.OWNER_STEP)

    def post_openings(self, openings: OwnerOpenings) -> bytes:
        return self.announce(openings.document(self.spec.public_key), Kind.OWNER_OPENINGS)

    # ------------------------------------------------------------------ playing

    def step_clock(self, seats: tuple[int, ...] = (0, 1, 2, 3), owner: bool = True, trainers: bool = True) -> None:
        """Everybody ticks once."""
        self.market.now += TICK_SECONDS
        if trainers:
            self.submit_all()
        if owner:
            self.owner.tick()
        for seat in seats:
            self.oracles[seat].tick()

    def play(
        self,
        until_round: int = 1,
        seats: tuple[int, ...] = (0, 1, 2, 3),
        seconds: int = 600,
        owner: bool = True,
        trainers: bool = True,
    ) -> None:
        for _ in range(0, seconds, TICK_SECONDS):
            self.step_clock(seats, owner, trainers)
            if self.market.tasks[self.task_id].state.round >= until_round:
                return

    def ciphertexts(self, index: int) -> Ciphertexts:
        """Those of a submitted blob."""
        evidence: Any = self.views[0]._evidence
        return ciphertexts_in(evidence._blobs[self.task_id, self.snapshot().task.round].masked[index], self.spec)


def words(stage: Stage, number: int = 0) -> list[int]:
    """The scores that round `number` was revealed with."""
    return unpack_scores(reveal(stage, number).scores)


def reveal(stage: Stage, number: int = 0) -> Any:
    return next(e for e in stage.snapshot().reveals.values() if e.round == number)


def clear_training(stage: SealedStage, rounds: int, who: tuple[int, ...] = (0, 1, 2)) -> list[list[int]]:
    """The weights of every round, by the same integers without any lock."""
    stepper = Stepper(stage.spec, stage.optimiser, quadratic_loss(stage.spec, rows(99)))
    data = {i: fixed_point_data(stage.spec, rows(i)) for i in who}
    weights, memory, found = np.zeros(3, dtype=np.int64), None, []
    for _ in range(rounds):
        total = [0] * 3
        for index, (matrix, offset) in data.items():
            for row in range(3):
                product = sum(int(a) * int(w) for a, w in zip(matrix[row], weights, strict=True))
                total[row] += UNITS[index] * (product + offset[row])
        stepped = stepper(weights, memory, total, sum(UNITS[i] for i in who))
        weights, memory = stepped.weights, stepped.memory
        found.append([int(weight) for weight in weights])
    return found


__all__ = ["OWNER_ACCOUNT", "SealedStage", "clear_training", "raw", "reveal", "rows", "words"]
