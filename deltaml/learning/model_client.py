"""A model and the rows of one data owner as a client."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats, Rows
from deltaml.learning.client import Arrays, Config, Metrics
from deltaml.learning.model import Model
from deltaml.learning.training import LocalTraining, add_gaussian_noise, clip_to_norm, train_locally


@runtime_checkable
class TrainsItself(Protocol):
    """A model with a way of its own to train, such as a scikit-learn estimator's."""

    def train(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike, random_state: int) -> Floats:
        """The update float64[d] = new weights − old weights."""
        ...


@dataclass(frozen=True, eq=False)
class ModelClient:
    """Trains `model` on `rows` and evaluates it on `held_out` (default: the same rows). Parameters are [weights[d]].

    A model that trains itself needs no `training`. A `clip_norm` here or in the round's configuration shortens the
    update; noise of standard deviation `noise_stddev` per weight is added after that, from the operating system's
    randomness. `random_state` makes the training itself repeatable.
    """

    model: Model
    rows: Rows
    training: LocalTraining | None = None
    held_out: Rows | None = None
    clip_norm: float | None = None
    noise_stddev: float = 0.0
    random_state: int | None = None

    def __post_init__(self) -> None:
        if self.training is None and not isinstance(self.model, TrainsItself):
            raise InvalidInput(f"{type(self.model).__name__} does not train itself: give `training`")

    def get_parameters(self, config: Config) -> Arrays:
        return [self.model.initial(self.random_state or 0)]

    def fit(self, parameters: Arrays, config: Config) -> tuple[Arrays, int, Metrics]:
        (weights,) = parameters
        update = self._trained(weights, self._seed(config))
        norms = [norm for norm in (self.clip_norm, config.get("clip_norm")) if norm is not None]
        for norm in norms:
            update = clip_to_norm(update, float(norm))
        if self.noise_stddev:
            update = add_gaussian_noise(update, self.noise_stddev, np.random.default_rng())
        return [weights + update], len(self.rows[1]), {}

    def evaluate(self, parameters: Arrays, config: Config) -> tuple[float, int, Metrics]:
        (weights,) = parameters
        X, y = self.held_out or self.rows
        metrics: Metrics = {self.model.metric_name: self.model.metric(weights, X, y)}
        return self.model.loss(weights, X, y), len(y), metrics

    def _trained(self, weights: Floats, seed: int) -> Floats:
        if self.training is None:
            assert isinstance(self.model, TrainsItself)
            return self.model.train(weights, *self.rows, seed)
        return train_locally(self.model, weights, *self.rows, self.training, seed)

    def _seed(self, config: Config) -> int:
        """From the operating system, or the same for the same round."""
        entropy = None if self.random_state is None else [self.random_state, int(config.get("server_round", 0))]
        return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)
