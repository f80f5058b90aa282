"""The model owner's side: from a draft and a validation file to a posted task, and from the last state to a model."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deltaml.board import Snapshot, StateReader
from deltaml.chain import Market, Writer, calls
from deltaml.chain.events import TaskPosted
from deltaml.chain.types import ZERO_ADDRESS, Outcome, SeatState, TaskParams
from deltaml.chain.types import ProgressRule as ChainProgressRule
from deltaml.client.money import to_wei
from deltaml.client.table import Table, features, targets
from deltaml.errors import InvalidInput, Unavailable
from deltaml.learning import ProgressRule, build_model
from deltaml.protocol.document import publish, publish_sealed
from deltaml.protocol.messages import State
from deltaml.protocol.spec import MICRO, NANO, Column, OpenSpec, Target
from deltaml.protocol.stepping import Validation, initial_state
from deltaml.protocol.validation import read_validation, validation_document
from deltaml.storage import Store


@dataclass(frozen=True, eq=False)
class Draft:
    """A task file (TOML): sections [model], [data], [training], [privacy], [progress], [market]; see docs/task.toml."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Draft":
        try:
            return cls(tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InvalidInput(f"can't read the task file {path}: {error}") from error

    def get(self, section: str, name: str, kind: type, default: Any = None) -> Any:
        """A value of the file; integers pass for floats. Raises InvalidInput naming section and field."""
        table = self.values.get(section, {})
        if not isinstance(table, dict):
            raise InvalidInput(f"{section} is a value; expected a section [{section}]")
        if name not in table:
            if default is None:
                raise InvalidInput(f"[{section}] {name} is missing; expected {kind.__name__}")
            return default
        value = float(table[name]) if kind is float and isinstance(table[name], int) else table[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InvalidInput(f"[{section}] {name}: expected {kind.__name__}, got {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(f"[{section}] {name}: expected a finite number, got {value!r}")
        return value

    def progress_rule(self) -> ProgressRule:
        rule = self.get("progress", "rule", str, "log")
        if rule not in ("linear", "log"):
            raise InvalidInput(f"[progress] rule: expected linear or log, got {rule!r}")
        return "log" if rule == "log" else "linear"

    def micro(self, section: str, name: str, default: float | None = None) -> int:
        return round(self.get(section, name, float, default) * MICRO)


def standardised_columns(table: Table, names: list[str], least_scale: float) -> tuple[Column, ...]:
    """Columns with the mean and spread that the owner's own file shows.

    A column that hardly varies in his file may vary in others': it is divided by `least_scale`, not by next to nothing,
    and a constant one keeps its own unit.
    """
    columns = []
    for name in names:
        values = table.numbers(name)
        # A constant column's spread is zero only up to rounding, and a scale is at least a millionth anyway.
        spread = float(values.std()) if values.std() * MICRO >= 1 else 1.0
        columns.append(Column(name, round(float(values.mean()) * MICRO), round(max(spread, least_scale) * MICRO)))
    return tuple(columns)


def make_spec(draft: Draft, table: Table, owner_recipient: bytes) -> OpenSpec:
    """The specification that a draft and the owner's validation file describe; `validation` is still zero.

    Raises InvalidInput naming what is missing or out of range.
    """
    names = draft.get("data", "columns", list)
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise InvalidInput(f"[data] columns: expected distinct names, got {names!r}")
    target_name = draft.get("data", "target", str)
    classes = tuple(str(label) for label in draft.get("data", "classes", list, []))
    least_scale = draft.get("data", "least_scale", float, 0.0)
    columns = standardised_columns(table, names, least_scale)
    spread = Column(target_name, 0, MICRO) if classes else standardised_columns(table, [target_name], least_scale)[0]
    shape = {"n_features": len(names)}
    family = draft.get("model", "family", str)
    if family in ("softmax", "mlp"):
        shape["n_outputs"] = len(classes)
    if family == "mlp":
        shape["n_hidden"] = draft.get("model", "hidden", int)
    spec = OpenSpec(
        name=draft.get("model", "name", str),
        purpose=draft.get("data", "purpose", str),
        family=family,
        shape=shape,
        l2_nano=round(draft.get("model", "l2", float, 0.0) * NANO),
        columns=columns,
        target=Target(
            target_name, "classes" if classes else "number", classes, spread.center_micro, spread.scale_micro
        ),
        epochs=draft.get("training", "epochs", int),
        batch_size=draft.get("training", "batch_size", int, 0),
        learning_rate_micro=draft.micro("training", "learning_rate"),
        momentum_micro=draft.micro("training", "momentum", 0.0),
        fraction_bits=draft.get("training", "fraction_bits", int, 24),
        gradient_bits=draft.get("training", "gradient_bits", int, 24),
        clip_norm_micro=draft.micro("privacy", "clip_norm"),
        noise_micro=draft.micro("privacy", "noise", 0.0),
        gradient_norm_micro=draft.micro("privacy", "gradient_norm", 16.0),
        drop_negative=draft.get("training", "drop_negative", bool, False),
        min_updates=draft.get("privacy", "min_updates", int, 3),
        max_weight_sum=draft.get("market", "max_trainers", int) * draft.get("market", "max_units", int, 1),
        public_steps=draft.get("training", "public_steps", int, 5),
        progress_rule=draft.progress_rule(),
        baseline_loss_micro=draft.micro("progress", "baseline_loss"),
        target_loss_micro=draft.micro("progress", "target_loss"),
        turn_seconds=draft.get("market", "turn_seconds", int, 30),
        validation=bytes(32),
        validation_rows=table.n_rows,
        owner_recipient=owner_recipient,
    )
    # What oracles will refuse is refused here, before any money moves.
    return OpenSpec.decode(spec.encode())


@dataclass(frozen=True, eq=False)
class PreparedTask:
    """A specification with its validation set and initial state, not yet published."""

    spec: OpenSpec
    validation: Validation
    state: State


def prepare(draft: Draft, table: Table, owner_recipient: bytes) -> PreparedTask:
    """Reads the owner's file as the model will see it and computes the initial state."""
    spec = make_spec(draft, table, owner_recipient)
    written = Validation(features(spec, table), targets(spec.target, table))
    # The committee works with the set as it arrives, rounded to fixed point, and so does the owner.
    validation = read_validation(spec, validation_document(spec.target.kind, written))
    return PreparedTask(spec, validation, initial_state(spec, validation, draft.get("training", "seed", int, 0)))


def publish_task(prepared: PreparedTask, seats: tuple[SeatState, ...], store: Store) -> tuple[bytes, bytes]:
    """Puts validation set (sealed to the committee), specification and initial state on IPFS; returns the last two's
    digests."""
    document = validation_document(prepared.spec.target.kind, prepared.validation)
    sealed = publish_sealed(document, [seat.recipient for seat in seats], store)
    spec = OpenSpec(**{**vars(prepared.spec), "validation": sealed})
    return store.put(spec.encode()), publish(prepared.state.document(), store)


def make_params(draft: Draft, reward_token: str, spec_digest: bytes, model_digest: bytes) -> TaskParams:
    """The market's side of the draft; amounts in the file are in whole tokens (18 decimals), times in seconds."""

    def tokens(name: str, default: float | None = None) -> int:
        return to_wei(draft.get("market", name, float, default))

    return TaskParams(
        reward_token=reward_token,
        pool=tokens("pool"),
        fee_per_round=tokens("fee_per_round"),
        committee_id=draft.get("market", "committee", int),
        arbiter=draft.get("market", "arbiter", str, ZERO_ADDRESS),
        spec_digest=spec_digest,
        model_digest=model_digest,
        rounds=draft.get("market", "rounds", int),
        min_trainers=draft.get("market", "min_trainers", int, 3),
        max_trainers=draft.get("market", "max_trainers", int),
        max_units=draft.get("market", "max_units", int, 1),
        unit_stake=tokens("unit_stake"),
        miss_penalty=tokens("miss_penalty", 0.0),
        harm_penalty_bps=draft.get("market", "harm_penalty_bps", int, 0),
        progress_rule=ChainProgressRule.PER_ROUND
        if draft.get("progress", "per_round", bool, False)
        else ChainProgressRule.MEASURED,
        join_window=draft.get("market", "join_seconds", int),
        submit_window=draft.get("market", "submit_seconds", int),
        commit_window=draft.get("market", "commit_seconds", int),
        vote_window=draft.get("market", "vote_seconds", int),
        challenge_window=draft.get("market", "challenge_seconds", int),
        challenge_bond=tokens("challenge_bond", 0.0),
    )


def post(market: Market, writer: Writer, params: TaskParams, account: str) -> int:
    """Approves the escrow if needed, posts the task and returns its number."""
    where = market.deployment
    escrow = params.pool + params.rounds * params.fee_per_round
    block = market.chain.head()
    if market.token_allowance(params.reward_token, account, where.market, block) < escrow:
        writer.send(calls.approve(params.reward_token, where.market, escrow))
    receipt = writer.send(calls.post(where, params))
    if receipt is None:
        raise Unavailable("a dry run posts nothing")
    return next(event.task_id for event in receipt.events if isinstance(event, TaskPosted))


def final_state(snapshot: Snapshot, spec: OpenSpec, states: StateReader) -> State:
    """The newest agreed state."""
    # A round that was aborted led to no state of its own.
    scored = [number for number, event in snapshot.reveals.items() if event.outcome is Outcome.SCORED]
    newest = max(scored, default=-1) + 1
    return states.read(snapshot, spec, newest)


def export_model(spec: OpenSpec, state: State) -> str:
    """The model as JSON: weights as integers times 2^-fraction_bits, with all that is needed to predict."""
    return json.dumps(
        {
            "name": spec.name,
            "family": spec.family,
            "shape": spec.shape,
            "fraction_bits": spec.fraction_bits,
            "weights": [int(w) for w in state.weights],
            "columns": [vars(column) for column in spec.columns],
            "target": {**vars(spec.target), "classes": list(spec.target.classes)},
            "round": state.round,
            "loss": state.loss_micro / MICRO,
            "metric": {spec.model().metric_name: state.metric_micro / MICRO},
        },
        indent=1,
    )


def predict(model_json: str, table: Table) -> list[Any]:
    """Predictions of an exported model for the rows of a table: labels, or numbers in the target's own unit.

    Raises InvalidInput for a file that is no model, or a table without its columns.
    """
    try:
        exported = json.loads(model_json)
        inputs = [(c["name"], c["center_micro"] / MICRO, c["scale_micro"] / MICRO) for c in exported["columns"]]
        model = build_model(exported["family"], exported["shape"], 0.0)
        weights = np.array(exported["weights"], dtype=np.int64) / 2.0 ** exported["fraction_bits"]
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise InvalidInput(f"not a model written by fetch-model: {error}") from error
    columns = [(table.numbers(name) - center) / scale for name, center, scale in inputs]
    answers = model.predict(weights, np.stack(columns, axis=1))
    target = exported["target"]
    if target["kind"] == "classes":
        return [target["classes"][int(answer)] for answer in answers]
    return [float(a) * target["scale_micro"] / MICRO + target["center_micro"] / MICRO for a in answers]
