"""What the demo reports beside the chain's own figures: reference models in the clear, and exact Shapley values.

The trainers of the demo keep copies of the updates they sent (`--keep-updates`), and the auditor opens the states with
the owner's identity; nobody else could compute these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot, StateReader
from deltaml.client.table import Table, features, targets
from deltaml.learning import aumann_shapley, coalition_utilities, exact_shapley, path_gradient, train_locally
from deltaml.protocol.document import fetch_sealed
from deltaml.protocol.opening import summed_of
from deltaml.protocol.score_tree import MISSED, unpack_scores
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stepping import Validation
from deltaml.protocol.validation import read_validation
from deltaml.sealing import Identity
from deltaml.storage import Store

CENTRAL_EPOCHS = 60


@dataclass(frozen=True)
class Reference:
    """Metric on the held-out rows: all data in one place, and each owner alone."""

    central: float
    alone_mean: float
    alone_best: float


def weights_by_round(snapshot: Snapshot, spec: OpenSpec, states: StateReader) -> list[NDArray[np.float64]]:
    """w_0, w_1, … as the committee agreed on them."""
    fixed = spec.weights_format()
    return [fixed.decode(states.read(snapshot, spec, number).weights) for number in range(len(snapshot.reveals) + 1)]


def reference(spec: OpenSpec, held_out: Table, owners: Sequence[Table], seed: int) -> Reference:
    """Trains the same model on pooled data, and on each owner's data alone, for as long as it helps anybody."""
    model = spec.model()
    X_test, y_test = features(spec, held_out), targets(spec.target, held_out)
    parts = [(features(spec, owner), targets(spec.target, owner)) for owner in owners]

    def metric_after(X: NDArray[np.float64], y: NDArray[np.float64] | NDArray[np.int64]) -> float:
        weights = model.initial(seed)
        settings = spec.training()
        for epoch in range(CENTRAL_EPOCHS // settings.epochs):
            weights = weights + train_locally(model, weights, X, y, settings, seed + epoch)
        return float(model.metric(weights, X_test, y_test))

    alone = [metric_after(X, y) for X, y in parts]
    central = metric_after(np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts]))
    return Reference(central, float(np.mean(alone)), float(np.max(alone)))


def read_owner_validation(spec: OpenSpec, store: Store, member: Identity) -> Validation:
    """The validation set, opened by a member of the committee."""
    return read_validation(spec, fetch_sealed(spec.validation, member, store, 1 << 30))


def shapley_correlations(
    snapshot: Snapshot,
    spec: OpenSpec,
    validation: Validation,
    states: StateReader,
    updates: Path,
) -> list[float]:
    """Per round: correlation of phi, before projection, with exact Shapley values over all coalitions.

    Values are loss falls on the validation set; 2^n coalitions of the trainers whose updates were summed. Rounds in
    which no sum was opened are left out.
    """
    model, fixed = spec.model(), spec.weights_format()
    X, y = validation.X, validation.y
    correlations = []
    for number, event in sorted(snapshot.reveals.items()):
        words = unpack_scores(event.scores)
        accepted = [index for index, word in enumerate(words) if word != MISSED]
        names = {i: f"{snapshot.task_id}-{number}-{snapshot.trainers[i].account}.npy" for i in accepted}
        sent = {i: np.load(updates / name, allow_pickle=False).astype(object) for i, name in names.items()}
        state = states.read(snapshot, spec, number)
        # Exactly whom the committee summed, by the gradient that it published with the model.
        pre_scores = {index: int(update @ state.gradient) for index, update in sent.items()}
        summed = summed_of(spec, state.gradient, pre_scores)
        if not summed:
            continue
        rows = np.stack([fixed.decode(sent[index].astype(np.int64)) for index in summed])
        start = fixed.decode(state.weights)
        stakes = np.array([snapshot.trainers[index].units for index in summed])
        step = np.average(rows, axis=0, weights=stakes)
        h = path_gradient(lambda w: model.gradient(w, X, y), start, step)
        phi = aumann_shapley(rows, stakes, h)
        utilities = coalition_utilities(lambda many: model.losses(many, X, y), start, rows, stakes)
        correlations.append(float(np.corrcoef(phi, exact_shapley(utilities))[0, 1]))
    return correlations
