"""What a model must do to be trained, scored and paid for, as checks that a stranger runs on a model of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats
from deltaml.learning.model import Model

_SLOPES = 5
_NUDGE = 1e-6


def check_model(
    model: Model, X: ArrayLike, y: ArrayLike, *, random_state: int = 0, tolerance: float = 1e-4
) -> tuple[str, ...]:
    """Runs every check on `model` with the rows X[n, n_features], y[n] (at least four); returns their names.

    tolerance: how far gradients may be from the slopes of the loss, relative to their length; 1e-4 suits float64.
    Raises InvalidInput that lists every check that failed and what was seen.
    """
    features, labels = np.asarray(X), np.asarray(y)
    if len(features) != len(labels) or len(labels) < 4:
        raise InvalidInput(f"give at least four rows with a label each, got {len(features)} and {len(labels)}")
    if not isinstance(model, Model):
        lacking = [name for name in _MEMBERS if not hasattr(model, name)]
        raise InvalidInput(f"{type(model).__name__} is no Model: it lacks {', '.join(lacking)}")
    case = _Case(model, features, labels, random_state, tolerance)
    failed = [why for check in _CHECKS if (why := _outcome(check, case)) is not None]
    if failed:
        listed = "\n".join(f"- {why}" for why in failed)
        raise InvalidInput(f"{type(model).__name__} fails {len(failed)} of {len(_CHECKS)} checks:\n{listed}")
    return tuple(_name(check) for check in _CHECKS)


@dataclass(frozen=True, eq=False)
class _Case:
    model: Model
    X: Any
    y: Any
    random_state: int
    tolerance: float

    def weights(self, shift: int = 0) -> Floats:
        """Near the start, but not at it: a start of zeros hides a lot."""
        rng = np.random.default_rng([self.random_state, shift])
        start = np.asarray(self.model.initial(self.random_state), dtype=np.float64)
        return start + 0.1 * rng.normal(size=start.shape)

    def loss(self, weights: Floats) -> float:
        return self.model.loss(weights, self.X, self.y)

    def gradient(self, weights: Floats) -> Floats:
        return self.model.gradient(weights, self.X, self.y)


def _outcome(check: Callable[[_Case], None], case: _Case) -> str | None:
    try:
        check(case)
    except AssertionError as error:
        return f"{_name(check)}: {error}"
    except Exception as error:
        return f"{_name(check)}: raised {type(error).__name__}: {error}"
    return None


def _name(check: Callable[[_Case], None]) -> str:
    return check.__name__.removeprefix("_").replace("_", " ")


def _has_a_repeatable_start(case: _Case) -> None:
    d, first, again = case.model.n_parameters, case.model.initial(7), case.model.initial(7)
    assert isinstance(d, int) and d >= 1, f"n_parameters is {d!r}, wanted a whole number of at least 1"
    assert isinstance(first, np.ndarray) and first.dtype == np.float64, "initial() wants to give a float64 array"
    assert first.shape == (d,), f"initial() has shape {first.shape}, wanted ({d},)"
    assert np.isfinite(first).all(), "initial() has numbers that are NaN or infinite"
    assert np.array_equal(first, again), "initial(7) differs from one call to the next"


def _has_a_finite_repeatable_loss(case: _Case) -> None:
    w = case.weights()
    first, again = case.loss(w), case.loss(w)
    assert isinstance(first, float) and np.isfinite(first), f"loss is {first!r}, wanted a finite float"
    assert first == again, f"loss is {first} first and {again} then: switch off dropout and the like"
    assert first >= 0, f"loss is {first}, wanted 0 or more: progress is measured on its logarithm"


def _loss_is_a_mean_over_rows(case: _Case) -> None:
    w = case.weights()
    twice = case.model.loss(w, np.concatenate([case.X, case.X]), np.concatenate([case.y, case.y]))
    assert np.isclose(twice, case.loss(w), rtol=1e-6), f"loss is {case.loss(w)}, and {twice} with every row twice"
    turned = case.model.loss(w, case.X[::-1].copy(), case.y[::-1].copy())
    assert np.isclose(turned, case.loss(w), rtol=1e-6), "loss depends on the order of the rows"


def _losses_are_loss_many_times(case: _Case) -> None:
    many = np.array([case.weights(shift) for shift in range(3)])
    losses = np.asarray(case.model.losses(many, case.X, case.y))
    single = [case.loss(w) for w in many]
    assert losses.shape == (3,), f"losses of 3 models have shape {losses.shape}"
    assert np.allclose(losses, single, rtol=1e-6), f"losses are {losses.tolist()}, one by one {single}"


def _gradient_is_the_slope_of_loss(case: _Case) -> None:
    for shift in range(_SLOPES):
        w = case.weights(shift)
        g = case.gradient(w)
        assert isinstance(g, np.ndarray) and g.shape == w.shape, f"gradient is {np.shape(g)}, wanted {w.shape}"
        direction = np.random.default_rng([case.random_state, 1, shift]).normal(size=w.shape)
        direction /= np.linalg.norm(direction)
        slope = (case.loss(w + _NUDGE * direction) - case.loss(w - _NUDGE * direction)) / (2 * _NUDGE)
        bound = case.tolerance * max(1.0, float(np.linalg.norm(g)))
        assert abs(slope - g @ direction) <= bound, f"along a line the gradient says {g @ direction}, loss {slope}"


def _a_small_step_downhill_helps(case: _Case) -> None:
    w = case.weights()
    g = case.gradient(w)
    if np.linalg.norm(g) <= case.tolerance:
        return
    steps = [case.loss(w - step * g / np.linalg.norm(g)) for step in (1e-1, 1e-2, 1e-3, 1e-4)]
    assert min(steps) < case.loss(w), "no step against the gradient lowers the loss"


def _changes_nothing_it_is_given(case: _Case) -> None:
    w, X, y = case.weights(), case.X.copy(), case.y.copy()
    before = w.copy()
    for call in (case.model.loss, case.model.gradient, case.model.metric):
        call(w, X, y)
    case.model.predict(w, X)
    assert np.array_equal(w, before), "the weights it was given have changed"
    assert np.array_equal(X, case.X) and np.array_equal(y, case.y), "the rows it was given have changed"


def _survives_fixed_point(case: _Case) -> None:
    w = case.weights()
    rounded = np.rint(np.ldexp(w, 24)) / 2**24
    change = abs(case.loss(rounded) - case.loss(w))
    assert change <= 1e-3 * max(1.0, case.loss(w)), f"rounding weights to 24 bits changes the loss by {change}"


def _predicts_and_measures(case: _Case) -> None:
    w = case.weights()
    predicted, metric = np.asarray(case.model.predict(w, case.X)), case.model.metric(w, case.X, case.y)
    assert predicted.shape == (len(case.X),), f"{len(case.X)} rows give predictions of shape {predicted.shape}"
    assert predicted.dtype.kind in "iuf", f"predictions have type {predicted.dtype}: number the classes from 0"
    assert isinstance(metric, float) and np.isfinite(metric), f"metric is {metric!r}, wanted a finite float"
    assert isinstance(case.model.metric_name, str) and case.model.metric_name, "metric_name is empty"


def _refuses_what_does_not_fit(case: _Case) -> None:
    w = case.weights()
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("too few weights", lambda: case.model.loss(w[:-1], case.X, case.y)),
        ("a label too few", lambda: case.model.gradient(w, case.X, case.y[:-1])),
        ("no rows", lambda: case.model.loss(w, case.X[:0], case.y[:0])),
    ]
    for what, call in wrong:
        try:
            call()
        except InvalidInput:
            continue
        except Exception as error:
            raise AssertionError(f"{what}: raises {type(error).__name__}, wanted InvalidInput") from error
        raise AssertionError(f"{what}: nothing raised, wanted InvalidInput")


_MEMBERS = ("n_parameters", "metric_name", "initial", "loss", "losses", "gradient", "predict", "metric")
_CHECKS: tuple[Callable[[_Case], None], ...] = (
    _has_a_repeatable_start,
    _has_a_finite_repeatable_loss,
    _loss_is_a_mean_over_rows,
    _losses_are_loss_many_times,
    _gradient_is_the_slope_of_loss,
    _a_small_step_downhill_helps,
    _changes_nothing_it_is_given,
    _survives_fixed_point,
    _predicts_and_measures,
    _refuses_what_does_not_fit,
)
