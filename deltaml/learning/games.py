"""Cooperative games: who was in, and what that was worth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.learning.aggregation import normalised, weighted_mean
from deltaml.learning.arrays import Floats

Coalitions = NDArray[np.bool_]
"""bool[m, n]: row k says which of the n players are in coalition k."""

_CHUNK = 128  # coalitions evaluated at once: bounds the memory of batched models


class Game(Protocol):
    """A game in which only differences of utility count, so the empty coalition may be worth anything."""

    @property
    def n_players(self) -> int: ...

    def utilities(self, coalitions: Coalitions) -> Floats:
        """float64[m] for coalitions bool[m, n]; every row costs one evaluation."""
        ...

    def alone(self) -> Floats:
        """float64[n]: the utility of each player's whole contribution with nobody else's; n evaluations."""
        ...


@dataclass(frozen=True, eq=False)
class TableGame:
    """A game written down: values[2**n], entry T for the players whose bits are set in T.

    Raises InvalidInput unless the length is a power of two, at least 2.
    """

    values: Floats

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or len(self.values) < 2 or len(self.values) & (len(self.values) - 1):
            raise InvalidInput(f"values have shape {self.values.shape}, expected (2**n,) with n ≥ 1")

    @property
    def n_players(self) -> int:
        return len(self.values).bit_length() - 1

    def utilities(self, coalitions: Coalitions) -> Floats:
        return np.asarray(self.values[coalitions @ (1 << np.arange(self.n_players))], dtype=np.float64)

    def alone(self) -> Floats:
        return self.utilities(np.eye(self.n_players, dtype=bool))


@dataclass(frozen=True, eq=False)
class RoundGame:
    """A round of training: v(T) = −L(start + Σ_{i∈T} p_i·u_i), p = weights / Σ weights over *all* n trainers.

    `losses` maps models[m, d] to float64[m], `gradient` maps w[d] to ∇L(w)[d]; start[d], updates[n, d], weights[n].
    Raises InvalidInput for shapes that don't match and weights that are not weights.
    """

    losses: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]
    start: Floats
    updates: Floats
    weights: Floats

    def __post_init__(self) -> None:
        if self.updates.ndim != 2 or self.start.shape != self.updates.shape[1:]:
            raise InvalidInput(f"start {self.start.shape} and updates {self.updates.shape} don't match (d,) and (n, d)")
        normalised(self.weights, len(self.updates))

    @property
    def n_players(self) -> int:
        return len(self.updates)

    @property
    def step(self) -> Floats:
        """Σ p_i·u_i over everybody: float64[d]."""
        return weighted_mean(self.updates, self.weights)

    def utilities(self, coalitions: Coalitions) -> Floats:
        parts = normalised(self.weights, self.n_players)[:, None] * self.updates
        values = np.empty(len(coalitions))
        for first in range(0, len(coalitions), _CHUNK):
            values[first : first + _CHUNK] = -self.losses(self.start + coalitions[first : first + _CHUNK] @ parts)
        return values

    def alone(self) -> Floats:
        """−L(start + u_i): the update unscaled, as its owner would use it."""
        return np.asarray(-self.losses(self.start + self.updates), dtype=np.float64)


def all_coalitions(n_players: int) -> Coalitions:
    """bool[2**n, n], in the order of TableGame."""
    return np.asarray(np.arange(2**n_players)[:, None] >> np.arange(n_players) & 1, dtype=bool)
