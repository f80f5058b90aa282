"""What an owner's optimiser remembers between rounds; stored as a plain dict of lists, numbers and None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats

State = TypeVar("State", bound="OwnerState")


class OwnerState(Protocol):
    """Frozen, with a way to a dict that can be stored and back."""

    def to_map(self) -> dict[str, Any]:
        """Lists, numbers and None; floats come back bit for bit."""
        ...

    @classmethod
    def from_map(cls: type[State], stored: Mapping[str, Any]) -> State:
        """Inverse of `to_map`. Raises InvalidInput for other keys, shapes or numbers that are not finite."""
        ...


@dataclass(frozen=True)
class PlainState:
    """Nothing to remember but the number of weights."""

    n_parameters: int

    def to_map(self) -> dict[str, Any]:
        return {"n_parameters": self.n_parameters}

    @classmethod
    def from_map(cls, stored: Mapping[str, Any]) -> PlainState:
        (n_parameters,) = _values(stored, "n_parameters")
        return cls(_count(n_parameters))


@dataclass(frozen=True, eq=False)
class MomentumState:
    """The velocity float64[d]."""

    velocity: Floats

    def to_map(self) -> dict[str, Any]:
        return {"velocity": self.velocity.tolist()}

    @classmethod
    def from_map(cls, stored: Mapping[str, Any]) -> MomentumState:
        (velocity,) = _values(stored, "velocity")
        return cls(_array(velocity, ndim=1))


@dataclass(frozen=True, eq=False)
class BFGSState:
    """Estimate of the inverse Hessian float64[d, d] from `pairs` steps; weights and gradient of the round before.

    Before the first round both are None.
    """

    inverse_hessian: Floats
    pairs: int
    weights: Floats | None
    gradient: Floats | None

    def to_map(self) -> dict[str, Any]:
        return {
            "inverse_hessian": self.inverse_hessian.tolist(),
            "pairs": self.pairs,
            "weights": None if self.weights is None else self.weights.tolist(),
            "gradient": None if self.gradient is None else self.gradient.tolist(),
        }

    @classmethod
    def from_map(cls, stored: Mapping[str, Any]) -> BFGSState:
        given, pairs, weights, gradient = _values(stored, "inverse_hessian", "pairs", "weights", "gradient")
        estimate = _array(given, ndim=2)
        if (weights is None) != (gradient is None) or estimate.shape[0] != estimate.shape[1]:
            raise InvalidInput("a stored BFGS state is not square, or has weights or a gradient but not both")
        vectors = [None if vector is None else _array(vector, ndim=1) for vector in (weights, gradient)]
        if any(vector is not None and len(vector) != len(estimate) for vector in vectors):
            raise InvalidInput("the parts of a stored BFGS state differ in size")
        return cls(estimate, _count(pairs), *vectors)


def _values(stored: Mapping[str, Any], *keys: str) -> list[Any]:
    if set(stored) != set(keys):
        raise InvalidInput(f"a stored state has {sorted(stored)}; expected {sorted(keys)}")
    return [stored[key] for key in keys]


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise InvalidInput(f"a stored state has {value!r} where a whole number was expected")
    return value


def _array(values: Any, ndim: int) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput("a stored state does not hold numbers in rows of one length") from error
    if array.ndim != ndim or not np.isfinite(array).all():
        raise InvalidInput(f"a stored state has an array of shape {array.shape}; expected {ndim} dimensions, finite")
    return array
