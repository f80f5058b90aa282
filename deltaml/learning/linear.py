"""Ridge regression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deltaml.learning.arrays import Floats, checked_features, checked_targets, checked_weights


@dataclass(frozen=True)
class Linear:
    """Loss mean((y − Xw − b)²)/2 + l2/2·|w|²; flat weights are w[n_features] then b.

    Same minimum as scikit-learn's Ridge with alpha = rows·l2.
    """

    n_features: int
    l2: float = 0.0
    metric_name = "R2"

    @property
    def n_parameters(self) -> int:
        return self.n_features + 1

    def initial(self, random_state: int) -> Floats:
        """Zeros: the loss is convex, so there is no symmetry to break."""
        return np.zeros(self.n_parameters)

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        return float(self.losses(np.atleast_2d(weights), X, y)[0])

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        many = checked_weights(weights_matrix, self.n_parameters)
        features = checked_features(X, self.n_features)
        residuals = many[:, :-1] @ features.T + many[:, -1:] - checked_targets(y, len(features))
        penalty = self.l2 / 2 * np.sum(many[:, :-1] ** 2, axis=1)
        return np.asarray(np.mean(residuals**2, axis=1) / 2 + penalty, dtype=np.float64)

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        vector = checked_weights(weights, self.n_parameters)
        features = checked_features(X, self.n_features)
        residuals = (features @ vector[:-1] + vector[-1] - checked_targets(y, len(features))) / len(features)
        return np.append(features.T @ residuals + self.l2 * vector[:-1], residuals.sum())

    def predict(self, weights: ArrayLike, X: ArrayLike) -> Floats:
        vector = checked_weights(weights, self.n_parameters)
        return np.asarray(checked_features(X, self.n_features) @ vector[:-1] + vector[-1], dtype=np.float64)

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """R², the share of the targets' variance that is explained; for constant targets 1 if all hit, else 0."""
        predicted = self.predict(weights, X)
        targets = checked_targets(y, len(predicted))
        unexplained = float(np.sum((targets - predicted) ** 2))
        total = float(np.sum((targets - targets.mean()) ** 2))
        if total == 0.0:
            return 1.0 if unexplained == 0.0 else 0.0
        return 1.0 - unexplained / total
