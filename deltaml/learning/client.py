"""What a data owner is to a federation: the three methods of Flower's NumPyClient, and the checks on what they return.

Any object with these methods can take part, in one process, over HTTP and in the marketplace alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from numbers import Integral, Real
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats

Arrays: TypeAlias = list[NDArray[Any]]
"""A model's parameters as a list of arrays; what they mean is the clients' affair."""
Scalar: TypeAlias = bool | int | float | str | bytes
Config: TypeAlias = dict[str, Scalar]
Metrics: TypeAlias = dict[str, Scalar]


@runtime_checkable
class Client(Protocol):
    """A data owner. The names and shapes are Flower's, so that its NumPyClient objects can be handed in as they are."""

    def get_parameters(self, config: Config) -> Arrays:
        """The model's current parameters; the first client's are where a run starts unless it is told otherwise."""
        ...

    def fit(self, parameters: Arrays, config: Config) -> tuple[Arrays, int, Metrics]:
        """Train from `parameters`: (new parameters, number of rows trained on, metrics)."""
        ...

    def evaluate(self, parameters: Arrays, config: Config) -> tuple[float, int, Metrics]:
        """(loss, number of rows, metrics) of `parameters` on local rows."""
        ...


LARGEST = 1e150
"""Beyond it a sum of squares overflows."""


class ClientFault(InvalidInput):
    """A client raised, or returned what it may not; the message says which client, in which round, and what."""

    def __init__(self, client: str, number: int, method: str, why: str) -> None:
        super().__init__(f"client {client!r}, round {number}, {method}: {why}")
        self.client, self.why = client, why


@dataclass(frozen=True, eq=False)
class FitResult:
    """What `fit` returned, checked: parameters flat as float64[d]."""

    parameters: Floats
    num_examples: int
    metrics: Metrics


@dataclass(frozen=True)
class EvaluateResult:
    """What `evaluate` returned, checked."""

    loss: float
    num_examples: int
    metrics: Metrics


@dataclass(frozen=True)
class Layout:
    """Shapes and types of a list of arrays, to make one flat vector of them and back."""

    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]

    @classmethod
    def of(cls, arrays: Sequence[Any]) -> "Layout":
        """Raises InvalidInput unless all are arrays of finite-sized numbers."""
        if isinstance(arrays, np.ndarray) or not isinstance(arrays, Sequence) or len(arrays) == 0:
            raise InvalidInput(f"parameters are a list of arrays, got {_short(arrays)}")
        given = [np.asarray(array) for array in arrays]
        for place, array in enumerate(given):
            if array.dtype.kind not in "iuf":
                raise InvalidInput(f"array {place} has type {array.dtype}; expected floats or whole numbers")
        return cls(tuple(array.shape for array in given), tuple(array.dtype.name for array in given))

    @property
    def size(self) -> int:
        return sum(prod(shape) for shape in self.shapes)

    def flatten(self, arrays: Sequence[Any]) -> Floats:
        """float64[size]. Raises InvalidInput for other shapes, or numbers that are NaN, infinite or beyond 1e150."""
        other = Layout.of(arrays).shapes
        if other != self.shapes:
            raise InvalidInput(f"parameters of shapes {list(other)}, expected {list(self.shapes)}")
        flat = np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
        usable = np.abs(flat) <= LARGEST  # NaN fails the comparison too
        if not usable.all():
            bad = int(flat.size - usable.sum())
            raise InvalidInput(f"{bad} of {flat.size} parameters are NaN, infinite or huge; did training diverge?")
        return flat

    def unflatten(self, flat: Floats) -> Arrays:
        """Fresh arrays of the types that came in; whole numbers are rounded."""
        arrays, start = [], 0
        for shape, dtype in zip(self.shapes, self.dtypes, strict=True):
            piece = flat[start : start + prod(shape)]
            start += len(piece)
            arrays.append((piece if dtype.startswith("float") else np.rint(piece)).astype(dtype).reshape(shape))
        return arrays


def checked_fit(layout: Layout, answer: Any) -> FitResult:
    """What a `fit` returned. Raises InvalidInput that says what was wrong and what is wanted."""
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        raise InvalidInput(f"returned {_short(answer)}; expected (parameters, num_examples, metrics)")
    parameters, num_examples, metrics = answer
    return FitResult(layout.flatten(parameters), _count(num_examples), _metrics(metrics))


def checked_evaluation(answer: Any) -> EvaluateResult:
    """What an `evaluate` returned. Raises InvalidInput that says what was wrong and what is wanted."""
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        raise InvalidInput(f"returned {_short(answer)}; expected (loss, num_examples, metrics)")
    loss, num_examples, metrics = answer
    if not isinstance(loss, Real) or not np.isfinite(float(loss)):
        raise InvalidInput(f"the loss is {_short(loss)}; expected a finite number")
    return EvaluateResult(float(loss), _count(num_examples), _metrics(metrics))


def call_fit(name: str, client: Client, number: int, layout: Layout, parameters: Floats, config: Config) -> FitResult:
    """`client.fit` on a copy of the parameters. Raises ClientFault for whatever goes wrong in it."""
    try:
        return checked_fit(layout, client.fit(layout.unflatten(parameters), dict(config)))
    except Exception as error:
        raise ClientFault(name, number, "fit", _why(error)) from error


def call_evaluate(
    name: str, client: Client, number: int, layout: Layout, parameters: Floats, config: Config
) -> EvaluateResult:
    """`client.evaluate` on a copy of the parameters. Raises ClientFault for whatever goes wrong in it."""
    try:
        return checked_evaluation(client.evaluate(layout.unflatten(parameters), dict(config)))
    except Exception as error:
        raise ClientFault(name, number, "evaluate", _why(error)) from error


def first_parameters(name: str, client: Client) -> Arrays:
    """`client.get_parameters({})`. Raises ClientFault for whatever goes wrong in it."""
    try:
        arrays = [np.asarray(array) for array in client.get_parameters({})]
        Layout.of(arrays)
        return arrays
    except Exception as error:
        raise ClientFault(name, 0, "get_parameters", _why(error)) from error


def require_client(name: str, candidate: Any) -> None:
    """Raise InvalidInput naming the methods that an object lacks to be a client."""
    missing = [
        method for method in ("get_parameters", "fit", "evaluate") if not callable(getattr(candidate, method, 0))
    ]
    if missing:
        raise InvalidInput(f"client {name!r} is a {type(candidate).__name__} without {', '.join(missing)}")


def _count(num_examples: Any) -> int:
    if not isinstance(num_examples, Integral) or isinstance(num_examples, bool) or num_examples < 1:
        raise InvalidInput(f"num_examples is {_short(num_examples)}; expected a whole number of at least 1")
    return int(num_examples)


def _metrics(metrics: Any) -> Metrics:
    if not isinstance(metrics, Mapping):
        raise InvalidInput(f"metrics are {_short(metrics)}; expected a dict of names and numbers")
    return {_name(name): _scalar(name, value) for name, value in metrics.items()}


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidInput(f"a metric is called {_short(name)}; expected a string")
    return name


def _scalar(name: str, value: Any) -> Scalar:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, Integral):
        return int(value)
    # An array of one number is a frequent slip that means what it says.
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "iuf":
        value = value.item()
    if not isinstance(value, Real) or not np.isfinite(float(value)):
        raise InvalidInput(f"metric {name!r} is {_short(value)}; expected a finite number, text or bytes")
    return float(value)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, InvalidInput) else f"{type(error).__name__}: {error}"


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '…'}"
