from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import (
    Linear,
    Mlp,
    Model,
    aumann_shapley,
    carry_deficits,
    coalition_utilities,
    exact_shapley,
    path_gradient,
    project_off,
    weighted_mean,
)

pytestmark = pytest.mark.unit

seeds = st.integers(0, 2**32)


def game(seed: int, model: Model, n: int = 6) -> tuple[Any, Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(25, 5)), rng.integers(0, 2, size=25)
    start, updates = rng.normal(size=model.n_parameters), 0.3 * rng.normal(size=(n, model.n_parameters))
    return X, y, start, updates, rng.integers(1, 10, size=n)


def scores(model: Model, seed: int, nodes: int, updates: Any = None, stakes: Any = None) -> Any:
    X, y, start, drawn, drawn_stakes = game(seed, model)
    updates, stakes = drawn if updates is None else updates, drawn_stakes if stakes is None else stakes
    h = path_gradient(lambda w: model.gradient(w, X, y), start, weighted_mean(updates, stakes), nodes)
    return aumann_shapley(updates, stakes, h)


@pytest.mark.parametrize("nodes", [1, 2, 4])
def test_quadrature_is_exact_up_to_its_degree(nodes: int) -> None:
    # d/dτ of a polynomial of degree 2·nodes: the integral along the path is the difference at its ends.
    power = 2 * nodes
    h = path_gradient(lambda w: power * w ** (power - 1), np.array([0.5]), np.array([2.0]), nodes)
    assert h[0] * 2.0 == pytest.approx(2.5**power - 0.5**power, rel=1e-12)
    off = path_gradient(lambda w: (power + 2) * w ** (power + 1), np.array([0.5]), np.array([2.0]), nodes)
    assert off[0] * 2.0 != pytest.approx(2.5 ** (power + 2) - 0.5 ** (power + 2), rel=1e-9)


@given(seeds)
def test_quadratic_losses_give_the_shapley_value_with_one_node(seed: int) -> None:
    model = Linear(5, l2=0.1)
    X, y, start, updates, stakes = game(seed, model)
    exact = exact_shapley(coalition_utilities(lambda many: model.losses(many, X, y), start, updates, stakes))
    np.testing.assert_allclose(scores(model, seed, nodes=1), exact, atol=1e-9)


@given(seeds)
def test_scores_add_up_to_the_fall_of_the_loss(seed: int) -> None:
    model = Mlp(5, 4, 2, l2=0.01)
    X, y, start, updates, stakes = game(seed, model)
    fall = model.loss(start, X, y) - model.loss(start + weighted_mean(updates, stakes), X, y)
    assert scores(model, seed, nodes=24).sum() == pytest.approx(fall, abs=1e-8)


@given(seeds)
def test_idle_scores_zero_and_twins_score_the_same(seed: int) -> None:
    model = Mlp(5, 4, 2, l2=0.01)
    _, _, _, updates, stakes = game(seed, model)
    updates[1], updates[2], stakes[2] = 0.0, updates[3], stakes[3]
    phi = scores(model, seed, nodes=4, updates=updates, stakes=stakes)
    assert phi[1] == 0.0
    assert phi[2] == pytest.approx(phi[3], rel=1e-12)


@given(seeds)
def test_order_of_trainers_does_not_matter(seed: int) -> None:
    model = Linear(5)
    _, _, _, updates, stakes = game(seed, model)
    order = np.random.default_rng(seed).permutation(6)
    phi = scores(model, seed, 1, updates, stakes)
    np.testing.assert_allclose(scores(model, seed, 1, updates[order], stakes[order]), phi[order], atol=1e-12)


def test_shapes_that_do_not_match_are_refused() -> None:
    with pytest.raises(InvalidInput):
        aumann_shapley(np.ones((2, 3)), [1, 1], np.ones(4))
    with pytest.raises(InvalidInput):
        path_gradient(lambda w: w, np.ones(3), np.ones(2))
    with pytest.raises(InvalidInput):
        path_gradient(lambda w: w, np.ones(3), np.ones(3), nodes=0)
    with pytest.raises(InvalidInput):
        project_off(np.ones(3), np.ones((2, 4)))


@given(seeds, st.integers(1, 5), st.floats(-9, 9))
def test_projection_is_orthogonal_idempotent_and_shortest(seed: int, k: int, exponent: float) -> None:
    rng = np.random.default_rng(seed)
    # Rows of wildly different lengths, one repeated and one zero: the span is what counts.
    directions = rng.normal(size=(k, 12)) * 10.0 ** np.linspace(0, exponent, k)[:, None]
    rows = np.vstack([directions, directions[:1] * -3.0, np.zeros(12)])
    vector = rng.normal(size=12)
    rest = project_off(vector, rows)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    assert np.abs(unit @ rest).max() < 1e-9
    np.testing.assert_allclose(project_off(rest, rows), rest, atol=1e-12)
    solution = np.linalg.lstsq(unit.T, vector, rcond=None)[0]
    np.testing.assert_allclose(rest, vector - unit.T @ solution, atol=1e-7)


def test_projection_ignores_noise_below_the_tolerance() -> None:
    rows = np.array([[1.0, 0.0, 0.0], [1.0, 1e-13, 0.0]])
    np.testing.assert_allclose(project_off(np.array([1.0, 1.0, 1.0]), rows), [0.0, 1.0, 1.0], atol=1e-12)


def test_projection_off_nothing_is_a_copy() -> None:
    vector = np.array([1.0, 2.0])
    for nothing in (np.empty((0, 2)), np.zeros((3, 2))):
        rest = project_off(vector, nothing)
        np.testing.assert_array_equal(rest, vector)
        assert rest is not vector


def test_deficits_are_worked_off_before_pay() -> None:
    assert carry_deficits([5, -7, 3], [0, 0, -10]) == ([5, 0, 0], [0, -7, -7])
    huge = 10**40
    assert carry_deficits([huge + 1], [-huge]) == ([1], [0])


@given(st.lists(st.integers(-(2**200), 2**200), min_size=1, max_size=20))
def test_nobody_is_ever_paid_more_than_the_sum_of_their_scores(history: list[int]) -> None:
    carried, paid, best = [0], 0, 0
    for round_number, score in enumerate(history):
        (payable,), carried = carry_deficits([score], carried)
        paid += payable
        assert payable >= 0 >= carried[0]
        assert paid + carried[0] == sum(history[: round_number + 1])
        best = max(best, sum(history[: round_number + 1]))
        assert paid == best


def test_carries_must_fit_the_scores() -> None:
    with pytest.raises(InvalidInput):
        carry_deficits([1, 2], [0])
    with pytest.raises(InvalidInput):
        carry_deficits([1], [1])
