"""The claims of the README on real data: accuracy near central training, pay for help and for nothing else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

from deltaml.learning import (
    LocalTraining,
    Logistic,
    Mlp,
    SimulationSettings,
    clip_to_norm,
    dirichlet,
    honest_trainer,
    simulate,
)

pytestmark = pytest.mark.unit


def split(X: Any, y: Any, least_scale: float, seed: int) -> list[tuple[Any, Any]]:
    """(training, validation, held-out) rows, standardised by the validation set's rounded means and scales."""
    rest, held_out, y_rest, y_held_out = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
    train, validation, y_train, y_validation = train_test_split(
        rest, y_rest, test_size=0.15, stratify=y_rest, random_state=seed
    )
    mean, scale = validation.mean(axis=0).round(6), np.maximum(validation.std(axis=0).round(6), least_scale)
    parts = [(train, y_train), (validation, y_validation), (held_out, y_held_out)]
    return [((features - mean) / scale, labels) for features, labels in parts]


def test_six_hospitals_diagnose_breast_cancer() -> None:
    (X, y), validation, held_out = split(*load_breast_cancer(return_X_y=True), least_scale=1e-6, seed=1)
    model, training = Logistic(30, l2=0.03), LocalTraining(epochs=5, batch_size=16, learning_rate=0.1)
    parts = dirichlet(y, 6, alpha=1.0, min_size=12, random_state=1)
    hospitals = [honest_trainer(model, (X[part], y[part]), training, i) for i, part in enumerate(parts)]
    terms = SimulationSettings(rounds=8, clip_norm=1.0, baseline_loss=0.693147, target_loss=0.1, compare_exact=True)
    history = simulate(model, hospitals, validation, terms, held_out=held_out)
    assert history.rounds[-1].metric >= 0.965
    assert history.shares().min() > 0.05
    assert min(r.exact_correlation for r in history.rounds) >= 0.999


def test_digits_with_a_flipper_an_idler_and_a_replayer() -> None:
    # Corner pixels hardly vary: half a grey level is the least scale, or a stray dot would outweigh the digit.
    (X, y), validation, held_out = split(*load_digits(return_X_y=True), least_scale=0.5, seed=0)
    model = Mlp(n_features=64, n_hidden=32, n_outputs=10, l2=1e-3)
    training = LocalTraining(epochs=8, batch_size=16, learning_rate=0.05, momentum=0.9)
    parts = dirichlet(y, 9, alpha=0.5, min_size=20, random_state=0)

    def replayer(number: int, models: Sequence[Any]) -> Any:
        return clip_to_norm(models[-1] - models[-2], 1.0) if number else np.zeros_like(models[-1])

    crowd = [honest_trainer(model, (X[part], y[part]), training, i) for i, part in enumerate(parts[:8])]
    crowd += [honest_trainer(model, (X[parts[8]], 9 - y[parts[8]]), training, 8)]
    crowd += [lambda number, models: np.zeros_like(models[-1]), replayer]
    terms = SimulationSettings(rounds=7, clip_norm=1.0, baseline_loss=2.302585, target_loss=0.15, compare_exact=True)
    history = simulate(model, crowd, validation, terms, held_out=held_out)
    flipped, idle, replayed = history.shares()[8:]
    assert history.rounds[-1].metric >= 0.94
    assert min(r.exact_correlation for r in history.rounds) >= 0.999
    assert history.shares()[:8].min() > 0.05
    assert flipped <= 0.02
    assert idle == 0.0
    assert replayed <= 0.005
