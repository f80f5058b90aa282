"""Local training that hides single rows: gradient descent on clipped gradients with Gaussian noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats
from deltaml.learning.model import Model
from deltaml.learning.training import checked_training_data


@dataclass(frozen=True)
class PrivateTraining:
    """`steps` full-batch steps; each row's gradient is clipped to `row_clip`, their sum gets N(0, σ²) in each
    coordinate with σ = noise_multiplier·row_clip.

    `noise_multiplier` counts for rows that are added or left out; exchanging a row moves the sum twice as far.
    """

    steps: int
    learning_rate: float
    row_clip: float
    noise_multiplier: float


def train_privately(
    model: Model, weights: ArrayLike, X: ArrayLike, y: ArrayLike, settings: PrivateTraining, rng: np.random.Generator
) -> Floats:
    """The update float64[d] after `settings.steps` noisy steps on rows X[n, n_features], y[n].

    Everything that is made of the update costs `steps` Gaussian mechanisms per round, however much is opened of it. The
    number of rows is treated as public. Source: DP-SGD without sampling, Abadi et al., "Deep Learning with Differential
    Privacy", 2016. Raises InvalidInput for empty or non-finite data and settings out of range.
    """
    _check(settings)
    old, features, labels = checked_training_data(model, weights, X, y)

    new = old.copy()
    for _ in range(settings.steps):
        total = np.zeros_like(new)
        for i in range(len(features)):
            gradient = model.gradient(new, features[i : i + 1], labels[i : i + 1])
            total += gradient * min(1.0, settings.row_clip / max(float(np.linalg.norm(gradient)), 1e-300))
        total += rng.normal(scale=settings.noise_multiplier * settings.row_clip, size=total.shape)
        new -= settings.learning_rate * total / len(features)
    return new - old


def _check(settings: PrivateTraining) -> None:
    rates = (settings.learning_rate, settings.row_clip)
    if settings.steps < 1 or not all(0 < rate < float("inf") for rate in rates):
        raise InvalidInput(f"wanted a step, and a learning rate and row clip above 0, got {settings}")
    if not 0 <= settings.noise_multiplier < float("inf"):
        raise InvalidInput(f"the noise multiplier must be a finite number of at least 0, got {settings}")
