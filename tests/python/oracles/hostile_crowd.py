"""Honest trainers and others in one task with a model wide enough for all norm checks (R16a)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.protocol.spec import MICRO, Column, OpenSpec
from deltaml.protocol.stepping import Validation
from tests.python.board.fakes import FakeWriter, account
from tests.python.oracles.hostile_stage import HostileStage, Outcome
from tests.python.protocol.board import make_spec, make_validation

HONEST = 4
FEATURES = 511
MISS_PENALTY = 10


class Crowd(HostileStage):
    """Trainers 0 to 3 are honest; those after them are of the given kinds, each the real agent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kinds: Sequence[type[TrainerAgent]]) -> None:
        super().__init__(monkeypatch, {}, units=[1] * (HONEST + len(kinds)))
        self.bad = [self._agent(HONEST + position, kind) for position, kind in enumerate(kinds)]

    @staticmethod
    def problem() -> tuple[OpenSpec, Validation]:
        """Two columns that matter and many that don't."""
        narrow, rng = make_validation(), np.random.default_rng(5)
        X = np.hstack([narrow.X, 0.1 * rng.normal(size=(len(narrow.X), FEATURES - narrow.X.shape[1]))])
        columns = tuple(Column(f"x{i}", 0, MICRO) for i in range(FEATURES))
        spec = make_spec(turn_seconds=5, shape={"n_features": FEATURES}, columns=columns)
        return spec, Validation(X, narrow.y)

    def _agent(self, index: int, kind: type[TrainerAgent]) -> TrainerAgent:
        where: Any = self.market
        writer: Any = FakeWriter(self.market, account(101 + index))
        identity, consent = self.trainers[index], Consent(self.task_id, units=1)
        return kind(where, where, writer, self.store, identity, account(101 + index), consent, None)

    def run_with(self, bad_submit: bool) -> Outcome:
        """One round. Who does not submit has missed it, and the window has to pass."""
        for index in range(HONEST):
            self.submit(index)
        for agent in self.bad if bad_submit else []:
            agent.tick()
        self.tick_until(lambda: len(self.reveals()) > 0, 1200)
        return self.outcome()
