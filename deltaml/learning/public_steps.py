"""The public baseline: what anyone can gain from steps that are already known."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats


def best_in_span(
    loss_and_gradient: Callable[[Floats], tuple[float, Floats]], start: ArrayLike, steps: ArrayLike
) -> Floats:
    """Coefficients c[k] that make the loss at start + Σ c_j·steps_j small, for start[d] and steps[k, d].

    Never worse than c = 0, which is returned when no descent is found. Zero steps get 0. Source: sequential subspace
    optimisation, Narkiss & Zibulevsky 2005 (CCIT report 559). Raises InvalidInput for shapes that don't match.
    """
    origin, rows = np.asarray(start, dtype=np.float64), np.asarray(steps, dtype=np.float64)
    coefficients = np.zeros(len(rows))
    if len(rows) == 0:
        return coefficients
    if rows.ndim != 2 or origin.shape != rows.shape[1:]:
        raise InvalidInput(f"start {origin.shape} and steps {rows.shape} don't match (d,) and (k, d)")
    lengths = np.linalg.norm(rows, axis=1)
    used = lengths > 0
    if not used.any():
        return coefficients
    # All directions get the longest one's length: BFGS's first trial, one unit, is then about one round's step.
    scales = lengths.max() / lengths[used]
    directions = rows[used] * scales[:, None]

    def along(point: Floats) -> tuple[float, Floats]:
        loss, gradient = loss_and_gradient(origin + point @ directions)
        return loss, directions @ gradient

    # Only oracles search; trainers need not wait for it to load.
    from scipy.optimize import minimize

    found = minimize(along, np.zeros(len(directions)), jac=True, method="BFGS")
    if np.isfinite(found.x).all() and along(found.x)[0] < loss_and_gradient(origin)[0]:
        coefficients[used] = found.x * scales
    return coefficients


def known_steps(models: Sequence[Floats], newest: int) -> Floats:
    """The steps that scores are made blind to: [k, d], oldest first, from the public models w_0…w_r.

    They are the `newest` last ones and, where that leaves half of the model's d directions to be scored, the whole way
    to them from w_0: it is public too, and in a small model longer than what a few steps span. None if `newest` is 0.
    """
    looked_at = list(models[-newest - 1 :])
    if newest and len(models) > len(looked_at) and 2 * (newest + 1) <= len(models[0]) + 1:
        looked_at.insert(0, models[0])
    return np.diff(looked_at, axis=0) if newest else np.empty((0, len(models[0])))
