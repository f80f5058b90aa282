"""Normal equations: the loss they stand for, the surrogate of the log loss, and the bound on gradients."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from deltaml.errors import InvalidInput
from deltaml.learning import Linear, Logistic, normal_equations

pytestmark = pytest.mark.unit

seeds = st.integers(0, 2**32)


def data(seed: int, rows: int = 30, columns: int = 4) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns)), rng.normal(size=rows)


@given(seeds, st.floats(0, 2))
def test_linear_is_the_loss_of_the_linear_model(seed: int, l2: float) -> None:
    X, y = data(seed)
    model, loss, weights = (
        Linear(4, l2),
        normal_equations(X, y, "linear", l2),
        np.random.default_rng(seed).normal(size=5),
    )
    assert loss.loss(weights) == pytest.approx(model.loss(weights, X, y))
    np.testing.assert_allclose(loss.gradient(weights), model.gradient(weights, X, y), atol=1e-12)


@given(seeds)
def test_logistic_agrees_with_the_log_loss_to_second_order_at_zero(seed: int) -> None:
    X, y = data(seed)
    labels = np.where(y > 0, 1.0, -1.0)
    model, loss = Logistic(4, 0.1), normal_equations(X, labels, "logistic", 0.1)
    assert loss.loss(np.zeros(5)) == pytest.approx(model.loss(np.zeros(5), X, y > 0))
    np.testing.assert_allclose(loss.gradient(np.zeros(5)), model.gradient(np.zeros(5), X, y > 0), atol=1e-12)
    # The log loss is even after its linear term, so what is left out is of the fourth order.
    weights = 1e-2 * np.random.default_rng(seed).normal(size=5)
    assert loss.loss(weights) == pytest.approx(model.loss(weights, X, y > 0), abs=1e-6)


def test_optimum_is_that_of_ridge() -> None:
    X, y = load_diabetes(return_X_y=True)
    loss = normal_equations(X, y, "linear", 0.01)
    reference = Ridge(alpha=0.01 * len(X)).fit(X, y)
    optimum = np.linalg.solve(loss.matrix, loss.offset)
    np.testing.assert_allclose(optimum, np.append(reference.coef_, reference.intercept_), rtol=1e-8)


@given(seeds, st.floats(0.1, 100), st.floats(0.1, 100))
def test_bounded_gradients_stay_below_the_norm_and_keep_their_direction(
    seed: int, weight_norm: float, gradient_norm: float
) -> None:
    loss = normal_equations(*data(seed), "linear")
    bounded = loss.bounded(weight_norm, gradient_norm)
    top = np.linalg.eigh(loss.matrix)[1][:, -1]
    for weights in (np.zeros(5), weight_norm * top, -weight_norm * top):
        gradient, before = bounded.gradient(weights), loss.gradient(weights)
        assert np.linalg.norm(gradient) <= gradient_norm * (1 + 1e-12)
        np.testing.assert_allclose(
            gradient * np.linalg.norm(before), before * np.linalg.norm(gradient), rtol=1e-6, atol=1e-9
        )
    assert bounded.loss(weights) <= loss.loss(weights) * (1 + 1e-12)


def test_what_is_small_enough_stays_as_it_is() -> None:
    loss = normal_equations(*data(0), "linear")
    assert loss.bounded(1.0, 1e6) is loss


def test_labels_of_the_surrogate_are_plus_and_minus_one() -> None:
    with pytest.raises(InvalidInput, match="-1 and 1"):
        normal_equations(np.ones((2, 1)), [0, 1], "logistic")


@pytest.mark.parametrize(
    ("X", "y", "kind", "l2"),
    [
        (np.ones((2, 1)), [1.0], "linear", 0.0),
        (np.ones(2), [1.0, 2.0], "linear", 0.0),
        (np.ones((0, 1)), [], "linear", 0.0),
        (np.ones((2, 1)), [1.0, np.nan], "linear", 0.0),
        (np.full((2, 1), np.inf), [1.0, 2.0], "linear", 0.0),
        (np.ones((2, 1)), [1.0, 2.0], "linear", -1.0),
        (np.ones((2, 1)), [1.0, 2.0], "cubic", 0.0),
    ],
)
def test_what_is_no_data_set_is_refused(X: Any, y: Any, kind: Any, l2: float) -> None:
    with pytest.raises(InvalidInput):
        normal_equations(X, y, kind, l2)


@pytest.mark.parametrize("norms", [(0.0, 1.0), (1.0, 0.0), (np.inf, 1.0), (1.0, np.nan)])
def test_norms_are_finite_and_positive(norms: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput):
        normal_equations(*data(0), "linear").bounded(*norms)


def test_weights_of_another_length_are_refused() -> None:
    loss = normal_equations(*data(0), "linear")
    for method in (loss.gradient, loss.loss):
        with pytest.raises(InvalidInput):
            method(np.zeros(4))
