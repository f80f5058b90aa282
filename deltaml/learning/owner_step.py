"""What the owner of a sealed model does with a mean gradient, as pure steps over frozen states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from numpy.typing import ArrayLike

from deltaml.learning.arrays import Floats
from deltaml.learning.quadratic import QuadraticLoss

Action: TypeAlias = Callable[[Floats], Floats]
"""A symmetric positive-definite P as v -> P v: the part of the step that the round's data drove is -P g."""


class OwnerState(Protocol):
    """Frozen; `to_map` gives a dict of lists and numbers, and the optimiser's `state_from_map` its inverse."""

    def to_map(self) -> dict[str, Any]: ...


class OwnerOptimiser(Protocol):
    """A server-side optimiser: (state, weights, mean gradient) -> (new state, new weights, action of P)."""

    def initial(self, n_parameters: int) -> OwnerState: ...

    def step(self, state: Any, weights: ArrayLike, mean_gradient: ArrayLike) -> tuple[OwnerState, Floats, Action]: ...

    def state_from_map(self, stored: Mapping[str, Any]) -> OwnerState: ...


@dataclass(frozen=True)
class PlainState:
    """Nothing to remember."""


@dataclass(frozen=True)
class Plain:
    """w - learning_rate * g."""

    learning_rate: float


@dataclass(frozen=True)
class MomentumState:
    velocity: Floats


@dataclass(frozen=True)
class Momentum:
    """Polyak's heavy ball: v' = momentum * v - learning_rate * g, w' = w + v'. P is learning_rate times identity."""

    learning_rate: float
    momentum: float


@dataclass(frozen=True)
class BFGSState:
    inverse_hessian: Floats
    weights: Floats | None
    gradient: Floats | None


@dataclass(frozen=True)
class BFGS:
    """w - learning_rate * H g with H the BFGS estimate of the inverse Hessian from the rounds before.

    first_rate: H before there is an estimate is first_rate times identity.
    """

    learning_rate: float = 1.0
    first_rate: float = 0.1


def score_direction(
    validation_loss: QuadraticLoss, weights: ArrayLike, new_weights: ArrayLike, action: Action
) -> Floats:
    """P h, float64[d], with h the path gradient of the validation loss from weights to new_weights.

    The score of trainer i is phi_i = p_i <g_i, P h>. For Plain the scores add up to L(w) - L(w').
    """
    raise NotImplementedError
