"""Losses that are quadratic in the weights: all a trainer needs for a step on an encrypted model is A and b."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from deltaml.learning.arrays import Floats

QuadraticKind = Literal["linear", "logistic"]


@dataclass(frozen=True)
class QuadraticLoss:
    """w'Aw / 2 - b'w + constant, for a symmetric matrix A float64[d, d] and offset b float64[d]."""

    matrix: Floats
    offset: Floats
    constant: float = 0.0

    def gradient(self, weights: ArrayLike) -> Floats:
        """A w - b."""
        raise NotImplementedError

    def loss(self, weights: ArrayLike) -> float:
        raise NotImplementedError

    def bounded(self, weight_norm: float, gradient_norm: float) -> QuadraticLoss:
        """Scaled by one factor of at most 1, so that |A w - b| <= gradient_norm wherever |w| <= weight_norm."""
        raise NotImplementedError


def normal_equations(X: ArrayLike, y: ArrayLike, kind: QuadraticKind, l2: float = 0.0) -> QuadraticLoss:
    """The loss of these rows; weights are w[n_features] then the intercept, as in Linear and Logistic.

    "linear": A = X'X / n, b = X'y / n, the same loss as Linear. "logistic": A = X'X / 4n, b = X'y / 2n for labels
    y in {-1, 1}, the second-order Taylor surrogate of the log loss at 0 (Hardy et al., arXiv 1711.10677, 2017). l2 is
    added to the diagonal, not on the intercept. Raises InvalidInput for other shapes, labels, kinds, or a negative l2.
    """
    raise NotImplementedError
