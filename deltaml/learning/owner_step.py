"""What the owner of a sealed model does with a mean gradient, as pure steps over frozen states.

A step is w' = w + (what past rounds gave, momentum) - P g, with g the round's mean gradient and P symmetric. Scores pay
for -P g alone, the part that this round's data drove, along the gradient h of the validation loss on the whole path:
phi_i = p_i <g_i, P h>. Linear in g_i, so it is computed under the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats
from deltaml.learning.contributions import path_gradient
from deltaml.learning.owner_state import BFGSState, MomentumState, PlainState, State
from deltaml.learning.quadratic import QuadraticLoss

Action: TypeAlias = Callable[[Floats], Floats]
"""A symmetric positive-definite P as v -> P v."""

_LEAST_CURVATURE = 1e-10
"""Pairs with s'y below this share of |s| |y| say nothing about curvature and would wreck the estimate (Nocedal and
Wright, Numerical Optimization, 2nd edition, section 6.1)."""


class OwnerOptimiser(Protocol[State]):
    """A server-side optimiser. Steps change nothing: the same state, weights and gradient give the same result."""

    def initial(self, n_parameters: int) -> State:
        """The state before the first round."""
        ...

    def step(self, state: State, weights: ArrayLike, mean_gradient: ArrayLike) -> tuple[State, Floats, Action]:
        """New state, new weights and the action of P. Raises InvalidInput for lengths that don't match."""
        ...

    def state_from_map(self, stored: Mapping[str, Any]) -> State:
        """Inverse of the state's to_map. Raises InvalidInput for other keys or shapes."""
        ...


@dataclass(frozen=True)
class Plain:
    """w' = w - learning_rate * g; P is learning_rate times identity."""

    learning_rate: float

    def __post_init__(self) -> None:
        _require_rate("learning_rate", self.learning_rate)

    def initial(self, n_parameters: int) -> PlainState:
        return PlainState(n_parameters)

    def step(
        self, state: PlainState, weights: ArrayLike, mean_gradient: ArrayLike
    ) -> tuple[PlainState, Floats, Action]:
        start, gradient = _vectors(state.n_parameters, weights, mean_gradient)
        return state, start - self.learning_rate * gradient, _scaling(self.learning_rate)

    def state_from_map(self, stored: Mapping[str, Any]) -> PlainState:
        return PlainState.from_map(stored)


@dataclass(frozen=True)
class Momentum:
    """v' = momentum * v - learning_rate * g, w' = w + v' (Polyak 1964); P is learning_rate times identity."""

    learning_rate: float
    momentum: float

    def __post_init__(self) -> None:
        _require_rate("learning_rate", self.learning_rate)
        if not 0 <= self.momentum < 1:
            raise InvalidInput(f"momentum is {self.momentum}; expected 0 or more, below 1")

    def initial(self, n_parameters: int) -> MomentumState:
        return MomentumState(np.zeros(n_parameters))

    def step(
        self, state: MomentumState, weights: ArrayLike, mean_gradient: ArrayLike
    ) -> tuple[MomentumState, Floats, Action]:
        start, gradient = _vectors(len(state.velocity), weights, mean_gradient)
        velocity = self.momentum * state.velocity - self.learning_rate * gradient
        return MomentumState(velocity), start + velocity, _scaling(self.learning_rate)

    def state_from_map(self, stored: Mapping[str, Any]) -> MomentumState:
        return MomentumState.from_map(stored)


@dataclass(frozen=True)
class BFGS:
    """w' = w - learning_rate * H g, H the BFGS estimate of the inverse Hessian; P = learning_rate * H.

    H is first_rate times identity at first, rescaled once by the first curvature seen, s'y / y'y (Nocedal and Wright,
    Numerical Optimization, 2nd edition, equation 6.20), and then updated before each step by what the last one did to
    the gradient. Pairs of no or negative curvature, as noise gives, are skipped: H stays positive definite. The last
    pair holds this round's mean gradient; scores take the H that came of it as given.
    """

    learning_rate: float = 1.0
    first_rate: float = 0.1

    def __post_init__(self) -> None:
        _require_rate("learning_rate", self.learning_rate)
        _require_rate("first_rate", self.first_rate)

    def initial(self, n_parameters: int) -> BFGSState:
        return BFGSState(self.first_rate * np.eye(n_parameters), 0, None, None)

    def step(self, state: BFGSState, weights: ArrayLike, mean_gradient: ArrayLike) -> tuple[BFGSState, Floats, Action]:
        start, gradient = _vectors(len(state.inverse_hessian), weights, mean_gradient)
        estimate = state.inverse_hessian
        pairs = state.pairs
        if state.weights is not None and state.gradient is not None:
            moved, change = start - state.weights, gradient - state.gradient
            if _is_convex(moved, change):
                estimate, pairs = _updated(estimate, moved, change, first=pairs == 0), pairs + 1

        def action(vector: Floats) -> Floats:
            return np.asarray(self.learning_rate * (estimate @ vector), dtype=np.float64)

        return BFGSState(estimate, pairs, start, gradient), start - action(gradient), action

    def state_from_map(self, stored: Mapping[str, Any]) -> BFGSState:
        return BFGSState.from_map(stored)


def score_direction(
    validation_loss: QuadraticLoss, weights: ArrayLike, new_weights: ArrayLike, action: Action
) -> Floats:
    """P h, float64[d], with h the path gradient of the validation loss from weights to new_weights.

    The score of trainer i is phi_i = p_i <g_i, P h>. For Plain the scores add up to L(w) - L(w'), and they are the
    Shapley values. One node is exact for quadratic losses. Raises InvalidInput for lengths that don't match.
    """
    start, end = _vectors(len(validation_loss.offset), weights, new_weights)
    return action(path_gradient(validation_loss.gradient, start, end - start, nodes=1))


def _is_convex(step: Floats, change: Floats) -> bool:
    return float(step @ change) > _LEAST_CURVATURE * float(np.linalg.norm(step) * np.linalg.norm(change))


def _updated(estimate: Floats, step: Floats, change: Floats, first: bool) -> Floats:
    """The BFGS update of the inverse Hessian by s = step and y = change of the gradient."""
    curvature = float(step @ change)
    if first:
        estimate = curvature / float(change @ change) * np.eye(len(step))
    left = np.eye(len(step)) - np.outer(step, change) / curvature
    updated = left @ estimate @ left.T + np.outer(step, step) / curvature
    return np.asarray((updated + updated.T) / 2, dtype=np.float64)


def _scaling(rate: float) -> Action:
    return lambda vector: rate * np.asarray(vector, dtype=np.float64)


def _vectors(length: int, *given: ArrayLike) -> list[Floats]:
    arrays = [np.asarray(vector, dtype=np.float64) for vector in given]
    if any(array.shape != (length,) for array in arrays):
        raise InvalidInput(f"got shapes {[array.shape for array in arrays]}; expected ({length},)")
    return arrays


def _require_rate(name: str, rate: float) -> None:
    if not 0 < rate < np.inf:
        raise InvalidInput(f"{name} is {rate}; expected a finite number above 0")
