"""The model owner's side: from a draft and a validation file to a posted task, and from the last state to a model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.chain import Market, Writer, calls
from deltaml.chain.events import TaskPosted
from deltaml.chain.types import ZERO_ADDRESS, Outcome, SeatState, TaskParams
from deltaml.chain.types import ProgressRule as ChainProgressRule
from deltaml.client.draft import Draft, common_terms
from deltaml.client.money import to_wei
from deltaml.client.table import Table, features, targets
from deltaml.client.trained import TrainedModel
from deltaml.errors import Unavailable
from deltaml.protocol.document import publish, publish_sealed
from deltaml.protocol.messages import State
from deltaml.protocol.spec import MICRO, OpenSpec, TaskSpec
from deltaml.protocol.stepping import Validation, initial_state
from deltaml.protocol.validation import read_validation, validation_document
from deltaml.storage import Store


def make_spec(draft: Draft, table: Table, owner_recipient: bytes) -> OpenSpec:
    """The specification that a draft and the owner's validation file describe; `validation` is still zero.

    Raises InvalidInput naming what is missing or out of range.
    """
    spec = OpenSpec(
        **common_terms(draft, table, owner_recipient),
        epochs=draft.get("training", "epochs", int),
        batch_size=draft.get("training", "batch_size", int, 0),
        learning_rate_micro=draft.micro("training", "learning_rate"),
        momentum_micro=draft.micro("training", "momentum", 0.0),
        fraction_bits=draft.get("training", "fraction_bits", int, 24),
        gradient_bits=draft.get("training", "gradient_bits", int, 24),
        drop_negative=draft.get("training", "drop_negative", bool, True),
        public_steps=draft.get("training", "public_steps", int, 5),
        progress_rule=draft.progress_rule(),
        baseline_loss_micro=draft.micro("progress", "baseline_loss"),
        target_loss_micro=draft.micro("progress", "target_loss"),
        validation=bytes(32),
        validation_rows=table.n_rows,
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


def newest_round(snapshot: Snapshot) -> int:
    """The round that starts from the newest agreed state."""
    # A round that was aborted, or that the owner left, led to no state of its own.
    scored = [number for number, event in snapshot.reveals.items() if event.outcome is Outcome.SCORED]
    return max(scored, default=-1) + 1


def export_state(spec: OpenSpec, state: State) -> str:
    """The model of an agreed state as JSON, with the loss and the metric that the committee measured."""
    metric = {spec.model().metric_name: state.metric_micro / MICRO}
    return export_model(spec, state.round, state.weights, {"loss": state.loss_micro / MICRO, "metric": metric})


def export_model(spec: TaskSpec, number: int, weights: NDArray[np.int64], measured: Mapping[str, Any]) -> str:
    """The model that round `number` starts from as JSON: weights as integers times 2^-fraction_bits, with all that is
    needed to predict, and what was measured of it."""
    return json.dumps(
        {
            "name": spec.name,
            "family": spec.family,
            "shape": spec.shape,
            "fraction_bits": spec.fraction_bits,
            "weights": [int(weight) for weight in weights],
            "columns": [vars(column) for column in spec.columns],
            "target": {**vars(spec.target), "classes": list(spec.target.classes)},
            "round": number,
            **measured,
        },
        indent=1,
    )


def predict(model_json: str, table: Table) -> list[Any]:
    """Predictions of an exported model for the rows of a table: labels, or numbers in the target's own unit.

    Raises InvalidInput for a file that is no model, or a table without its columns.
    """
    return TrainedModel.from_json(model_json).predict(table)
