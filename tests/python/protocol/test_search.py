"""Two machines that search for the public steps alike accept each other's; a proposer who shades them is refused."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from deltaml.protocol import stepping
from deltaml.protocol.spec import MICRO, OpenSpec, Target
from deltaml.protocol.stepping import SEARCH_TOLERANCE, Int64Array, Step, Validation, check, propose, summed_weights
from tests.python.protocol.board import make_spec

pytestmark = pytest.mark.unit

Case: TypeAlias = tuple[OpenSpec, Validation, list[Int64Array], Int64Array, np.random.Generator]

CLASSES = Target("y", "classes", ("a", "b", "c"), 0, MICRO)
FAMILIES = {
    "linear": {"family": "linear", "shape": {"n_features": 3}, "target": Target("y", "number", (), 0, MICRO)},
    "logistic": {},
    "softmax": {"family": "softmax", "shape": {"n_features": 3, "n_outputs": 3}, "target": CLASSES},
    "mlp": {"family": "mlp", "shape": {"n_features": 3, "n_outputs": 3, "n_hidden": 6}, "target": CLASSES},
}


@st.composite
def rounds(draw: st.DrawFn) -> Case:
    """(spec, validation, history, sum of one unit): steps of random length, some nearly parallel, some downhill."""
    spec = make_spec(
        **FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))], fraction_bits=draw(st.sampled_from([8, 16, 24, 32]))
    )
    spec = replace(spec, public_steps=draw(st.integers(1, 5)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_rows = draw(st.sampled_from([4, 40, 400]))
    X = rng.normal(size=(n_rows, 3))
    slope = X @ rng.normal(size=3) + 0.5 * rng.normal(size=n_rows)
    y = slope if spec.family == "linear" else np.digitize(slope, [0.0, 1.0][: max(1, len(spec.target.classes) - 1)])
    validation, model, fixed = Validation(X, y), spec.model(), spec.weights_format()
    steps: list[NDArray[np.float64]] = []
    points = [fixed.encode(model.initial(int(rng.integers(2**31))))]
    for length in draw(st.lists(st.floats(-3, 0.5), min_size=1, max_size=6)):
        way = rng.normal(size=model.n_parameters)
        way -= rng.uniform(0, 40) * model.gradient(fixed.decode(points[-1]), X, y)
        if steps and rng.uniform() < 0.3:
            way = steps[-1] + 1e-4 * rng.normal(size=len(way))
        steps.append(way * 10**length / np.linalg.norm(way))
        points.append(points[-1] + fixed.encode(steps[-1]))
    return spec, validation, points[:-1], points[-1] - points[-2], rng


def elsewhere(validation: Validation, rng: np.random.Generator) -> Validation:
    """What another machine's arithmetic makes of the same rows: other orders of summing, a few bits of noise."""
    order = rng.permutation(len(validation.X))
    noise = 1 + 1e-12 * rng.normal(size=validation.X.shape)
    return Validation((validation.X * noise)[order], validation.y[order])


@settings(deadline=None)
@given(rounds())
def test_honest_members_accept_each_other(case: Case) -> None:
    spec, validation, history, total, rng = case
    other = elsewhere(validation, rng)
    mine, theirs = propose(spec, validation, history, total, 1), propose(spec, other, history, total, 1)
    assert check(spec, validation, history, total, 1, mine, theirs) is None
    assert check(spec, other, history, total, 1, theirs, mine) is None


@settings(deadline=None)
@given(rounds(), st.floats(0.0, 3.0))
def test_who_shades_is_refused(case: Case, part: float) -> None:
    """Public steps that go only a part of the way, or too far, with loss, gradient and progress that are true of them:
    refused when what the search makes small is worse by more than the tolerance."""
    spec, validation, history, total, _ = case
    mine = propose(spec, validation, history, total, 1)
    shaded = tuple(round(coefficient * part) for coefficient in mine.coefficients)
    reached, model, fixed = summed_weights(history[-1], total, 1), spec.model(), spec.weights_format()
    steps = np.diff([fixed.decode(point) for point in [*history, reached]], axis=0)[-len(shaded) :]

    assume(steps[-1].any())

    def objective(coefficients: Sequence[int]) -> float:
        """The definition, written down once more."""
        move = np.array(coefficients) / 2**spec.fraction_bits @ steps
        loss, start = model.loss(fixed.decode(reached) + move, validation.X, validation.y), fixed.decode(reached)
        damping = (move @ move) / (steps[-1] @ steps[-1]) / len(validation.X)
        return loss / model.loss(start, validation.X, validation.y) + damping

    lost = objective(shaded) - objective(mine.coefficients)
    near = all(abs(a - b) <= 1 for a, b in zip(shaded, mine.coefficients, strict=True))
    told = check(spec, validation, history, total, 1, mine, proposed_with(spec, validation, history, total, shaded))
    assert (told is None) == (near or lost <= SEARCH_TOLERANCE) or abs(lost - SEARCH_TOLERANCE) < 1e-9


def proposed_with(
    spec: OpenSpec, validation: Validation, history: list[Int64Array], total: Int64Array, coefficients: tuple[int, ...]
) -> Step:
    """What `propose` says when its search finds these coefficients."""
    with patch.object(stepping, "_search", return_value=coefficients):
        return propose(spec, validation, history, total, 1)
