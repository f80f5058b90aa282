"""Multinomial logistic regression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deltaml.learning.arrays import Floats, Ints, checked_features, checked_labels, checked_weights
from deltaml.learning.cross_entropy import cross_entropy, cross_entropy_slopes


@dataclass(frozen=True)
class Softmax:
    """Cross-entropy over n_outputs classes plus l2/2·|W|².

    Flat weights are W[n_features, n_outputs], row-major, then b[n_outputs].
    """

    n_features: int
    n_outputs: int
    l2: float = 0.0
    metric_name = "accuracy"

    @property
    def n_parameters(self) -> int:
        return (self.n_features + 1) * self.n_outputs

    def initial(self, random_state: int) -> Floats:
        """Zeros: the loss is convex, so there is no symmetry to break."""
        return np.zeros(self.n_parameters)

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        return float(self.losses(np.atleast_2d(weights), X, y)[0])

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        layers = self._layers(weights_matrix)
        features = checked_features(X, self.n_features)
        labels = checked_labels(y, len(features), self.n_outputs)
        penalty = self.l2 / 2 * np.sum(layers[:, :-1] ** 2, axis=(1, 2))
        return cross_entropy(_logits(layers, features), labels) + penalty

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        layers = self._layers(np.atleast_2d(weights))
        features = checked_features(X, self.n_features)
        labels = checked_labels(y, len(features), self.n_outputs)
        slopes = cross_entropy_slopes(_logits(layers, features)[0], labels)
        matrix = features.T @ slopes + self.l2 * layers[0, :-1]
        return np.concatenate([matrix.ravel(), slopes.sum(axis=0)])

    def predict(self, weights: ArrayLike, X: ArrayLike) -> Ints:
        features = checked_features(X, self.n_features)
        return np.argmax(_logits(self._layers(np.atleast_2d(weights)), features)[0], axis=1).astype(np.int64)

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Share of rows whose label is predicted."""
        predicted = self.predict(weights, X)
        return float(np.mean(predicted == checked_labels(y, len(predicted), self.n_outputs)))

    def _layers(self, weights_matrix: ArrayLike) -> Floats:
        """[m, n_features + 1, n_outputs]: the last row is the bias."""
        many = checked_weights(weights_matrix, self.n_parameters)
        return many.reshape(len(many), self.n_features + 1, self.n_outputs)


def _logits(layers: Floats, features: Floats) -> Floats:
    return np.asarray(features @ layers[:, :-1] + layers[:, -1:], dtype=np.float64)
