"""The Shapley value over all coalitions: the slow, obvious twin of the Aumann–Shapley scores."""

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.aggregation import normalised
from deltaml.learning.arrays import Floats

_MOST_PLAYERS = 20
_CHUNK = 128  # coalitions evaluated at once: bounds the memory of batched models


def exact_shapley(utilities: ArrayLike) -> Floats:
    """φ[n] of the game utilities[2**n]; entry T is the coalition of the players whose bits are set in T.

    φ_i = Σ_T |T|!(n−|T|−1)!/n! · (v(T∪i) − v(T)). Source: Shapley, "A Value for n-Person Games", 1953.
    Raises InvalidInput unless the length is 2**n with 1 ≤ n ≤ 20.
    """
    values = np.asarray(utilities, dtype=np.float64)
    n = values.size.bit_length() - 1
    if values.shape != (2**n,) or not 1 <= n <= _MOST_PLAYERS:
        raise InvalidInput(f"utilities have shape {values.shape}, expected 2**n entries with 1 ≤ n ≤ {_MOST_PLAYERS}")
    sizes = np.bitwise_count(np.arange(2**n))
    chances = np.array([1 / (n * comb(n - 1, size)) for size in range(n)])
    phi = np.empty(n)
    for player in range(n):
        # Axis 1 is the player's bit: [:, 0] are the coalitions without, [:, 1] the same ones with the player.
        with_and_without = values.reshape(-1, 2, 2**player)
        gains = with_and_without[:, 1] - with_and_without[:, 0]
        phi[player] = np.sum(chances[sizes.reshape(-1, 2, 2**player)[:, 0]] * gains)
    return phi


def coalition_utilities(
    loss_of_many: Callable[[Floats], Floats], start: ArrayLike, updates: ArrayLike, weights: ArrayLike
) -> Floats:
    """v[2**n] with v(T) = L(start) − L(start + Σ_{i∈T} p_i·u_i), p = weights / Σ weights over *all* n members.

    `loss_of_many` maps models[m, d] to losses[m]; start[d], updates[n, d], weights[n]. Costs 2**n evaluations.
    Raises InvalidInput for shapes that don't match or more than 20 members.
    """
    origin, matrix = np.asarray(start, dtype=np.float64), np.asarray(updates, dtype=np.float64)
    if matrix.ndim != 2 or origin.shape != matrix.shape[1:] or not 1 <= len(matrix) <= _MOST_PLAYERS:
        raise InvalidInput(f"start {origin.shape} and updates {matrix.shape} don't match (d,) and (1…20, d)")
    parts = normalised(weights, len(matrix))[:, None] * matrix
    coalitions = np.arange(2 ** len(matrix))
    losses = np.empty(len(coalitions))
    for first in range(0, len(coalitions), _CHUNK):
        members = coalitions[first : first + _CHUNK, None] >> np.arange(len(matrix)) & 1
        losses[first : first + _CHUNK] = loss_of_many(origin + members @ parts)
    return losses[0] - losses
