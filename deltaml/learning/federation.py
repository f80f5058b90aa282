"""The server's half of federated learning as a state machine without clock or network: who drives it decides when a
phase ends, and every transport drives the same one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal, TypeAlias

import numpy as np

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats, Rows
from deltaml.learning.client import LARGEST, Arrays, ClientFault, Config, EvaluateResult, FitResult, Layout, Metrics
from deltaml.learning.model import Model
from deltaml.learning.run_history import ClientRecord, RoundRecord, RunHistory
from deltaml.learning.strategies import Strategy, StrategyState

Phase = Literal["fit", "evaluate", "done"]
ServerEvaluation: TypeAlias = Callable[[Arrays], tuple[float, Metrics]]
"""The server's own test of a model: (loss, metrics)."""


@dataclass(frozen=True)
class FederationSettings:
    """rounds: how many. min_fit: with fewer updates a round changes nothing. weigh_by: rows that clients claim, or all
    equal. evaluate: whether clients test each new model. max_staleness: an update that is so many rounds late still
    counts, with its weight divided by √(1 + rounds late) (Xie, Koyejo & Gupta, "Asynchronous Federated Optimization",
    2019)."""

    rounds: int = 10
    min_fit: int = 1
    weigh_by: Literal["examples", "equal"] = "examples"
    evaluate: bool = True
    max_staleness: int = 0

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.min_fit < 1 or self.max_staleness < 0:
            raise InvalidInput(f"wanted rounds and min_fit of at least 1 and max_staleness of at least 0, got {self}")
        if self.weigh_by not in ("examples", "equal"):
            raise InvalidInput(f"weigh_by is {self.weigh_by!r}; expected 'examples' or 'equal'")


@dataclass(frozen=True, eq=False)
class Task:
    """What clients are to do now. `config` holds server_round, counted from 1 as Flower does, and clip_norm if any."""

    phase: Phase
    number: int
    parameters: Floats
    config: Config


@dataclass(frozen=True, eq=False)
class _Update:
    vector: Floats | None
    """None where the server may not see it."""
    num_examples: int
    weight: float
    late: int


class Federation:
    """One run. `receive_*` and `fail` as answers come, `close_phase` when enough have come or time is up."""

    def __init__(
        self,
        strategy: Strategy,
        initial: Arrays,
        settings: FederationSettings | None = None,
        evaluation: ServerEvaluation | None = None,
    ) -> None:
        self.strategy = strategy
        self.settings = settings or FederationSettings()
        self.layout = Layout.of(initial)
        self.history = RunHistory()
        self.phase: Phase = "fit"
        self.number = 1
        self._evaluation = evaluation
        # The newest last; older ones are what late updates started from.
        self._models: list[Floats] = [self.layout.flatten(initial)]
        self._state: StrategyState = strategy.initial(self.layout.size)
        self._updates: dict[str, _Update] = {}
        self._evaluations: dict[str, EvaluateResult] = {}
        self._fit_faults: dict[str, str] = {}
        self._evaluate_faults: dict[str, str] = {}
        self._open: RoundRecord | None = None
        self._finished = (self._models, self._state)

    # ------------------------------------------------------------------ what clients see

    @property
    def parameters(self) -> Arrays:
        """The newest model."""
        return self.layout.unflatten(self._models[-1])

    @property
    def task(self) -> Task:
        config: Config = {"server_round": self.number}
        if self.strategy.clip_norm is not None:
            config["clip_norm"] = self.strategy.clip_norm
        return Task(self.phase, self.number, self._models[-1], config)

    def answered(self) -> set[str]:
        """Who has answered in this phase, rightly or wrongly."""
        if self.phase == "evaluate":
            return set(self._evaluations) | set(self._evaluate_faults)
        return {name for name, update in self._updates.items() if not update.late} | set(self._fit_faults)

    def receive_fit(self, client: str, number: int, result: FitResult) -> None:
        """An update for round `number`. Raises ClientFault when it comes too late, too early or twice."""
        late = self.number - number + (self.phase == "evaluate")
        if self.phase == "done" or number < 1 or late < 0:
            raise ClientFault(client, number, "fit", f"round {self.number} is in phase {self.phase!r}")
        if late > self.settings.max_staleness or late >= len(self._models):
            raise ClientFault(client, number, "fit", f"too late, round {self.number} is in phase {self.phase!r}")
        known = self._updates.get(client)
        if known is not None and known.late <= late:
            raise ClientFault(client, number, "fit", "there is an update of this client already, as new or newer")
        rows = result.num_examples if self.settings.weigh_by == "examples" else 1
        vector = result.parameters - self._models[-1 - late]
        self._updates[client] = _Update(vector, result.num_examples, float(rows / np.sqrt(1 + late)), late)

    def receive_hidden(self, client: str, number: int, weight: int) -> None:
        """Word that a client has sent an update which the server can't read. Raises ClientFault as `receive_fit`."""
        if self.phase != "fit" or number != self.number:
            raise ClientFault(client, number, "fit", f"round {self.number} is in phase {self.phase!r}")
        if client in self._updates:
            raise ClientFault(client, number, "fit", "there is an update of this client already")
        self._updates[client] = _Update(None, weight, float(weight), 0)

    def receive_evaluation(self, client: str, number: int, result: EvaluateResult) -> None:
        """A test of round `number`'s model. Raises ClientFault when it comes at the wrong time or twice."""
        if self.phase != "evaluate" or number != self.number:
            raise ClientFault(client, number, "evaluate", f"round {self.number} is in phase {self.phase!r}")
        if client in self._evaluations:
            raise ClientFault(client, number, "evaluate", "there is an evaluation of this client already")
        self._evaluations[client] = result

    def fail(self, client: str, why: str) -> None:
        """A client that raised or sent what it may not: the round goes on without it."""
        (self._evaluate_faults if self.phase == "evaluate" else self._fit_faults)[client] = why

    # ------------------------------------------------------------------ rounds

    def close_phase(
        self, expected: Mapping[str, object] | set[str], seconds: float = 0.0, opened: Floats | None = None
    ) -> None:
        """Ends the phase with what has come; who is in `expected` and has not answered is recorded as missing.

        seconds: how long the phase took, for the record. opened: the weighted mean of the hidden updates, if others
        have opened it; without it a round of hidden updates changes nothing.
        """
        if self.phase == "fit":
            self._close_fit(set(expected), seconds, opened)
        elif self.phase == "evaluate":
            self._close_evaluate(seconds)

    def _close_fit(self, expected: set[str], seconds: float, opened: Floats | None) -> None:
        updates, self._updates = dict(sorted(self._updates.items())), {}
        faults, self._fit_faults = self._fit_faults, {}
        shares, moved, why = self._move(updates, opened)
        known = set(updates) | set(faults) | expected
        clients = tuple(_client_record(n, updates.get(n), shares.get(n), faults.get(n), moved) for n in sorted(known))
        loss, metrics = self._tested()
        self._open = RoundRecord(self.number, seconds, moved, why, loss, metrics, clients)
        if self.settings.evaluate:
            self.phase = "evaluate"
        else:
            self._finish()

    def _move(self, updates: dict[str, _Update], opened: Floats | None) -> tuple[dict[str, float], bool, str]:
        """The shares of those in the step, whether the model moved, and why not."""
        start = self._models[-1]
        moved, shares, why = start, {}, ""
        try:
            if len(updates) < self.settings.min_fit:
                raise InvalidInput(f"{len(updates)} of at least {self.settings.min_fit} updates came")
            weights = np.array([update.weight for update in updates.values()])
            vectors = [update.vector for update in updates.values()]
            if opened is not None:
                self._check_opened(opened)
                kept = np.ones(len(vectors), dtype=np.bool_)
                state, moved = self.strategy.step(self._state, start, opened)
            elif any(vector is None for vector in vectors):
                raise InvalidInput("nobody opened the sum of the updates")
            else:
                state, moved, kept = self.strategy.aggregate_fit(self._state, start, np.array(vectors), weights)
            if not (np.abs(moved) <= LARGEST).all():
                raise InvalidInput("the new model has numbers that are NaN, infinite or huge")
            total = float(weights[kept].sum())
            shares = {name: float(w) / total for name, w, k in zip(updates, weights, kept, strict=True) if k}
            self._state = state
        except InvalidInput as error:
            moved, why = start, str(error)
        self._models = [*self._models, moved][-1 - self.settings.max_staleness - 1 :]
        return shares, not why, why

    def _check_opened(self, opened: Floats) -> None:
        """No honest mean is longer than the longest update; what masks that don't fit leave behind is."""
        longest, length = self.strategy.clip_norm, float(np.linalg.norm(opened))
        if longest is not None and not length <= longest * 1.001 + 1e-6 * self.layout.size:
            raise InvalidInput(
                f"the opened mean has length {length:.3g}, above {longest:.3g}: somebody's masks don't fit"
            )

    def _tested(self) -> tuple[float | None, Metrics]:
        if self._evaluation is None:
            return None, {}
        loss, metrics = self._evaluation(self.parameters)
        # A model may be so bad that its loss is infinite; tables, files and JSON have no such number.
        finite = {name: value for name, value in metrics.items() if not isinstance(value, float) or isfinite(value)}
        return float(loss) if isfinite(loss) else None, finite

    def _close_evaluate(self, seconds: float) -> None:
        assert self._open is not None
        records = {record.client: record for record in self._open.clients}
        for name, result in self._evaluations.items():
            old = records.get(name, ClientRecord(name, "missing", "joined after the model moved"))
            records[name] = replace(old, loss=result.loss, num_evaluated=result.num_examples, metrics=result.metrics)
        for name, why in self._evaluate_faults.items():
            old = records.get(name, ClientRecord(name, "missing"))
            records[name] = replace(old, why="; ".join(filter(None, (old.why, why))))
        clients = tuple(records[name] for name in sorted(records))
        self._open = replace(self._open, clients=clients, seconds=self._open.seconds + seconds)
        self._finish()

    def _finish(self) -> None:
        assert self._open is not None
        self.history = RunHistory((*self.history.rounds, self._open))
        self._open, self._evaluations, self._evaluate_faults = None, {}, {}
        self._finished = (self._models, self._state)
        self.number += 1
        self.phase = "fit" if self.number <= self.settings.rounds else "done"

    # ------------------------------------------------------------------ save and resume

    def to_map(self) -> dict[str, Any]:
        """The run as it was when its last round ended, as plain values and arrays; a round under way is not kept."""
        return {
            "rounds_done": len(self.history),
            "models": list(self._finished[0]),
            "state": dict(self._finished[1]),
            "history": self.history.to_map(),
            "shapes": [list(shape) for shape in self.layout.shapes],
            "dtypes": list(self.layout.dtypes),
        }

    def resume(self, stored: Mapping[str, Any]) -> None:
        """Go on where `to_map` was taken; settings and strategy are those of now, so a run can be made longer.

        Raises InvalidInput when the file is of another model or strategy.
        """
        layout = Layout(tuple(tuple(shape) for shape in stored["shapes"]), tuple(stored["dtypes"]))
        if layout != self.layout:
            raise InvalidInput(
                f"the stored run's model has shapes {list(layout.shapes)}, not {list(self.layout.shapes)}"
            )
        if set(stored["state"]) != set(self._state):
            raise InvalidInput(f"the stored run's strategy kept {sorted(stored['state'])}, not {sorted(self._state)}")
        self.history = RunHistory.from_map(stored["history"])
        self._models = [np.array(model, dtype=np.float64) for model in stored["models"]]
        self._state = {name: np.array(values, dtype=np.float64) for name, values in stored["state"].items()}
        self._finished = (self._models, self._state)
        self.number = int(stored["rounds_done"]) + 1
        self.phase = "fit" if self.number <= self.settings.rounds else "done"


def model_evaluation(model: Model, rows: Rows) -> ServerEvaluation:
    """The server's test of a model of ours on rows of its own."""

    def evaluate(parameters: Arrays) -> tuple[float, Metrics]:
        (weights,) = parameters
        return model.loss(weights, *rows), {model.metric_name: model.metric(weights, *rows)}

    return evaluate


def _client_record(
    name: str, update: _Update | None, share: float | None, fault: str | None, moved: bool
) -> ClientRecord:
    if update is None:
        return ClientRecord(name, "missing") if fault is None else ClientRecord(name, "faulty", fault)
    status: Literal["ok", "late", "dropped"] = "late" if update.late else "ok"
    if moved and share is None:
        status = "dropped"
    why = f"{update.late} rounds late" if update.late else ""
    length = 0.0 if update.vector is None else float(np.linalg.norm(update.vector))
    return ClientRecord(name, status, why, update.num_examples, share or 0.0, length)
