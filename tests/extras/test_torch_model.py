"""PyTorch models from a list of layers: the same suite as ours, known gradients, and nothing but what the list
allows."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from deltaml.errors import InvalidInput
from deltaml.federated import run_simulation
from deltaml.learning import LocalTraining, Mlp, ModelClient, check_model, dirichlet
from deltaml.learning.torch_model import TorchModel

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(1)
X, LABELS, NUMBERS = RNG.normal(size=(20, 64)), RNG.integers(0, 3, size=20), RNG.normal(size=20)
PERCEPTRON = [("linear", {"out": 8}), ("tanh", {}), ("linear", {"out": 3})]
PICTURE = [
    ("reshape", {"channels": 1, "height": 8, "width": 8}),
    ("conv2d", {"out": 4, "kernel": 3, "padding": 1}),
    ("gelu", {}),
    ("max_pool2d", {"kernel": 2}),
    ("conv2d", {"out": 6, "kernel": 3, "stride": 2}),
    ("sigmoid", {}),
    ("flatten", {}),
    ("linear", {"out": 3}),
]


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (TorchModel(PERCEPTRON, 64, 3, l2=0.1), LABELS),
        (TorchModel(PICTURE, 64, 3), LABELS),
        (TorchModel([("linear", {"out": 5}), ("relu", {}), ("linear", {"out": 1})], 64, 1, task="number"), NUMBERS),
    ],
    ids=["perceptron", "picture", "number"],
)
def test_it_passes_the_suite(model: Any, y: Any) -> None:
    check_model(model, X, y)


def test_loss_and_gradient_are_those_of_the_numpy_twin() -> None:
    ours, theirs = Mlp(64, 8, 3, l2=0.1), TorchModel(PERCEPTRON, 64, 3, l2=0.1)
    w = ours.initial(0)
    V, a, W, b = np.split(w, np.cumsum([64 * 8, 8, 24]))
    turned = np.concatenate([V.reshape(64, 8).T.ravel(), a, W.reshape(8, 3).T.ravel(), b])
    assert theirs.loss(turned, X, LABELS) == pytest.approx(ours.loss(w, X, LABELS), rel=1e-12)
    g = theirs.gradient(turned, X, LABELS)
    np.testing.assert_allclose(g[: 64 * 8].reshape(8, 64).T.ravel(), ours.gradient(w, X, LABELS)[: 64 * 8], atol=1e-12)
    np.testing.assert_array_equal(theirs.predict(turned, X), ours.predict(w, X))


def test_a_start_leaves_the_global_generator_alone() -> None:
    model = TorchModel(PERCEPTRON, 64, 3)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = model.initial(1)
    assert torch.rand(1) == expected and not np.array_equal(first, model.initial(2))


def test_the_module_it_hands_out_is_the_model() -> None:
    model = TorchModel(PICTURE, 64, 3)
    w = model.initial(0)
    output = model.module(w)(torch.from_numpy(X)).detach().numpy()
    np.testing.assert_array_equal(output.argmax(axis=1), model.predict(w, X))


def test_owners_train_a_network_together() -> None:
    X, y = load_digits(return_X_y=True)
    X = X[:600] / 16
    y = y[:600]
    model = TorchModel([("linear", {"out": 32}), ("relu", {}), ("linear", {"out": 10})], 64, 10)
    training = LocalTraining(3, 16, 0.2, momentum=0.5)
    owners = [ModelClient(model, (X[p], y[p]), training, random_state=0) for p in dirichlet(y, 3, 1.0, 20, 0)]
    run = run_simulation(owners, rounds=5, progress=False)
    assert model.metric(run.parameters[0], X, y) > 0.9


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([], "0 layers"),
        ([("eval", {})], "layer 0, 'eval': unknown; known: conv2d"),
        ([("linear", {})], r"wants \['out'\]"),
        ([("linear", {"out": 3, "code": 1})], r"got \['code', 'out'\]"),
        ([("linear", {"out": 0})], "out is 0"),
        ([("linear", {"out": 2.0})], "out is 2.0"),
        ([("linear", {"out": 2**40})], "out is"),
        ([("linear", {"out": 4})], r"gives \(4,\), wanted \(3,\)"),
        ([("conv2d", {"out": 3, "kernel": 3})], "put 'flatten' or 'reshape'"),
        ([("reshape", {"channels": 1, "height": 9, "width": 8})], "can't become"),
        ([PICTURE[0], ("max_pool2d", {"kernel": 9})], "leaves nothing"),
        ([PICTURE[0], ("linear", {"out": 3})], "put 'flatten'"),
        ([("relu", {})] * 101, "101 layers"),
    ],
)
def test_other_lists_are_refused(layers: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        TorchModel(layers, 64, 3)


@pytest.mark.parametrize(
    ("task", "n_outputs", "l2"), [("number", 3, 0), ("classes", 1, 0), ("rank", 3, 0), ("classes", 3, -1)]
)
def test_other_tasks_are_refused(task: Any, n_outputs: int, l2: float) -> None:
    with pytest.raises(InvalidInput):
        TorchModel([("linear", {"out": n_outputs})], 64, n_outputs, task, l2)
