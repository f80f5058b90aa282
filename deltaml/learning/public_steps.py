"""The public baseline: what anyone can gain from steps that are already known."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats

# In parts of the loss: where a convex search stops is then at most GRADIENT_TOLERANCE² / 4λ of it above the bottom,
# 2.5e-8 for the least λ.
GRADIENT_TOLERANCE = 1e-6
# Singular values of the normed steps below this part of the greatest say no more than rounding to fixed point does.
DEPENDENT = 1e-6
LEAST_RIDGE = 1e-5

LossAndGradient: TypeAlias = Callable[[Floats], tuple[float, Floats]]
"""w[d] → (loss at w, its gradient[d])."""


def ridge_for(n_rows: int) -> float:
    """λ of `damped` for a validation set of n_rows: what a coefficient gains by fitting rows instead of what they stand
    for shrinks as 1/n_rows, and so does what the search is charged for it."""
    return max(1 / n_rows, LEAST_RIDGE)


def damped(loss_and_gradient: LossAndGradient, start: Floats, newest: Floats, ridge: float) -> LossAndGradient:
    """What the search makes small: L(w) + λ·L(start)·|w − start|² / |newest|², for start[d] and the newest step[d].

    A loss that is never negative then keeps the search within |newest|/√λ of where it starts.
    """
    weight = ridge * loss_and_gradient(start)[0] / float(newest @ newest)

    def objective(point: Floats) -> tuple[float, Floats]:
        loss, gradient = loss_and_gradient(point)
        moved = point - start
        return loss + weight * float(moved @ moved), gradient + 2 * weight * moved

    return objective


def best_in_span(loss_and_gradient: LossAndGradient, start: ArrayLike, steps: ArrayLike, ridge: float) -> Floats:
    """Coefficients c[k] that make `damped` small at start + Σ c_j·steps_j, for start[d] and steps[k, d], newest last.

    ridge: λ, see `ridge_for`.
    Never worse than c = 0, which is returned when no descent is found or the newest step is none. The loss may not be
    negative. Source: sequential subspace optimisation, Narkiss & Zibulevsky 2005 (CCIT report 559). Raises InvalidInput
    for shapes that don't match.
    """
    origin, rows = np.asarray(start, dtype=np.float64), np.asarray(steps, dtype=np.float64)
    nowhere = np.zeros(len(rows))
    if len(rows) == 0:
        return nowhere
    if rows.ndim != 2 or origin.shape != rows.shape[1:]:
        raise InvalidInput(f"start {origin.shape} and steps {rows.shape} don't match (d,) and (k, d)")
    length, loss = float(np.linalg.norm(rows[-1])), loss_and_gradient(origin)[0]
    if not length or not 0 < loss < np.inf:
        return nowhere
    # In orthonormal directions, units of the newest step and of the loss, λ alone bounds the curvature from below:
    # where the search stops does not depend on how alike the steps are.
    objective, (basis, of_steps) = damped(loss_and_gradient, origin, rows[-1], ridge), _orthonormal(rows)

    def along(point: Floats) -> tuple[float, Floats]:
        value, gradient = objective(origin + length * (point @ basis))
        return value / loss, length / loss * (basis @ gradient)

    # Only oracles search; trainers need not wait for it to load.
    from scipy.optimize import minimize

    found = minimize(along, np.zeros(len(basis)), jac=True, method="BFGS", options={"gtol": GRADIENT_TOLERANCE}).x
    if np.isfinite(found).all() and along(found)[0] < 1:
        return np.asarray(length * (found @ of_steps), dtype=np.float64)
    return nowhere


def _orthonormal(rows: Floats) -> tuple[Floats, Floats]:
    """(basis[m, d], c[m, k]) with basis = c @ rows, of least norm; what is next to dependent in rows[k, d] is left out.

    Each row counts as much as any other, however short.
    """
    lengths = np.linalg.norm(rows, axis=1)
    shares = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    left, sizes, right = np.linalg.svd(rows * shares[:, None], full_matrices=False)
    used = sizes > DEPENDENT * sizes[0]
    return right[used], (left[:, used] / sizes[used]).T * shares


def known_steps(models: Sequence[Floats], newest: int) -> Floats:
    """The steps that scores are made blind to: [k, d], oldest first, from the public models w_0…w_r.

    They are the `newest` last ones and, where that leaves half of the model's d directions to be scored, the whole way
    to them from w_0: it is public too, and in a small model longer than what a few steps span. None if `newest` is 0.
    """
    looked_at = list(models[-newest - 1 :])
    if newest and len(models) > len(looked_at) and 2 * (newest + 1) <= len(models[0]) + 1:
        looked_at.insert(0, models[0])
    return np.diff(looked_at, axis=0) if newest else np.empty((0, len(models[0])))
