"""Binary logistic regression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from deltaml.learning.arrays import Floats, Ints, checked_features, checked_labels, checked_weights


@dataclass(frozen=True)
class Logistic:
    """Log loss for labels 0 and 1, plus l2/2·|w|²; flat weights are w[n_features] then the bias.

    Same minimum as scikit-learn's LogisticRegression with C = 1 / (rows·l2).
    """

    n_features: int
    l2: float = 0.0
    metric_name = "accuracy"

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
        labels = checked_labels(y, len(features), 2)
        logits = many[:, :-1] @ features.T + many[:, -1:]
        # log(1 + e^z) − y·z never overflows through logaddexp, whatever the logits.
        fit = np.mean(np.logaddexp(0.0, logits) - labels * logits, axis=1)
        return np.asarray(fit + self.l2 / 2 * np.sum(many[:, :-1] ** 2, axis=1), dtype=np.float64)

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        vector = checked_weights(weights, self.n_parameters)
        features = checked_features(X, self.n_features)
        labels = checked_labels(y, len(features), 2)
        slopes = (expit(features @ vector[:-1] + vector[-1]) - labels) / len(features)
        gradient = np.empty_like(vector)  # np.append takes longer than the products do
        gradient[:-1] = features.T @ slopes + self.l2 * vector[:-1]
        gradient[-1] = slopes.sum()
        return gradient

    def predict(self, weights: ArrayLike, X: ArrayLike) -> Ints:
        vector = checked_weights(weights, self.n_parameters)
        return np.asarray(checked_features(X, self.n_features) @ vector[:-1] + vector[-1] > 0, dtype=np.int64)

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Share of rows whose label is predicted."""
        predicted = self.predict(weights, X)
        return float(np.mean(predicted == checked_labels(y, len(predicted), 2)))
