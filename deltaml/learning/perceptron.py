"""A perceptron of any depth on numpy: what a scikit-learn MLP computes, with losses for many weights and a gradient."""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from deltaml.learning.arrays import Floats, checked_features, checked_labels, checked_targets, checked_weights
from deltaml.learning.cross_entropy import cross_entropy, cross_entropy_slopes

HiddenActivation = Literal["identity", "logistic", "tanh", "relu"]


@dataclass(frozen=True)
class Perceptron:
    """Layers of `sizes`, inputs first, outputs last.

    One output and n_classes 0: regression, loss half the mean square. One output and n_classes 2: log loss of a
    logistic output. Else cross-entropy. Flat weights are, layer by layer, the matrix [inputs, outputs], row-major, and
    its biases.
    """

    sizes: tuple[int, ...]
    activation: HiddenActivation
    n_classes: int

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        pairs = zip(self.sizes[:-1], self.sizes[1:], strict=True)
        return [shape for a, b in pairs for shape in ((a, b), (b,))]

    @property
    def n_parameters(self) -> int:
        return sum(prod(shape) for shape in self.shapes)

    @property
    def metric_name(self) -> str:
        return "accuracy" if self.n_classes else "R2"

    def initial(self, random_state: int) -> Floats:
        """Normal weights with variance 1/fan-in (LeCun), zero biases."""
        rng = np.random.default_rng(random_state)
        parts = [
            (rng.normal(size=shape) / np.sqrt(shape[0])).ravel() if len(shape) == 2 else np.zeros(shape)
            for shape in self.shapes
        ]
        return np.concatenate(parts)

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        features, targets = self._rows(X, y)
        output = self._forward(weights, features)[-1]
        if self.n_classes > 2:
            return float(cross_entropy(output[None], targets.astype(np.int64))[0])
        if self.n_classes == 2:
            return float(np.mean(np.logaddexp(0.0, output[:, 0]) - targets * output[:, 0]))
        return float(np.mean((output[:, 0] - targets) ** 2) / 2)

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        many = checked_weights(np.atleast_2d(weights_matrix), self.n_parameters)
        return np.array([self.loss(weights, X, y) for weights in many])

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        features, targets = self._rows(X, y)
        layers, values = self._layers(weights), self._forward(weights, features)
        slopes = self._output_slopes(values[-1], targets)
        parts: list[Floats] = []
        for place in range(len(layers) - 1, -1, -1):
            parts[:0] = [(values[place].T @ slopes).ravel(), slopes.sum(axis=0)]
            if place:
                slopes = slopes @ layers[place][0].T * self._activation_slopes(values[place])
        return np.concatenate(parts)

    def predict(self, weights: ArrayLike, X: ArrayLike) -> NDArray[np.int64] | Floats:
        output = self._forward(weights, checked_features(X, self.sizes[0]))[-1]
        if self.n_classes > 2:
            return np.argmax(output, axis=1).astype(np.int64)
        return (output[:, 0] > 0).astype(np.int64) if self.n_classes == 2 else output[:, 0]

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Share of rows whose label is predicted; R2 in regression (of constant targets 1 if hit, else 0)."""
        features, targets = self._rows(X, y)
        predicted = self.predict(weights, features)
        if self.n_classes:
            return float(np.mean(predicted == targets))
        total, rest = float(np.sum((targets - targets.mean()) ** 2)), float(np.sum((targets - predicted) ** 2))
        return 1 - rest / total if total else float(rest == 0)

    def _rows(self, X: ArrayLike, y: ArrayLike) -> tuple[Floats, NDArray[np.int64] | Floats]:
        features = checked_features(X, self.sizes[0])
        if self.n_classes:
            return features, checked_labels(y, len(features), self.n_classes)
        return features, checked_targets(y, len(features))

    def _layers(self, weights: ArrayLike) -> list[tuple[Floats, Floats]]:
        (vector,) = checked_weights(np.atleast_2d(weights), self.n_parameters)
        cuts = np.cumsum([prod(shape) for shape in self.shapes])[:-1]
        arrays = [part.reshape(shape) for part, shape in zip(np.split(vector, cuts), self.shapes, strict=True)]
        return list(zip(arrays[::2], arrays[1::2], strict=True))

    def _forward(self, weights: ArrayLike, features: Floats) -> list[Floats]:
        """The input, every hidden layer, and the output before its activation."""
        layers, values = self._layers(weights), [features]
        for place, (matrix, bias) in enumerate(layers):
            sums = values[-1] @ matrix + bias
            values.append(sums if place == len(layers) - 1 else self._activated(sums))
        return values

    def _activated(self, sums: Floats) -> Floats:
        if self.activation == "identity":
            return sums
        if self.activation == "logistic":
            return np.asarray(expit(sums), dtype=np.float64)
        return np.tanh(sums) if self.activation == "tanh" else np.maximum(sums, 0.0)

    def _activation_slopes(self, values: Floats) -> Floats:
        """From the activated values."""
        if self.activation == "identity":
            return np.ones_like(values)
        if self.activation == "logistic":
            return values * (1.0 - values)
        return 1.0 - values**2 if self.activation == "tanh" else (values > 0).astype(np.float64)

    def _output_slopes(self, output: Floats, targets: NDArray[np.int64] | Floats) -> Floats:
        if self.n_classes > 2:
            return cross_entropy_slopes(output, targets.astype(np.int64))
        predicted = expit(output[:, 0]) if self.n_classes == 2 else output[:, 0]
        return np.asarray((predicted - targets)[:, None] / len(targets), dtype=np.float64)
