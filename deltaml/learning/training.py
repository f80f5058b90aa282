"""What a data owner does alone: train on local rows, clip, add noise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats, checked_weights, require_finite
from deltaml.learning.model import Model


@dataclass(frozen=True)
class LocalTraining:
    """Mini-batch SGD with heavy-ball momentum; batch_size 0 takes all rows at once."""

    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float = 0.0


def train_locally(
    model: Model, weights: ArrayLike, X: ArrayLike, y: ArrayLike, settings: LocalTraining, random_state: int
) -> Floats:
    """The update float64[d] = new weights − old weights after training on the rows X[n, n_features], y[n].

    The same arguments give the same update. Raises InvalidInput for empty data, NaN or infinite numbers, settings out
    of range, or when training diverges.
    """
    _check_settings(settings)
    old, features, labels = checked_training_data(model, weights, X, y)

    rng = np.random.default_rng(random_state)
    batch_size = settings.batch_size or len(features)
    new, velocity = old.copy(), np.zeros_like(old)
    # A diverging run overflows on its way to inf: it is refused below, so the warnings would say it twice.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(settings.epochs):
            order = rng.permutation(len(features))
            shuffled, labelled = features[order], labels[order]
            for first in range(0, len(order), batch_size):
                batch = slice(first, first + batch_size)
                gradient = model.gradient(new, shuffled[batch], labelled[batch])
                velocity *= settings.momentum
                velocity -= settings.learning_rate * gradient
                new += velocity
    if not np.isfinite(new).all():
        raise InvalidInput(f"training diverged at learning_rate {settings.learning_rate}: choose a smaller one")
    return new - old


def clip_to_norm(update: ArrayLike, norm: float) -> Floats:
    """`update` scaled down to Euclidean length `norm` if it is longer. Raises InvalidInput for norm ≤ 0 or NaN/inf."""
    if not 0 < norm < float("inf"):
        raise InvalidInput(f"the clip norm must be a finite number above 0, got {norm!r}")
    vector = np.array(update, dtype=np.float64)
    require_finite("update", vector)
    length = float(np.linalg.norm(vector))
    return vector * (norm / length) if length > norm else vector


def add_gaussian_noise(update: ArrayLike, stddev: float, rng: np.random.Generator) -> Floats:
    """`update` plus independent N(0, stddev²) in each coordinate. Raises InvalidInput for a negative stddev.

    numpy's generator serves simulation and accounting; it is no defence against who can guess its seed, so a client
    seeds `rng` from the operating system (`numpy.random.default_rng()` without a seed).
    """
    if not 0 <= stddev < float("inf"):
        raise InvalidInput(f"the noise's standard deviation must be a finite number of at least 0, got {stddev!r}")
    vector = np.asarray(update, dtype=np.float64)
    return vector + rng.normal(scale=stddev, size=vector.shape)


def _check_settings(settings: LocalTraining) -> None:
    if settings.epochs < 1 or settings.batch_size < 0:
        raise InvalidInput(f"epochs must be at least 1 and batch_size at least 0, got {settings}")
    if not 0 < settings.learning_rate < float("inf") or not 0 <= settings.momentum < 1:
        raise InvalidInput(f"learning_rate must be above 0 and momentum in [0, 1), got {settings}")


def checked_training_data(
    model: Model, weights: ArrayLike, X: ArrayLike, y: ArrayLike
) -> tuple[Floats, Floats, NDArray[Any]]:
    """Weights, features and labels as arrays. Raises InvalidInput for no rows, not one label each, or non-finite."""
    old = checked_weights(weights, model.n_parameters)
    features, labels = np.asarray(X, dtype=np.float64), np.asarray(y)
    if len(features) == 0 or len(features) != len(labels):
        raise InvalidInput(f"training wants one label per row and at least one row, got {len(features)}, {len(labels)}")
    for name, values in (("weights", old), ("features", features), ("labels", labels)):
        require_finite(name, values)
    return old, features, labels
