"""What a model is to the rest of DeltaML: one flat vector of weights and a differentiable loss."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats
from deltaml.learning.linear import Linear
from deltaml.learning.logistic import Logistic
from deltaml.learning.mlp import Mlp
from deltaml.learning.softmax import Softmax


@runtime_checkable
class Model(Protocol):
    """A loss over flat float64 weights; anything that has these methods can be trained, scored and paid for.

    Shapes: weights[d] with d = n_parameters, X[n, n_features], y[n]. Methods raise InvalidInput for other shapes.
    """

    @property
    def n_parameters(self) -> int:
        """Length d of the weight vector."""
        ...

    @property
    def metric_name(self) -> str:
        """What `metric` measures, e.g. "accuracy" or "R2"; higher is better."""
        ...

    def initial(self, random_state: int) -> Floats:
        """Starting weights float64[d], the same for the same seed."""
        ...

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Mean loss over the rows plus the penalty l2/2·|w|² (biases are not penalised)."""
        ...

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        """`loss` for each row of weights_matrix[m, d] at once: float64[m]."""
        ...

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        """Gradient float64[d] of `loss`."""
        ...

    def predict(self, weights: ArrayLike, X: ArrayLike) -> NDArray[Any]:
        """A label int64[n] or a value float64[n] per row."""
        ...

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Quality on these rows; higher is better."""
        ...


# The MLP of a task is the smooth one: a path gradient with four nodes is near exact for tanh, less so for relu.
_BUILDERS: dict[str, tuple[tuple[str, ...], Callable[..., Model]]] = {
    "linear": (("n_features",), Linear),
    "logistic": (("n_features",), Logistic),
    "mlp": (("n_features", "n_hidden", "n_outputs"), Mlp),
    "softmax": (("n_features", "n_outputs"), Softmax),
}


def build_model(family: str, shape: Mapping[str, int], l2: float) -> Model:
    """The model that a task's specification names.

    `shape` holds n_features for "linear" and "logistic", n_outputs too for "softmax", and n_hidden too for "mlp".
    Raises InvalidInput for an unknown family, missing or extra keys, sizes below 1 (n_outputs: 2) or a negative l2.
    """
    if family not in _BUILDERS:
        raise InvalidInput(f"unknown model family {family!r}; known: {', '.join(sorted(_BUILDERS))}")
    keys, build = _BUILDERS[family]
    if set(shape) != set(keys):
        raise InvalidInput(f"a {family} model's shape wants {sorted(keys)}, got {sorted(shape)}")
    for key in keys:
        least = 2 if key == "n_outputs" else 1
        if type(shape[key]) is not int or shape[key] < least:
            raise InvalidInput(f"{key} must be a whole number of at least {least}, got {shape[key]!r}")
    if not 0 <= l2 < float("inf"):
        raise InvalidInput(f"l2 must be a finite number of at least 0, got {l2!r}")
    return build(**shape, l2=float(l2))
