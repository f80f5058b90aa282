"""Multi-layer perceptron with one hidden layer."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from deltaml.learning.arrays import Floats, Ints, checked_features, checked_labels, checked_weights
from deltaml.learning.cross_entropy import cross_entropy, cross_entropy_slopes

Activation = Literal["tanh", "relu"]


@dataclass(frozen=True)
class Mlp:
    """Softmax classifier over one hidden layer, cross-entropy plus l2/2·(|V|² + |W|²).

    Flat weights are V[n_features, n_hidden], a[n_hidden], W[n_hidden, n_outputs], b[n_outputs], each row-major.
    """

    n_features: int
    n_hidden: int
    n_outputs: int
    l2: float = 0.0
    activation: Activation = "tanh"
    metric_name = "accuracy"

    @property
    def n_parameters(self) -> int:
        return (self.n_features + 1) * self.n_hidden + (self.n_hidden + 1) * self.n_outputs

    def initial(self, random_state: int) -> Floats:
        """Normal weights with variance 1/fan-in (LeCun), zero biases."""
        rng = np.random.default_rng(random_state)
        V = rng.normal(size=(self.n_features, self.n_hidden)) / np.sqrt(self.n_features)
        W = rng.normal(size=(self.n_hidden, self.n_outputs)) / np.sqrt(self.n_hidden)
        return np.concatenate([V.ravel(), np.zeros(self.n_hidden), W.ravel(), np.zeros(self.n_outputs)])

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        return float(self.losses(np.atleast_2d(weights), X, y)[0])

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        V, a, W, b = self._layers(weights_matrix)
        features = checked_features(X, self.n_features)
        labels = checked_labels(y, len(features), self.n_outputs)
        penalty = self.l2 / 2 * (np.sum(V**2, axis=(1, 2)) + np.sum(W**2, axis=(1, 2)))
        return cross_entropy(self._activate(features @ V + a) @ W + b, labels) + penalty

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        V, a, W, b = (layer[0] for layer in self._layers(np.atleast_2d(weights)))
        features = checked_features(X, self.n_features)
        labels = checked_labels(y, len(features), self.n_outputs)
        hidden = self._activate(features @ V + a)
        slopes = cross_entropy_slopes(hidden @ W + b, labels)
        hidden_slopes = slopes @ W.T * (1.0 - hidden**2 if self.activation == "tanh" else hidden > 0)
        return np.concatenate(
            [
                (features.T @ hidden_slopes + self.l2 * V).ravel(),
                hidden_slopes.sum(axis=0),
                (hidden.T @ slopes + self.l2 * W).ravel(),
                slopes.sum(axis=0),
            ]
        )

    def predict(self, weights: ArrayLike, X: ArrayLike) -> Ints:
        V, a, W, b = (layer[0] for layer in self._layers(np.atleast_2d(weights)))
        logits = self._activate(checked_features(X, self.n_features) @ V + a) @ W + b
        return np.argmax(logits, axis=1).astype(np.int64)

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Share of rows whose label is predicted."""
        predicted = self.predict(weights, X)
        return float(np.mean(predicted == checked_labels(y, len(predicted), self.n_outputs)))

    def _activate(self, values: Floats) -> Floats:
        return np.tanh(values) if self.activation == "tanh" else np.maximum(values, 0.0)

    def _layers(self, weights_matrix: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
        """V[m, f, h], a[m, 1, h], W[m, h, k], b[m, 1, k] as views."""
        many = checked_weights(weights_matrix, self.n_parameters)
        f, h, k = self.n_features, self.n_hidden, self.n_outputs
        V, a, W, b = np.split(many, np.cumsum([f * h, h, h * k]), axis=1)
        return V.reshape(-1, f, h), a.reshape(-1, 1, h), W.reshape(-1, h, k), b.reshape(-1, 1, k)
