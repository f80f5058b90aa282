"""The owner's optimisers: their formulas, their states as plain dicts, their scores, their speed on diabetes."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from deltaml.errors import InvalidInput
from deltaml.learning import (
    BFGS,
    Momentum,
    Plain,
    coalition_utilities,
    exact_shapley,
    normal_equations,
    score_direction,
)

pytestmark = pytest.mark.unit

seeds = st.integers(0, 2**32)
OPTIMISERS = [Plain(0.1), Momentum(0.1, 0.9), BFGS(0.9, 0.2)]
each = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda o: type(o).__name__)


def shares(seed: int, owners: int = 5, columns: int = 4) -> tuple[list[Any], Any, Any]:
    """Losses of some data owners, that of a validation set, and stakes."""
    rng = np.random.default_rng(seed)
    losses = [
        normal_equations(rng.normal(size=(20, columns)), rng.normal(size=20), "linear", 0.1) for _ in range(owners + 1)
    ]
    return losses[:-1], losses[-1], rng.integers(1, 9, size=owners)


@given(seeds)
def test_scores_of_a_plain_step_are_exact_shapley_values_and_add_up(seed: int) -> None:
    losses, validation, stakes = shares(seed)
    optimiser, weights = Plain(0.3), np.random.default_rng(seed).normal(size=5)
    gradients = np.array([loss.gradient(weights) for loss in losses])
    p = stakes / stakes.sum()

    _, new_weights, action = optimiser.step(optimiser.initial(5), weights, p @ gradients)
    scores = p * (gradients @ score_direction(validation, weights, new_weights, action))

    def loss_of_many(many: Any) -> Any:
        return np.array([validation.loss(row) for row in many])

    exact = exact_shapley(coalition_utilities(loss_of_many, weights, -0.3 * gradients, stakes))
    np.testing.assert_allclose(scores, exact, atol=1e-9)
    assert scores.sum() == pytest.approx(validation.loss(weights) - validation.loss(new_weights), abs=1e-9)


@each
@given(seed=seeds)
def test_what_the_round_gave_is_minus_p_g(optimiser: Any, seed: int) -> None:
    """Two gradients at the same state and weights lead to points that differ by P times their difference."""
    losses, _, _ = shares(seed)
    rng = np.random.default_rng(seed)
    state, weights = optimiser.initial(5), rng.normal(size=5)
    for _ in range(3):
        state, weights, _ = optimiser.step(state, weights, losses[0].gradient(weights))
    first, second = rng.normal(size=5), rng.normal(size=5)
    if isinstance(optimiser, BFGS):
        # The curvature pair holds this gradient, so another one would have another H: check w' itself.
        _, to, action = optimiser.step(state, weights, first)
        np.testing.assert_allclose(to, weights - action(first), atol=1e-12)
    else:
        _, one, action = optimiser.step(state, weights, first)
        _, other, _ = optimiser.step(state, weights, second)
        np.testing.assert_allclose(one - other, -action(first - second), atol=1e-12)


@each
@given(seed=seeds)
def test_p_is_symmetric_and_positive_definite(optimiser: Any, seed: int) -> None:
    losses, _, _ = shares(seed)
    rng = np.random.default_rng(seed)
    state, weights = optimiser.initial(5), rng.normal(size=5)
    for _ in range(6):
        # Gradients of other owners every time, and noise: the pairs are not those of one quadratic.
        gradient = losses[rng.integers(5)].gradient(weights) + rng.normal(size=5)
        state, weights, action = optimiser.step(state, weights, gradient)
        matrix = np.column_stack([action(column) for column in np.eye(5)])
        np.testing.assert_allclose(matrix, matrix.T, rtol=1e-9, atol=1e-9 * np.abs(matrix).max())
        assert np.linalg.eigvalsh(matrix).min() > 0


def test_momentum_by_hand() -> None:
    optimiser = Momentum(0.5, 0.25)
    state, weights, action = optimiser.step(optimiser.initial(1), [1.0], [2.0])
    assert (weights.tolist(), state.velocity.tolist()) == ([0.0], [-1.0])
    state, weights, action = optimiser.step(state, weights, [-2.0])
    assert (weights.tolist(), state.velocity.tolist()) == ([0.75], [0.75])
    assert action(np.array([4.0])).tolist() == [2.0]


@given(seeds)
def test_bfgs_satisfies_the_secant_equation(seed: int) -> None:
    losses, _, _ = shares(seed)
    optimiser, weights = BFGS(), np.random.default_rng(seed).normal(size=5)
    state, moved, _ = optimiser.step(optimiser.initial(5), weights, losses[0].gradient(weights))
    state, _, action = optimiser.step(state, moved, losses[0].gradient(moved))
    change = losses[0].gradient(moved) - losses[0].gradient(weights)
    np.testing.assert_allclose(action(change), moved - weights, rtol=1e-6, atol=1e-9)
    assert state.pairs == 1


def test_bfgs_skips_pairs_without_curvature() -> None:
    optimiser = BFGS(1.0, 0.1)
    state, weights, _ = optimiser.step(optimiser.initial(2), [0.0, 0.0], [1.0, 0.0])
    state, weights, _ = optimiser.step(state, weights, [2.0, 0.0])  # moved against g, and g grew: negative curvature
    assert state.pairs == 0
    assert weights.tolist() == pytest.approx([-0.3, 0.0])
    state, still, _ = optimiser.step(state, weights, [0.0, 0.0])
    state, _, _ = optimiser.step(state, still, [0.0, 0.0])  # no move at all
    assert np.isfinite(state.inverse_hessian).all()


@each
def test_states_come_back_from_json_bit_for_bit(optimiser: Any) -> None:
    losses, _, _ = shares(3)
    state, weights = optimiser.initial(5), np.zeros(5)
    for _ in range(4):
        back = optimiser.state_from_map(json.loads(json.dumps(state.to_map())))
        assert back.to_map() == state.to_map()
        gradient = losses[0].gradient(weights)
        _, from_back, _ = optimiser.step(back, weights, gradient)
        state, weights, _ = optimiser.step(state, weights, gradient)
        assert from_back.tolist() == weights.tolist()


def rounds_to(optimiser: Any, excess: float, most: int = 3000) -> int:
    """Rounds until the ridge loss on diabetes is within `excess` of the optimum that scikit-learn finds."""
    X, y = load_diabetes(return_X_y=True)
    X, y = X / X.std(axis=0), (y - y.mean()) / y.std()
    loss = normal_equations(X, y, "linear", 0.01)
    ridge = Ridge(alpha=0.01 * len(X)).fit(X, y)
    best = loss.loss(np.append(ridge.coef_, ridge.intercept_))
    state, weights = optimiser.initial(11), np.zeros(11)
    for done in range(most):
        if loss.loss(weights) - best < excess:
            return done
        state, weights, _ = optimiser.step(state, weights, loss.gradient(weights))
    return most


def test_bfgs_needs_fewer_rounds_than_momentum_and_that_fewer_than_plain() -> None:
    # 0.45 is near the largest stable rate: the largest eigenvalue is about 4.
    plain, momentum, bfgs = (rounds_to(o, 1e-6) for o in (Plain(0.45), Momentum(0.3, 0.8), BFGS()))
    assert bfgs <= 40
    assert bfgs < momentum < plain < 3000


@each
def test_lengths_that_do_not_match_are_refused(optimiser: Any) -> None:
    for weights, gradient in (([0.0] * 4, [0.0] * 5), ([0.0] * 5, [0.0] * 6), ([[0.0] * 5], [0.0] * 5)):
        with pytest.raises(InvalidInput):
            optimiser.step(optimiser.initial(5), weights, gradient)
    with pytest.raises(InvalidInput):
        score_direction(shares(0)[1], np.zeros(5), np.zeros(4), lambda v: v)


@each
def test_stored_states_are_checked(optimiser: Any) -> None:
    good = optimiser.initial(3).to_map()
    spoilt = [
        {},
        {**good, "more": 1},
        *({**good, key: value} for key in good for value in ("x", [[1.0], [2.0, 3.0]], -1)),
    ]
    for stored in spoilt:
        with pytest.raises(InvalidInput):
            optimiser.state_from_map(stored)


def test_stored_bfgs_states_fit_together() -> None:
    good = BFGS().initial(2).to_map()
    for change in (
        {"weights": [0.0, 0.0]},
        {"weights": [0.0], "gradient": [0.0]},
        {"inverse_hessian": [[1.0, 0.0]]},
        {"inverse_hessian": [[float("nan"), 0.0], [0.0, 1.0]]},
    ):
        with pytest.raises(InvalidInput):
            BFGS().state_from_map({**good, **change})


def test_rates_are_checked() -> None:
    for make in (
        lambda: Plain(0.0),
        lambda: Plain(float("inf")),
        lambda: Momentum(0.1, 1.0),
        lambda: Momentum(-0.1, 0.5),
        lambda: BFGS(0.0),
        lambda: BFGS(1.0, float("nan")),
    ):
        with pytest.raises(InvalidInput):
            make()
