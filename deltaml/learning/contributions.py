"""What each update did for the validation loss: Aumann–Shapley scores."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.aggregation import normalised
from deltaml.learning.arrays import Floats


def path_gradient(
    model_gradient: Callable[[Floats], Floats], start: ArrayLike, step: ArrayLike, nodes: int = 4
) -> Floats:
    """h[d] = ∫₀¹ ∇L(start + τ·step) dτ by Gauss–Legendre quadrature with `nodes` gradients.

    Exact for losses that are polynomials of degree 2·nodes in τ: one node for squared loss. Raises InvalidInput for
    nodes < 1 or vectors of different shapes.
    """
    origin, direction = np.asarray(start, dtype=np.float64), np.asarray(step, dtype=np.float64)
    if nodes < 1 or origin.shape != direction.shape:
        raise InvalidInput(f"wanted nodes ≥ 1 and equal shapes, got {nodes}, {origin.shape}, {direction.shape}")
    places, shares = np.polynomial.legendre.leggauss(nodes)
    total = np.zeros_like(origin)
    for place, share in zip((places + 1) / 2, shares / 2, strict=True):  # moved from [−1, 1] to [0, 1]
        total += share * model_gradient(origin + place * direction)
    return total


def aumann_shapley(updates: ArrayLike, weights: ArrayLike, path_gradient: ArrayLike) -> Floats:
    """φ[n] with φ_i = −p_i·⟨u_i, h⟩ for updates[n, d], stakes weights[n] and h[d]; p = weights / Σ weights.

    Σ φ_i is the fall of the loss over the whole step, an update of zeros scores 0, and for quadratic losses φ is the
    Shapley value. Linear in each update, so it can be computed under encryption.
    Source: Aumann & Shapley, "Values of Non-Atomic Games", 1974. Raises InvalidInput for shapes that don't match.
    """
    matrix, h = np.asarray(updates, dtype=np.float64), np.asarray(path_gradient, dtype=np.float64)
    if matrix.ndim != 2 or h.shape != matrix.shape[1:]:
        raise InvalidInput(f"updates {matrix.shape} and path gradient {h.shape} don't match (n, d) and (d,)")
    return np.asarray(-normalised(weights, len(matrix)) * (matrix @ h), dtype=np.float64)


def project_off(vector: ArrayLike, directions: ArrayLike, tolerance: float = 1e-9) -> Floats:
    """`vector`[d] less its part in the span of directions[k, d]; k may be 0.

    Directions are scaled to length 1; singular values below `tolerance` times the largest count as dependent, so
    repeated or zero directions do no harm. Raises InvalidInput for shapes that don't match.
    """
    target, rows = np.asarray(vector, dtype=np.float64), np.asarray(directions, dtype=np.float64)
    if len(rows) == 0:
        return target.copy()
    if rows.ndim != 2 or target.shape != rows.shape[1:]:
        raise InvalidInput(f"vector {target.shape} and directions {rows.shape} don't match (d,) and (k, d)")
    lengths = np.linalg.norm(rows, axis=1)
    rows = rows[lengths > 0] / lengths[lengths > 0, None]
    if len(rows) == 0:
        return target.copy()
    _, singular, basis = np.linalg.svd(rows, full_matrices=False)
    basis = basis[singular > tolerance * singular[0]]
    rest = target - basis.T @ (basis @ target)
    return np.asarray(rest - basis.T @ (basis @ rest), dtype=np.float64)  # again: once leaves rounding behind


def carry_deficits(scores: Sequence[int], carried: Sequence[int]) -> tuple[list[int], list[int]]:
    """(payable, carried) from this round's integer scores and what earlier rounds carried, all ≤ 0 (rule R3).

    payable_i = max(0, s_i + c_i) and the new c_i = min(0, s_i + c_i): harm is worked off before pay starts again.
    Raises InvalidInput for different lengths or a positive carry.
    """
    if len(scores) != len(carried) or any(c > 0 for c in carried):
        raise InvalidInput(f"wanted one carry ≤ 0 per score, got {len(scores)} scores and carries {list(carried)}")
    sums = [int(s) + int(c) for s, c in zip(scores, carried, strict=True)]
    return [max(0, total) for total in sums], [min(0, total) for total in sums]
