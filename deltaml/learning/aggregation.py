"""Federated averaging with stakes as weights."""

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats


def normalised(weights: ArrayLike, n: int) -> Floats:
    """p[n] = weights / Σ weights. Raises InvalidInput unless there are n finite weights ≥ 0 with a positive sum."""
    stakes = np.asarray(weights, dtype=np.float64)
    if stakes.shape != (n,):
        raise InvalidInput(f"got weights of shape {stakes.shape} for {n} updates: give one weight each")
    if not np.isfinite(stakes).all() or (stakes < 0).any() or stakes.sum() == 0:
        raise InvalidInput("weights must be finite, not negative, and not all zero")
    return np.asarray(stakes / stakes.sum(), dtype=np.float64)


def weighted_mean(updates: ArrayLike, weights: ArrayLike) -> Floats:
    """Σ p_i·u_i for updates[n, d] with p = weights / Σ weights: float64[d] (rule R1).

    Source: McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", 2017; there
    the weights are row counts, here stakes, since nobody can check a row count. Raises InvalidInput for other shapes.
    """
    matrix = np.asarray(updates, dtype=np.float64)
    if matrix.ndim != 2:
        raise InvalidInput(f"updates have shape {matrix.shape}, expected (trainers, parameters)")
    return np.asarray(normalised(weights, len(matrix)) @ matrix, dtype=np.float64)
