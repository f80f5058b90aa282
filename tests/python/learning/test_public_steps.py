from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import Mlp, best_in_span, damped, known_steps, ridge_for

pytestmark = pytest.mark.unit

RIDGE = 0.01


def bowl(curvature: Any) -> Any:
    return lambda w: (float(w @ curvature @ w) / 2, curvature @ w)


@given(st.integers(0, 2**32), st.integers(1, 5))
def test_finds_the_bottom_of_a_damped_bowl_in_the_span(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(8, 8))
    curvature, start = root @ root.T + np.eye(8), rng.normal(size=8)
    steps = rng.normal(size=(k, 8)) * np.logspace(0, -4, k)[:, None]
    found = start + best_in_span(bowl(curvature), start, steps, RIDGE) @ steps
    ridge = 2 * RIDGE * bowl(curvature)(start)[0] / (steps[-1] @ steps[-1])
    damped_curvature = steps @ (curvature + ridge * np.eye(8)) @ steps.T
    exact = start - steps.T @ np.linalg.solve(damped_curvature, steps @ curvature @ start)
    objective = damped(bowl(curvature), start, steps[-1], RIDGE)
    assert objective(found)[0] == pytest.approx(objective(exact)[0], rel=1e-9)


@given(st.integers(0, 2**32))
def test_never_worse_never_far_and_flat_along_the_steps_afterwards(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model, X, y = Mlp(4, 3, 2, l2=0.01), rng.normal(size=(30, 4)), rng.integers(0, 2, size=30)
    start, steps = rng.normal(size=model.n_parameters), 0.1 * rng.normal(size=(3, model.n_parameters))

    def loss_and_gradient(w: Any) -> Any:
        return model.loss(w, X, y), model.gradient(w, X, y)

    found = start + best_in_span(loss_and_gradient, start, steps, RIDGE) @ steps
    assert model.loss(found, X, y) <= model.loss(start, X, y)
    assert np.linalg.norm(found - start) <= np.linalg.norm(steps[-1]) / RIDGE**0.5
    slope = steps @ damped(loss_and_gradient, start, steps[-1], RIDGE)(found)[1]
    assert np.abs(slope).max() < 1e-4


def test_the_damped_gradient_is_that_of_the_damped_loss() -> None:
    rng = np.random.default_rng(3)
    start, newest, point, way = rng.normal(size=(4, 5))
    objective = damped(bowl(np.diag(np.arange(1.0, 6.0))), start, newest, ridge=0.3)
    slope = (objective(point + 1e-6 * way)[0] - objective(point - 1e-6 * way)[0]) / 2e-6
    assert slope == pytest.approx(objective(point)[1] @ way, rel=1e-6)


@pytest.mark.parametrize(("n_rows", "ridge"), [(1, 1.0), (50, 0.02), (100_000, 1e-5), (10**6, 1e-5)])
def test_the_more_rows_the_less_damping(n_rows: int, ridge: float) -> None:
    assert ridge_for(n_rows) == pytest.approx(ridge)


def test_no_step_no_move() -> None:
    assert best_in_span(bowl(np.eye(2)), np.ones(2), np.empty((0, 2)), RIDGE).shape == (0,)
    np.testing.assert_array_equal(best_in_span(bowl(np.eye(2)), np.ones(2), np.zeros((2, 2)), RIDGE), [0.0, 0.0])


def test_zero_steps_among_others_get_nothing() -> None:
    found = best_in_span(bowl(np.eye(2)), np.array([1.0, 5.0]), np.array([[0.0, 0.0], [2.0, 0.0]]), ridge=0.0)
    np.testing.assert_allclose(found, [0.0, -0.5], atol=1e-6)


def test_without_a_newest_step_or_a_loss_nothing_moves() -> None:
    steps = np.array([[2.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(best_in_span(bowl(np.eye(2)), np.ones(2), steps, RIDGE), [0.0, 0.0])
    np.testing.assert_array_equal(best_in_span(bowl(np.eye(2)), np.zeros(2), steps[::-1], RIDGE), [0.0, 0.0])


def test_dependent_steps_share_a_move_of_least_norm() -> None:
    steps = np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0]])
    found = best_in_span(bowl(np.eye(2)), np.array([1.0, 5.0]), steps, ridge=0.0)
    np.testing.assert_allclose(found, [-1 / 6] * 3, atol=1e-6)


def test_a_lying_gradient_can_not_make_it_worse() -> None:
    found = best_in_span(lambda w: (float(w @ w), -2 * w), np.ones(2), np.eye(2), RIDGE)
    np.testing.assert_array_equal(found, [0.0, 0.0])


def test_shapes_must_match() -> None:
    with pytest.raises(InvalidInput):
        best_in_span(bowl(np.eye(2)), np.ones(2), np.ones((1, 3)), RIDGE)


@pytest.mark.parametrize("n_models", [1, 3, 4, 9])
def test_scores_are_blind_to_the_newest_steps_and_the_way_to_them(n_models: int) -> None:
    models = list(np.random.default_rng(2).normal(size=(n_models, 7)))
    steps = np.diff(models, axis=0)
    found = known_steps(models, 3)
    np.testing.assert_allclose(found[-3:], steps[-3:])
    np.testing.assert_allclose(found.sum(axis=0), models[-1] - models[0])
    assert len(found) == min(n_models - 1, 4)


def test_small_models_keep_half_of_their_directions() -> None:
    models = list(np.random.default_rng(2).normal(size=(9, 6)))
    np.testing.assert_allclose(known_steps(models, 3), np.diff(models, axis=0)[-3:])
    assert known_steps(models, 0).shape == (0, 6)
