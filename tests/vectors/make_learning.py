"""Writes learning.json: `python -m tests.vectors.make_learning`. Reals are JSON numbers, fixed-point integers decimal
strings. Everything here can be computed again anywhere to about 1e-12; integers that come from it are exact."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from deltaml.client.table import Table, features, targets
from deltaml.learning import LocalTraining, Model, Release, build_model, clip_to_norm, epsilon_of, mu_of, train_locally
from deltaml.learning.budget import PrivacyBudget, TaskAccount
from deltaml.protocol.spec import MICRO, NANO, Column, OpenSpec, Target
from deltaml.protocol.stepping import Validation, initial_state
from deltaml.protocol.validation import read_validation, validation_document
from deltaml.sealing import FixedPoint
from tests.python.protocol.board import make_spec
from tests.vectors.make_messages import documented, integers

HERE = Path(__file__).parent
ROWS, FEATURES, CLASSES = 24, 5, 3
CLASSES_OF = {"linear": (), "logistic": ("no", "yes"), "softmax": ("a", "b", "c")}
TRAININGS = [
    LocalTraining(epochs=1, batch_size=0, learning_rate=0.5),
    LocalTraining(epochs=20, batch_size=0, learning_rate=0.1, momentum=0.9),
]
TIES = [0.0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 3.0000000001, 4503599627370497.5, -1e-300, 1e15]


def rows_of(family: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    X = rng.normal(size=(ROWS, FEATURES))
    scores = X @ rng.normal(size=(FEATURES, CLASSES)) + 0.5 * rng.normal(size=(ROWS, CLASSES))
    if family == "linear":
        return X, scores[:, 0]
    return X, scores.argmax(axis=1) if family == "softmax" else (scores[:, 0] > 0).astype(np.int64)


def model_of(family: str, l2: float = 0.01) -> Model:
    shape = {"n_features": FEATURES} | ({"n_outputs": CLASSES} if family == "softmax" else {})
    return build_model(family, shape, l2)


def models() -> list[dict[str, Any]]:
    """Loss, gradient, predictions, metric and full-batch training of each family at zero, small and large weights."""
    cases = []
    for family in CLASSES_OF:
        model, (X, y) = model_of(family), rows_of(family)
        drawn = np.random.default_rng(11).normal(size=model.n_parameters)
        for scale in (0.0, 1.0, 400.0):
            weights = scale * drawn
            case: dict[str, Any] = {
                "family": family,
                "l2": 0.01,
                "weights": weights.tolist(),
                "loss": model.loss(weights, X, y),
                "gradient": model.gradient(weights, X, y).tolist(),
                "predictions": model.predict(weights, X).tolist(),
                "metric": model.metric(weights, X, y),
            }
            if scale < 2:
                case["trained"] = [trained(model, weights, X, y, training) for training in TRAININGS]
            cases.append(case)
    return cases


def trained(model: Model, weights: np.ndarray, X: np.ndarray, y: np.ndarray, training: LocalTraining) -> dict[str, Any]:
    """Full batches: the order of the rows does not matter, so neither does the random state."""
    update = train_locally(model, weights, X, y, training, random_state=0)
    clipped = clip_to_norm(update, 0.25)
    return {
        "epochs": training.epochs,
        "learning_rate": training.learning_rate,
        "momentum": training.momentum,
        "update": update.tolist(),
        "clip_norm": 0.25,
        "fixed_point": integers(FixedPoint(24).encode(clipped)),
    }


def fixed_points() -> list[dict[str, Any]]:
    """Reals that try ties, signs and sizes, and what they are at two precisions."""
    return [
        {"fraction_bits": bits, "reals": TIES, "integers": integers(FixedPoint(bits).encode(np.array(TIES)))}
        for bits in (0, 8)
    ]


def open_spec(family: str) -> OpenSpec:
    """A task for `rows_of` that has a specification's numbers off the round ones."""
    labels = CLASSES_OF[family]
    shape = {"n_features": FEATURES} | ({"n_outputs": CLASSES} if family == "softmax" else {})
    return make_spec(
        name=f"golden {family} — ñ",
        family=family,
        shape=shape,
        l2_nano=int(0.01 * NANO),
        columns=tuple(Column(f"x{i}", 125_000 * i, MICRO + i) for i in range(FEATURES)),
        target=Target("y", "classes" if labels else "number", labels, 0 if labels else 250_000, MICRO + 7),
        gradient_norm_micro=MICRO // 4,
        validation_rows=ROWS,
        max_weight_sum=8,
    )


def starts() -> list[dict[str, Any]]:
    """From the owner's rows as text to validation document and initial state."""
    cases = []
    for family, labels in CLASSES_OF.items():
        spec, (X, y) = open_spec(family), rows_of(family)
        cells = {f"x{i}": [repr(float(value)) for value in X[:, i]] for i in range(FEATURES)}
        cells["y"] = [labels[label] for label in y] if labels else [repr(float(value)) for value in y]
        table = Table(cells)
        document = validation_document(spec.target.kind, Validation(features(spec, table), targets(spec.target, table)))
        state = initial_state(spec, read_validation(spec, document), 0)
        header, lines = ",".join(cells), zip(*cells.values(), strict=True)
        cases.append(
            {
                "spec": spec.encode().hex(),
                "csv": "\n".join([header, *(",".join(line) for line in lines)]) + "\n",
                "validation": documented(document),
                "state": {
                    "gradient": integers(state.gradient),
                    "progress_wad": str(state.progress_wad),
                    "loss_micro": str(state.loss_micro),
                    "metric_micro": str(state.metric_micro),
                },
            }
        )
    return cases


def privacy() -> dict[str, Any]:
    """The accountant on a grid, and a budget that several tasks draw on."""
    deltas = (1e-2, 1e-5, 1e-9)
    release = Release(sensitivity=2.0, own_noise=8.0, projections=3)
    summed = Release(sensitivity=2.0, own_noise=1.0, projections=0, scores=0, pre_scores=0, others_noise=3.0)
    tasks = {"0": TaskAccount(rounds={0: 0.25}), "1": TaskAccount(planned=1, price=0.1)}
    budget = PrivacyBudget(epsilon=4.0, delta=1e-5, tasks=tasks)
    return {
        "epsilon_of": [
            {"mu": mu, "delta": delta, "epsilon": epsilon_of(mu, delta)}
            for mu in (0.0, 1e-3, 0.1, 0.5, 1.0, 3.0, 10.0, 40.0)
            for delta in deltas
        ],
        "mu_of": [
            {"epsilon": epsilon, "delta": delta, "mu": mu_of(epsilon, delta)}
            for epsilon in (0.0, 0.1, 1.0, 4.0, 20.0)
            for delta in deltas
        ],
        "releases": [{**vars(item), "mu": item.mu} for item in (release, summed)],
        "budget": {
            "epsilon": budget.epsilon,
            "delta": budget.delta,
            "spent": sum(task.spent for task in tasks.values()),
            "reserved": {name: task.reserved for name, task in tasks.items() if task.reserved},
            "left": budget.left,
            "spent_epsilon": budget.spent_epsilon,
            "affordable_rounds": budget.affordable_rounds(release),
        },
    }


def learning() -> dict[str, Any]:
    rows = {
        family: {"X": X.reshape(-1).tolist(), "y": y.tolist()} for family in CLASSES_OF for X, y in [rows_of(family)]
    }
    return {"rows": rows, "models": models(), "fixed_point": fixed_points(), "starts": starts(), "privacy": privacy()}


if __name__ == "__main__":
    (HERE / "learning.json").write_text(json.dumps(learning(), indent=1, ensure_ascii=False) + "\n", "utf-8")
