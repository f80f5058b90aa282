"""Scikit-learn estimators as models: the same suite as ours, scikit-learn's numbers, any rows an owner has."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from deltaml.errors import InvalidInput
from deltaml.federated import run_simulation
from deltaml.learning import ModelClient, SklearnModel, TrainsItself, check_model, iid

pytestmark = pytest.mark.unit

IRIS = (StandardScaler().fit_transform(load_iris().data), load_iris().target)
PAIR = (IRIS[0][:100], IRIS[1][:100])
DIABETES = (StandardScaler().fit_transform(load_diabetes().data), (load_diabetes().target - 152.0) / 77.0)
CASES = [
    (SklearnModel(SGDClassifier(loss="log_loss"), 4, 2, epochs=3), PAIR),
    (SklearnModel(SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.02), 4, 3, epochs=3), IRIS),
    (SklearnModel(LogisticRegression(), 4, 2), PAIR),
    (SklearnModel(LogisticRegression(), 4, 3), IRIS),
    (SklearnModel(MLPClassifier((8,), learning_rate_init=0.05), 4, 2, epochs=20), PAIR),
    (
        SklearnModel(MLPClassifier((8, 5), activation="tanh", solver="sgd", learning_rate_init=0.1), 4, 3, epochs=50),
        IRIS,
    ),
    (SklearnModel(SGDRegressor(), 10, epochs=3), DIABETES),
    (SklearnModel(Ridge(), 10), DIABETES),
    (
        SklearnModel(
            MLPRegressor(hidden_layer_sizes=16, activation="logistic", learning_rate_init=0.01), 10, epochs=20
        ),
        DIABETES,
    ),
]
each = pytest.mark.parametrize(("model", "rows"), CASES, ids=[f"{m._kind}-{m.n_classes}" for m, _ in CASES])


@each
def test_it_passes_the_suite(model: SklearnModel, rows: Any) -> None:
    check_model(model, *rows)
    assert isinstance(model, TrainsItself)


@each
def test_training_repeats_itself_changes_nothing_and_lowers_the_loss(model: SklearnModel, rows: Any) -> None:
    w = model.initial(0)
    before = w.copy()
    update = model.train(w, *rows, random_state=1)
    np.testing.assert_array_equal(update, model.train(w, *rows, random_state=1))
    np.testing.assert_array_equal(w, before)
    assert model.loss(w + update, *rows) < model.loss(w, *rows)


@each
def test_predictions_and_weights_are_those_of_the_estimator(model: SklearnModel, rows: Any) -> None:
    w = model.initial(0) + model.train(model.initial(0), *rows, random_state=1)
    estimator = model.with_weights(w)
    np.testing.assert_allclose(model.weights_of(estimator), w)
    np.testing.assert_allclose(estimator.predict(rows[0]), model.predict(w, rows[0]))
    assert estimator.score(*rows) == pytest.approx(model.metric(w, *rows))


@pytest.mark.parametrize(
    ("model", "rows"), [case for case in CASES if case[0]._kind in ("LogisticRegression", "MLPClassifier")]
)
def test_the_loss_is_scikit_learns_log_loss(model: SklearnModel, rows: Any) -> None:
    w = model.initial(0) + model.train(model.initial(0), *rows, random_state=1)
    expected = log_loss(rows[1], model.with_weights(w).predict_proba(rows[0]))
    assert model.loss(w, *rows) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("model", "rows"), [case for case in CASES if case[0].n_classes])
def test_an_owner_with_one_class_alone_can_train(model: SklearnModel, rows: Any) -> None:
    X, y = rows
    update = model.train(model.initial(0), X[y == 1], y[y == 1], random_state=0)
    assert update.shape == (model.n_parameters,) and np.isfinite(update).all() and update.any()


def test_logistic_regression_is_what_fit_gives() -> None:
    model = SklearnModel(LogisticRegression(tol=1e-8, max_iter=1000), 4, 3)
    w = model.initial(0) + model.train(model.initial(0), *IRIS, random_state=0)
    theirs = LogisticRegression(tol=1e-8, max_iter=1000).fit(*IRIS)
    np.testing.assert_allclose(w[:12].reshape(4, 3), theirs.coef_.T, atol=1e-4)
    np.testing.assert_allclose(w[12:], theirs.intercept_, atol=1e-4)


def test_ridge_is_what_fit_gives() -> None:
    model = SklearnModel(Ridge(alpha=3.0), 10)
    theirs = Ridge(alpha=3.0).fit(*DIABETES)
    np.testing.assert_allclose(
        model.train(np.ones(11), *DIABETES, 0) + 1, [*theirs.coef_, theirs.intercept_], atol=1e-9
    )


def test_logistic_regression_starts_at_the_weights_it_is_given() -> None:
    at_once = SklearnModel(LogisticRegression(tol=1e-9, max_iter=1000), 4, 2)
    best = at_once.initial(0) + at_once.train(at_once.initial(0), *PAIR, 0)
    one_step = SklearnModel(LogisticRegression(max_iter=1), 4, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        from_best, from_zero = (np.linalg.norm(one_step.train(w, *PAIR, 0)) for w in (best, np.zeros(5)))
    assert from_best < 0.01 < from_zero


@pytest.mark.parametrize(("model", "rows"), [CASES[3], CASES[1], CASES[5]], ids=["logistic", "sgd", "mlp"])
def test_they_train_together(model: SklearnModel, rows: Any) -> None:
    X, y = rows
    owners = [ModelClient(model, (X[part], y[part]), random_state=0) for part in iid(len(y), 4, 0)]
    alone = [ModelClient(model, rows, random_state=0)]
    together, all_in_one = (run_simulation(clients, rounds=10, progress=False) for clients in (owners, alone))
    reached = model.metric(together.parameters[0], X, y)
    assert reached >= 0.8 and reached >= model.metric(all_in_one.parameters[0], X, y) - 0.06


def test_a_regressor_trains_together() -> None:
    X, y = DIABETES
    model = SklearnModel(Ridge(), 10)
    owners = [ModelClient(model, (X[part], y[part])) for part in iid(len(y), 4, 0)]
    assert model.metric(run_simulation(owners, rounds=1, progress=False).parameters[0], X, y) > 0.48


def test_it_takes_digits_with_dead_pixels() -> None:
    X, y = load_digits(return_X_y=True)
    model = SklearnModel(SGDClassifier(loss="log_loss"), 64, 10)
    assert np.isfinite(model.train(model.initial(0), X / 16, y, 0)).all()


@pytest.mark.parametrize(
    ("estimator", "n_classes", "says"),
    [
        (Lasso(), 0, "Lasso can't be averaged; known"),
        (SGDClassifier(), 2, "wants loss='log_loss'"),
        (SGDClassifier(loss="log_loss", average=True), 2, "wants average=False"),
        (SGDRegressor(loss="huber"), 0, "squared_error"),
        (LogisticRegression(fit_intercept=False), 2, "fit_intercept=True"),
        (LogisticRegression(solver="liblinear"), 2, "liblinear"),
        (LogisticRegression(), 0, "a classifier wants at least 2"),
        (Ridge(), 2, "a regressor 0"),
        (MLPClassifier(solver="lbfgs"), 2, "lbfgs"),
        (MLPClassifier(early_stopping=True), 2, "early_stopping=False"),
    ],
)
def test_what_can_not_work_is_refused_at_once(estimator: Any, n_classes: int, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        SklearnModel(estimator, 4, n_classes)


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(InvalidInput, match="5 weights, this model 15"):
        SklearnModel(LogisticRegression(), 4, 3).weights_of(LogisticRegression().fit(*PAIR))
    with pytest.raises(InvalidInput, match="SGDRegressor: Floating-point"):
        SklearnModel(SGDRegressor(learning_rate="constant", eta0=1e300), 10, epochs=30).train(
            np.zeros(11), *DIABETES, 0
        )
