from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from deltaml.errors import InvalidInput
from deltaml.learning import Linear, Logistic, Mlp, Model, Softmax, build_model

pytestmark = pytest.mark.unit

MODELS: list[Model] = [
    Linear(5, l2=0.3),
    Logistic(5, l2=0.3),
    Softmax(5, 2, l2=0.3),
    Mlp(5, 4, 2, l2=0.3),
    Mlp(5, 4, 2, l2=0.3, activation="relu"),
]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: repr(model).split("(")[0])


def some_rows(seed: int = 1, n: int = 30) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 5)), rng.integers(0, 2, size=n)


def best_weights(model: Model, X: Any, y: Any) -> Any:
    start = model.initial(0)
    found = minimize(model.loss, start, args=(X, y), jac=model.gradient, method="BFGS", options={"gtol": 1e-9})
    return found.x


@each_model
def test_gradient_is_the_slope_of_the_loss(model: Model) -> None:
    X, y = some_rows()
    weights = np.random.default_rng(2).normal(size=model.n_parameters)
    nudges = 1e-6 * np.eye(model.n_parameters)
    slopes = (model.losses(weights + nudges, X, y) - model.losses(weights - nudges, X, y)) / 2e-6
    np.testing.assert_allclose(model.gradient(weights, X, y), slopes, atol=1e-7)


@each_model
def test_many_losses_at_once_are_the_losses_one_by_one(model: Model) -> None:
    X, y = some_rows()
    many = np.random.default_rng(3).normal(size=(7, model.n_parameters))
    np.testing.assert_allclose(model.losses(many, X, y), [model.loss(w, X, y) for w in many], rtol=1e-12)


@each_model
def test_is_a_model_with_repeatable_start_and_labelled_metric(model: Model) -> None:
    assert isinstance(model, Model)
    assert model.initial(4).shape == (model.n_parameters,)
    np.testing.assert_array_equal(model.initial(4), model.initial(4))
    assert model.metric_name in ("accuracy", "R2")


@each_model
def test_refuses_what_does_not_fit(model: Model) -> None:
    X, y = some_rows()
    w = model.initial(0)
    with pytest.raises(InvalidInput, match="parameters"):
        model.loss(w[:-1], X, y)
    with pytest.raises(InvalidInput, match="features have shape"):
        model.gradient(w, X[:, :4], y)
    with pytest.raises(InvalidInput, match=r"the features want \(30,\)"):
        model.gradient(w, X, y[:-1])
    with pytest.raises(InvalidInput, match="no rows"):
        model.loss(w, X[:0], y[:0])


@pytest.mark.parametrize("model", MODELS[1:], ids=lambda model: repr(model).split("(")[0])
@pytest.mark.parametrize("bad", [2, -1, 0.5])
def test_classifiers_refuse_labels_they_do_not_know(model: Model, bad: float) -> None:
    X, y = some_rows()
    with pytest.raises(InvalidInput, match="labels"):
        model.gradient(model.initial(0), X, np.where(np.arange(30) == 3, bad, y))
    with pytest.raises(InvalidInput, match="number the classes"):
        model.loss(model.initial(0), X, y.astype(str))


def test_linear_minimum_is_scikit_learns_ridge() -> None:
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), y / 100
    mine = best_weights(Linear(10, l2=0.1), X, y)
    theirs = Ridge(alpha=0.1 * len(X)).fit(X, y)
    np.testing.assert_allclose(mine, [*theirs.coef_, theirs.intercept_], atol=1e-6)
    assert Linear(10).metric(mine, X, y) == pytest.approx(theirs.score(X, y), abs=1e-9)
    np.testing.assert_allclose(Linear(10).predict(mine, X), theirs.predict(X), atol=1e-6)


def test_logistic_minimum_is_scikit_learns() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    mine = best_weights(Logistic(30, l2=0.01), X, y)
    theirs = LogisticRegression(C=1 / (0.01 * len(X)), tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(mine, [*theirs.coef_[0], *theirs.intercept_], atol=1e-4)
    assert Logistic(30).metric(mine, X, y) == theirs.score(X, y)


def test_softmax_minimum_is_scikit_learns() -> None:
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = Softmax(4, 3, l2=0.02)
    mine = best_weights(model, X, y)
    theirs = LogisticRegression(C=1 / (0.02 * len(X)), tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(mine[:12].reshape(4, 3), theirs.coef_.T, atol=1e-4)
    np.testing.assert_array_equal(model.predict(mine, X), theirs.predict(X))
    assert model.metric(mine, X, y) == theirs.score(X, y)


def test_mlp_with_a_dead_hidden_layer_is_its_bias() -> None:
    model = Mlp(5, 4, 3)
    weights = np.zeros(model.n_parameters)
    weights[-3:] = np.log([0.5, 0.25, 0.25])
    X, _ = some_rows()
    assert model.loss(weights, X, np.zeros(30)) == pytest.approx(np.log(2))
    assert set(model.predict(weights, X)) == {0}


@pytest.mark.parametrize("model", [Logistic(1), Softmax(1, 2), Mlp(1, 2, 2, activation="relu")], ids=repr)
def test_huge_logits_stay_finite(model: Model) -> None:
    weights = np.full(model.n_parameters, 1e5)
    weights[:1] = -1e5
    X, y = np.array([[1e5], [-1e5]]), np.array([0, 1])
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(model.loss(weights, X, y))
        assert np.isfinite(model.gradient(weights, X, y)).all()


def test_r2_of_constant_targets_is_one_only_for_a_hit() -> None:
    model, X, y = Linear(2), np.ones((3, 2)), np.full(3, 4.0)
    assert model.metric(np.array([0.0, 0.0, 4.0]), X, y) == 1.0
    assert model.metric(np.zeros(3), X, y) == 0.0


def test_build_model_makes_each_family() -> None:
    assert build_model("linear", {"n_features": 3}, 0.1) == Linear(3, l2=0.1)
    assert build_model("logistic", {"n_features": 3}, 0) == Logistic(3, l2=0.0)
    assert build_model("softmax", {"n_features": 3, "n_outputs": 4}, 0.1) == Softmax(3, 4, l2=0.1)
    built = build_model("mlp", {"n_hidden": 5, "n_features": 3, "n_outputs": 4}, 0.1)
    assert built == Mlp(n_features=3, n_hidden=5, n_outputs=4, l2=0.1)
    assert built.n_parameters == 3 * 5 + 5 + 5 * 4 + 4


@pytest.mark.parametrize(
    ("family", "shape", "l2", "says"),
    [
        ("forest", {"n_features": 3}, 0.0, "known: linear, logistic, mlp, softmax"),
        ("softmax", {"n_features": 3}, 0.0, "wants"),
        ("linear", {"n_features": 3, "n_hidden": 3}, 0.0, "wants"),
        ("linear", {"n_features": 0}, 0.0, "n_features"),
        ("linear", {"n_features": True}, 0.0, "n_features"),
        ("softmax", {"n_features": 3, "n_outputs": 1}, 0.0, "at least 2"),
        ("linear", {"n_features": 3}, -1.0, "l2"),
        ("linear", {"n_features": 3}, float("nan"), "l2"),
    ],
)
def test_build_model_says_what_is_wrong(family: str, shape: dict[str, int], l2: float, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        build_model(family, shape, l2)
