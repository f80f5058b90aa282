"""The suite for strangers' models: our own pass it, and each way to be wrong is found and named."""

from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidInput
from deltaml.learning import Linear, Logistic, Mlp, Model, Perceptron, Softmax, check_model

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(1)
X, LABELS, NUMBERS = RNG.normal(size=(20, 3)), RNG.integers(0, 2, size=20), RNG.normal(size=20)


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (Linear(3, l2=0.1), NUMBERS),
        (Logistic(3, l2=0.1), LABELS),
        (Softmax(3, 2), LABELS),
        (Mlp(3, 4, 2), LABELS),
        (Perceptron((3, 5, 4, 1), "logistic", 2), LABELS),
        (Perceptron((3, 4, 3), "tanh", 3), LABELS),
        (Perceptron((3, 4, 1), "identity", 0), NUMBERS),
        (Perceptron((3, 4, 1), "relu", 0), NUMBERS),
    ],
    ids=str,
)
def test_our_models_pass(model: Model, y: Any) -> None:
    assert len(check_model(model, X, y)) == 10


class Wrong(Linear):
    """Right until a test spoils it."""


def spoiled(**members: Any) -> Any:
    return type("Spoiled", (Wrong,), members)(3)


def noisy(self: Any, w: Any, X: Any, y: Any) -> float:
    return Linear.loss(self, w, X, y) + float(np.random.default_rng().uniform())


def greedy(self: Any, w: Any, X: Any, y: Any) -> Any:
    g = Linear.gradient(self, w, X, y)
    w += 1
    return g


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (
            {"gradient": lambda self, w, X, y: -Linear.gradient(self, w, X, y)},
            "gradient is the slope of loss: along a line",
        ),
        ({"gradient": lambda self, w, X, y: -Linear.gradient(self, w, X, y)}, "a small step downhill helps"),
        (
            {"gradient": lambda self, w, X, y: Linear.gradient(self, w, X, y)[:-1]},
            "gradient is the slope of loss: .*wanted",
        ),
        ({"loss": lambda self, w, X, y: float("nan")}, "finite repeatable loss: loss is nan"),
        ({"loss": noisy}, "switch off dropout"),
        ({"loss": lambda self, w, X, y: Linear.loss(self, w, X, y) - 100}, "0 or more"),
        ({"loss": lambda self, w, X, y: len(X) * Linear.loss(self, w, X, y)}, "loss is a mean over rows"),
        (
            {"losses": lambda self, W, X, y: Linear.losses(self, W, X, y)[:1].repeat(len(W))},
            "losses are loss many times",
        ),
        ({"initial": lambda self, s: np.random.default_rng().normal(size=4)}, r"initial\(7\) differs"),
        ({"initial": lambda self, s: np.zeros(4, dtype=np.float32)}, "float64 array"),
        ({"gradient": greedy}, "the weights it was given have changed"),
        (
            {"predict": lambda self, w, X: np.array(["yes"] * len(X)), "metric": lambda self, w, X, y: 0.5},
            "number the classes",
        ),
        ({"metric": lambda self, w, X, y: None}, "metric is None"),
        (
            {"loss": lambda self, w, X, y: float(np.mean((np.asarray(X) @ w[:3]) ** 2))},
            "too few weights: nothing raised, wanted InvalidInput",
        ),
        ({"predict": lambda self, w, X: 1 / 0}, "predicts and measures: raised ZeroDivisionError"),
    ],
)
def test_each_way_to_be_wrong_is_named(members: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=rf"(?s)Spoiled fails \d+ of 10 checks:.*{says}"):
        check_model(spoiled(**members), X, NUMBERS)


def test_what_is_no_model_is_told_what_it_lacks() -> None:
    with pytest.raises(InvalidInput, match="object is no Model: it lacks n_parameters, metric_name, initial"):
        check_model(object(), X, NUMBERS)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="at least four rows"):
        check_model(Linear(3), X[:3], NUMBERS[:3])
