"""PyTorch modules as models, built from a list of layers: nothing is unpickled and no code of strangers runs.

Needs the extra `torch`; the rest of the library works without.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats, checked_features, checked_labels, checked_targets, checked_weights

Layer = tuple[str, Mapping[str, int]]
"""("linear", {"out": 32}), ("conv2d", {"out": 8, "kernel": 3}), ("max_pool2d", {"kernel": 2}), ("flatten", {}),
("reshape", {"channels": 1, "height": 8, "width": 8}), or an activation: ("relu", {}), "tanh", "gelu", "sigmoid"."""
MAX_LAYERS = 100
MAX_SIZE = 1 << 20

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "sigmoid": nn.Sigmoid,
}
_OPTIONS: dict[str, tuple[set[str], set[str]]] = {
    "linear": ({"out"}, set()),
    "conv2d": ({"out", "kernel"}, {"stride", "padding"}),
    "max_pool2d": ({"kernel"}, set()),
    "reshape": ({"channels", "height", "width"}, set()),
    "flatten": (set(), set()),
    **{name: (set(), set()) for name in _ACTIVATIONS},
}


@dataclass(frozen=True, eq=False)
class TorchModel:
    """`layers` from rows of n_features to n_outputs numbers; the last layer must give exactly these.

    task "classes": cross-entropy of labels 0…n_outputs−1; "number": half the mean square, n_outputs 1. l2/2·|W|² is
    added for all weights but biases. Everything is float64 on the CPU, so that the same weights give the same loss.
    Flat weights are the module's parameters in their order.
    """

    layers: Sequence[Layer]
    n_features: int
    n_outputs: int
    task: Literal["classes", "number"] = "classes"
    l2: float = 0.0
    _module: nn.Sequential = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.task not in ("classes", "number") or (self.task == "number") != (self.n_outputs == 1):
            raise InvalidInput(f"task {self.task!r} with {self.n_outputs} outputs; classes want at least 2, a number 1")
        if not 0 <= self.l2 < float("inf"):
            raise InvalidInput(f"l2 must be a finite number of at least 0, got {self.l2!r}")
        object.__setattr__(self, "_module", _build(self.layers, self.n_features, self.n_outputs))

    @property
    def n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self._module.parameters())

    @property
    def metric_name(self) -> str:
        return "accuracy" if self.task == "classes" else "R2"

    def initial(self, random_state: int) -> Floats:
        """PyTorch's own initialisation of each layer, drawn from this seed without touching the global generator."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(random_state)
            fresh = _build(self.layers, self.n_features, self.n_outputs)
        return np.asarray(torch.cat([p.detach().reshape(-1) for p in fresh.parameters()]).numpy(), dtype=np.float64)

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        with torch.no_grad():
            return float(self._loss(self._parameters(weights), *self._rows(X, y)))

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        many = checked_weights(np.atleast_2d(weights_matrix), self.n_parameters)
        return np.array([self.loss(weights, X, y) for weights in many])

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        flat = self._flat(weights).requires_grad_(True)
        loss = self._loss(self._split(flat), *self._rows(X, y))
        (gradient,) = torch.autograd.grad(loss, flat)
        return np.asarray(gradient.numpy(), dtype=np.float64)

    def predict(self, weights: ArrayLike, X: ArrayLike) -> NDArray[Any]:
        features = torch.from_numpy(np.array(checked_features(X, self.n_features)))
        with torch.no_grad():
            output = self._output(self._parameters(weights), features).numpy()
        return output.argmax(axis=1).astype(np.int64) if self.task == "classes" else output[:, 0]

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        """Share of rows whose label is predicted, or R2."""
        predicted = self.predict(weights, X)
        if self.task == "classes":
            return float(np.mean(predicted == checked_labels(y, len(predicted), self.n_outputs)))
        targets = checked_targets(y, len(predicted))
        total, rest = float(np.sum((targets - targets.mean()) ** 2)), float(np.sum((targets - predicted) ** 2))
        return 1 - rest / total if total else float(rest == 0)

    def module(self, weights: ArrayLike) -> nn.Sequential:
        """A PyTorch module of its own with these weights, to use or keep outside."""
        built = _build(self.layers, self.n_features, self.n_outputs)
        built.load_state_dict(self._parameters(weights))
        return built

    # ------------------------------------------------------------------ inside

    def _flat(self, weights: ArrayLike) -> torch.Tensor:
        (vector,) = checked_weights(np.atleast_2d(weights), self.n_parameters)
        return torch.from_numpy(np.array(vector))

    def _parameters(self, weights: ArrayLike) -> dict[str, torch.Tensor]:
        return self._split(self._flat(weights))

    def _split(self, flat: torch.Tensor) -> dict[str, torch.Tensor]:
        named = dict(self._module.named_parameters())
        pieces = torch.split(flat, [parameter.numel() for parameter in named.values()])
        return {name: piece.view_as(p) for (name, p), piece in zip(named.items(), pieces, strict=True)}

    def _rows(self, X: ArrayLike, y: ArrayLike) -> tuple[torch.Tensor, torch.Tensor]:
        features = checked_features(X, self.n_features)
        n = len(features)
        targets = checked_labels(y, n, self.n_outputs) if self.task == "classes" else checked_targets(y, n)
        return torch.from_numpy(np.array(features)), torch.from_numpy(np.array(targets))

    def _output(self, parameters: dict[str, torch.Tensor], features: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = torch.func.functional_call(self._module, parameters, (features,))
        return output

    def _loss(self, parameters: dict[str, torch.Tensor], X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        output = self._output(parameters, X)
        fit = nn.functional.cross_entropy(output, y) if self.task == "classes" else ((output[:, 0] - y) ** 2).mean() / 2
        matrices = [values for name, values in parameters.items() if name.endswith("weight")]
        return fit + self.l2 / 2 * sum((matrix**2).sum() for matrix in matrices)


def _build(layers: Sequence[Layer], n_features: int, n_outputs: int) -> nn.Sequential:
    """The module, each layer's input size taken from the one before. Raises InvalidInput naming the layer at fault."""
    if not 1 <= len(layers) <= MAX_LAYERS:
        raise InvalidInput(f"{len(layers)} layers; expected 1 to {MAX_LAYERS}")
    shape: tuple[int, ...] = (n_features,)
    modules: list[nn.Module] = []
    for place, (name, options) in enumerate(layers):
        try:
            module, shape = _layer(name, dict(options), shape)
        except InvalidInput as error:
            raise InvalidInput(f"layer {place}, {name!r}: {error}") from error
        modules.append(module)
    if shape != (n_outputs,):
        raise InvalidInput(f"the last layer gives {shape}, wanted ({n_outputs},)")
    return nn.Sequential(*modules).to(torch.float64)


def _layer(name: str, options: dict[str, int], shape: tuple[int, ...]) -> tuple[nn.Module, tuple[int, ...]]:
    if name not in _OPTIONS:
        raise InvalidInput(f"unknown; known: {', '.join(sorted(_OPTIONS))}")
    needed, allowed = _OPTIONS[name]
    if not needed <= set(options) <= needed | allowed:
        raise InvalidInput(f"wants {sorted(needed)}, may have {sorted(allowed)}, got {sorted(options)}")
    for option, value in options.items():
        least = 0 if option == "padding" else 1
        if type(value) is not int or not least <= value <= MAX_SIZE:
            raise InvalidInput(f"{option} is {value!r}; expected a whole number from {least} to {MAX_SIZE}")
    if name in _ACTIVATIONS:
        return _ACTIVATIONS[name](), shape
    if name == "linear":
        _require_dimensions(shape, 1)
        return nn.Linear(shape[0], options["out"]), (options["out"],)
    if name == "flatten":
        return nn.Flatten(), (int(np.prod(shape)),)
    if name == "reshape":
        new = (options["channels"], options["height"], options["width"])
        if np.prod(new) != np.prod(shape):
            raise InvalidInput(f"{shape} can't become {new}")
        return nn.Unflatten(1, new) if len(shape) == 1 else nn.Sequential(nn.Flatten(), nn.Unflatten(1, new)), new
    _require_dimensions(shape, 3)
    if name == "conv2d":
        stride, padding = options.get("stride", 1), options.get("padding", 0)
        size = tuple((side + 2 * padding - options["kernel"]) // stride + 1 for side in shape[1:])
        _require_sides(size)
        return nn.Conv2d(shape[0], options["out"], options["kernel"], stride, padding), (options["out"], *size)
    size = tuple(side // options["kernel"] for side in shape[1:])
    _require_sides(size)
    return nn.MaxPool2d(options["kernel"]), (shape[0], *size)


def _require_dimensions(shape: tuple[int, ...], wanted: int) -> None:
    if len(shape) != wanted:
        raise InvalidInput(f"gets {shape}; put 'flatten' or 'reshape' before it")


def _require_sides(size: tuple[int, ...]) -> None:
    if min(size) < 1:
        raise InvalidInput("leaves nothing of the picture: use a smaller kernel")
