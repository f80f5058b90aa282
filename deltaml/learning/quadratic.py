"""Losses that are quadratic in the weights: all a trainer needs for a step on an encrypted model is A and b."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats, checked_features, checked_targets, checked_weights, require_finite

QuadraticKind = Literal["linear", "logistic"]


@dataclass(frozen=True, eq=False)
class QuadraticLoss:
    """w'Aw / 2 - b'w + constant, for a symmetric positive-semidefinite A float64[d, d] and b float64[d]."""

    matrix: Floats
    offset: Floats
    constant: float = 0.0

    def gradient(self, weights: ArrayLike) -> Floats:
        """A w - b. Raises InvalidInput for weights of another length."""
        vector = checked_weights(weights, len(self.offset))
        return np.asarray(self.matrix @ vector - self.offset, dtype=np.float64)

    def loss(self, weights: ArrayLike) -> float:
        """For "linear" the loss of Linear; for "logistic" its second-order surrogate. Raises as `gradient`."""
        vector = checked_weights(weights, len(self.offset))
        return float(vector @ (self.matrix @ vector) / 2 - self.offset @ vector + self.constant)

    def bounded(self, weight_norm: float, gradient_norm: float) -> QuadraticLoss:
        """Scaled by one factor of at most 1, so that |A w - b| <= gradient_norm wherever |w| <= weight_norm.

        What clipping is to an update: a trainer can't clip a gradient that he never sees. Raises InvalidInput unless
        both norms are finite and above 0.
        """
        if not (0 < weight_norm < np.inf and 0 < gradient_norm < np.inf):
            raise InvalidInput(f"norms are {weight_norm} and {gradient_norm}; expected finite numbers above 0")
        largest = np.linalg.norm(self.matrix, 2) * weight_norm + np.linalg.norm(self.offset)
        if largest <= gradient_norm:
            return self
        factor = float(gradient_norm / largest)
        return replace(self, matrix=factor * self.matrix, offset=factor * self.offset, constant=factor * self.constant)


def normal_equations(X: ArrayLike, y: ArrayLike, kind: QuadraticKind, l2: float = 0.0) -> QuadraticLoss:
    """The loss of these rows; weights are w[n_features] then the intercept, as in Linear and Logistic.

    "linear": A = X'X / n, b = X'y / n, the same loss as Linear. "logistic": A = X'X / 4n, b = X'y / 2n for labels
    y in {-1, 1}, the second-order Taylor surrogate of the log loss at 0 (Hardy et al., arXiv 1711.10677, 2017). l2 is
    added to the diagonal, not on the intercept. Raises InvalidInput for other shapes, labels, kinds, for numbers that
    are not finite, or a negative l2.
    """
    given = np.asarray(X, dtype=np.float64)
    features = checked_features(given, given.shape[1] if given.ndim == 2 else 0)
    targets = checked_targets(y, len(features))
    require_finite("features", features)
    require_finite("targets", targets)
    if not 0 <= l2 < np.inf:
        raise InvalidInput(f"l2 must be a finite number of at least 0, got {l2!r}")
    rows, n = np.column_stack([features, np.ones(len(features))]), len(features)
    penalty = l2 * np.diag(np.append(np.ones(features.shape[1]), 0.0))
    if kind == "linear":
        return QuadraticLoss(rows.T @ rows / n + penalty, rows.T @ targets / n, float(targets @ targets) / (2 * n))
    if kind == "logistic":
        if not np.isin(targets, (-1.0, 1.0)).all():
            raise InvalidInput("labels of the logistic surrogate are -1 and 1")
        return QuadraticLoss(rows.T @ rows / (4 * n) + penalty, rows.T @ targets / (2 * n), float(np.log(2)))
    raise InvalidInput(f"unknown kind {kind!r}; known: linear, logistic")
