"""The committee's step: exact where it must be, refused wherever a proposal was tampered with, never stuck."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidMessage
from deltaml.learning import progress
from deltaml.protocol.messages import COEFFICIENT_LIMIT, Proposal, State
from deltaml.protocol.opening import Agreement
from deltaml.protocol.score_tree import HARMFUL, MAX_SCORE, MISSED, pack_scores
from deltaml.protocol.spec import MICRO, Column, Target
from deltaml.protocol.stepping import (
    CARRY_FLOOR,
    MEASURE_LIMIT,
    PROGRESS_QUANTUM_WAD,
    WAD,
    Step,
    Validation,
    check,
    check_initial,
    finish,
    history_length,
    initial_state,
    n_public_steps,
    next_weights,
    propose,
    rounds_looked_back_on,
    stand_still,
    summed_weights,
)
from tests.python.protocol.board import make_spec, make_validation
from tests.python.protocol.samples import HEADER, SUMMED, with_top

pytestmark = pytest.mark.unit

SPEC, VALIDATION = make_spec(), make_validation()
FIXED = SPEC.weights_format()
START = initial_state(SPEC, VALIDATION, 0)
UNITS = 3


def downhill(length: float) -> np.ndarray:
    """int64[d]: a step of that length against the gradient at the start."""
    gradient = SPEC.model().gradient(FIXED.decode(START.weights), VALIDATION.X, VALIDATION.y)
    return FIXED.encode(-length * gradient / np.linalg.norm(gradient))


HISTORY = [START.weights, START.weights + downhill(0.3)]
TOTAL = UNITS * downhill(0.2) + np.array([1000, -2000, 3000, 0])
STEP = propose(SPEC, VALIDATION, HISTORY, TOTAL, UNITS)


def checked(step: Step) -> str | None:
    return check(SPEC, VALIDATION, HISTORY, TOTAL, UNITS, STEP, step)


# ---------------------------------------------------------------------- the initial state


def test_the_initial_state_is_accepted() -> None:
    assert check_initial(SPEC, VALIDATION, START) is None
    assert not np.array_equal(START.weights, initial_state(make_mlp(), VALIDATION, 1).weights)


def make_mlp() -> Any:
    return make_spec(family="mlp", shape={"n_features": 3, "n_outputs": 2, "n_hidden": 2})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"round": 1}, "not a round 0"),
        ({"carried": (0, -1)}, "not a round 0"),
        ({"weights": START.weights[:-1]}, "not a round 0"),
        ({"gradient": -START.gradient}, "gradient differs"),
        ({"gradient": START.gradient * 2}, "gradient differs"),
        ({"loss_micro": START.loss_micro + 100}, "loss differs"),
        ({"metric_micro": START.metric_micro + MICRO // 2}, "metric differs"),
        ({"progress_wad": START.progress_wad + 2 * PROGRESS_QUANTUM_WAD}, "progress"),
        ({"weights": START.weights + (1 << 24)}, "differs"),
        ({"weights": START.weights + 2**62 + 1}, "beyond"),
        ({"weights": START.weights - 2**62 - 1}, "beyond"),
    ],
)
def test_another_initial_state_is_refused(changes: dict[str, Any], why: str) -> None:
    assert why in str(check_initial(SPEC, VALIDATION, replace(START, **changes)))


def test_weights_at_the_ends_of_the_word_are_refused() -> None:
    """np.abs(-2^63) is -2^63: the check must not be fooled."""
    for end in (-(2**63), 2**63 - 1):
        weights = START.weights.copy()
        weights[0] = end
        assert "beyond" in str(check_initial(SPEC, VALIDATION, replace(START, weights=weights)))


# ---------------------------------------------------------------------- proposing and checking


def test_check_accepts_what_propose_finds() -> None:
    assert checked(STEP) is None
    assert any(STEP.coefficients)


def test_check_accepts_it_after_a_journey() -> None:
    sent = Proposal(HEADER, SUMMED, **vars(STEP))
    received = Proposal.decode(sent.document(), HEADER, 4, 2)
    assert checked(Step(**{name: getattr(received, name) for name in vars(STEP)})) is None


TAMPERED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("path_gradient", lambda h: -h, "path gradient"),
    ("path_gradient", lambda h: h * 2, "path gradient"),
    ("path_gradient", np.zeros_like, "path gradient"),
    ("path_gradient", lambda h: h + 10_000, "path gradient"),
    ("coefficients", lambda c: c[:-1], "number of public steps"),
    ("coefficients", lambda c: (*c, 0), "number of public steps"),
    ("coefficients", lambda c: tuple(-x - 2**24 for x in c), "worse than they could"),
    ("coefficients", lambda c: (COEFFICIENT_LIMIT - 1,) * len(c), "worse than they could"),
    ("coefficients", lambda c: (c[0], c[1] + 2**16), "differs"),
    ("gradient", lambda g: -g, "gradient differs"),
    ("gradient", np.zeros_like, "gradient differs"),
    ("loss_micro", lambda x: x + 10, "loss"),
    ("loss_micro", lambda x: x - 10, "loss"),
    ("loss_micro", lambda x: 0, "loss"),
    ("metric_micro", lambda x: x + MICRO // 60 + 3, "metric"),
    ("metric_micro", lambda x: -x, "metric"),
    ("progress_wad", lambda x: x + 2 * PROGRESS_QUANTUM_WAD, "progress"),
    ("progress_wad", lambda x: x - 2 * PROGRESS_QUANTUM_WAD, "progress"),
    ("progress_wad", lambda x: WAD, "progress"),
    ("progress_wad", lambda x: 0, "progress"),
]


@pytest.mark.parametrize(("name", "tamper", "why"), TAMPERED, ids=[f"{i} {case[0]}" for i, case in enumerate(TAMPERED)])
def test_tampering_is_named(name: str, tamper: Callable[[Any], Any], why: str) -> None:
    assert why in str(checked(replace(STEP, **{name: tamper(getattr(STEP, name))})))


def test_steps_out_of_the_word_are_refused_not_crashed_on() -> None:
    history = [START.weights, START.weights + 2**40]
    step = propose(SPEC, VALIDATION, history, TOTAL, UNITS)
    tampered = replace(step, coefficients=(COEFFICIENT_LIMIT - 1, 0))
    assert "beyond" in str(check(SPEC, VALIDATION, history, TOTAL, UNITS, step, tampered))


def test_another_sum_needs_another_step() -> None:
    mine = propose(SPEC, VALIDATION, HISTORY, -TOTAL, UNITS)
    assert check(SPEC, VALIDATION, HISTORY, -TOTAL, UNITS, mine, STEP) is not None


def test_what_another_machine_may_round_otherwise_passes() -> None:
    nudged = replace(
        STEP,
        path_gradient=STEP.path_gradient + 1,
        gradient=STEP.gradient - 1,
        metric_micro=STEP.metric_micro + 1,
        progress_wad=STEP.progress_wad + PROGRESS_QUANTUM_WAD,
    )
    assert checked(nudged) is None


def test_gradients_are_orthogonal_to_public_steps_and_no_longer_than_allowed() -> None:
    short = make_spec(gradient_norm_micro=MICRO // 100)
    step = propose(short, VALIDATION, HISTORY, TOTAL, UNITS)
    h = short.gradient_format().decode(step.path_gradient)
    gone = FIXED.decode(HISTORY[1] - HISTORY[0])
    assert np.linalg.norm(h) <= 0.01 + 1e-6
    assert abs(h @ gone) <= 1e-6 * np.linalg.norm(gone)


def test_public_steps_never_make_it_worse() -> None:
    reached = summed_weights(HISTORY[-1], TOTAL, UNITS)
    without = SPEC.model().loss(FIXED.decode(reached), VALIDATION.X, VALIDATION.y)
    assert STEP.loss_micro <= round(without * MICRO)


def test_a_tiny_step_after_long_ones_moves_next_to_nothing() -> None:
    """Idle trainers: the sum is a few units of 2^-24, and public steps go at most ten times as far as it does."""
    history = [START.weights, START.weights + downhill(0.5)]
    sideways = np.array([40, -41, 3, 17])
    step = propose(SPEC, VALIDATION, history, sideways, UNITS)
    reached = summed_weights(history[-1], sideways, UNITS)
    moved = next_weights(SPEC, reached, history, step.coefficients) - reached
    assert np.linalg.norm(moved) <= 10 * np.linalg.norm(reached - history[-1])
    again = propose(SPEC, VALIDATION, history, sideways, UNITS)
    assert check(SPEC, VALIDATION, history, sideways, UNITS, again, step) is None
    sent = Proposal(HEADER, SUMMED, **vars(step))
    assert Proposal.decode(sent.document(), HEADER, 4, 2).coefficients == step.coefficients


def test_a_sum_of_nothing_can_be_proposed() -> None:
    step = propose(SPEC, VALIDATION, [START.weights], np.zeros(4, np.int64), UNITS)
    assert step.coefficients == (0,)
    assert check(SPEC, VALIDATION, [START.weights], np.zeros(4, np.int64), UNITS, step, step) is None


def test_a_hopeless_model_can_still_be_voted_on() -> None:
    """A loss beyond all bounds is measured at the bound: members who can't vote would lose their stake."""
    spec = make_spec(
        family="linear", target=Target("y", "number", (), 0, MICRO), clip_norm_micro=10**12, public_steps=0
    )
    validation = Validation(VALIDATION.X * 1e9, VALIDATION.X[:, 0] * 1e-9)
    start = initial_state(spec, validation, 0)
    total = np.full(4, UNITS * 10**6 << 24)
    step = propose(spec, validation, [start.weights], total, UNITS)
    assert step.loss_micro == MEASURE_LIMIT and step.metric_micro == -MEASURE_LIMIT and step.progress_wad == 0
    assert check(spec, validation, [start.weights], total, UNITS, step, step) is None
    weights = next_weights(spec, summed_weights(start.weights, total, UNITS), [start.weights], ())
    following, words = finish(spec, start_for(1), weights, step, Agreement((0,), (0,), {0: 0}), [UNITS], {0: -5})
    assert State.decode(following.document(), 4, 1).loss_micro == MEASURE_LIMIT
    assert words == [5]


# ---------------------------------------------------------------------- next weights


def twin_of_next_weights(reached: list[int], history: list[list[int]], coefficients: list[int], bits: int) -> list[int]:
    """Word by word, in fractions: each public step times its coefficient, rounded half up, added."""
    points = [*history, reached][-(len(coefficients) + 1) :]
    result = list(reached)
    for coefficient, before, after in zip(coefficients, points[:-1], points[1:], strict=True):
        for i in range(len(reached)):
            result[i] += math.floor(Fraction((after[i] - before[i]) * coefficient, 2**bits) + Fraction(1, 2))
    return result


WEIGHTS = st.lists(st.integers(-(2**50), 2**50), min_size=4, max_size=4)


@given(
    history=st.lists(WEIGHTS, min_size=1, max_size=4),
    reached=WEIGHTS,
    coefficients=st.lists(st.integers(-(2**33), 2**33), min_size=2, max_size=2),
    public_steps=st.integers(0, 2),
)
def test_next_weights_equal_the_twin(
    history: list[list[int]], reached: list[int], coefficients: list[int], public_steps: int
) -> None:
    spec = make_spec(public_steps=public_steps)
    used = coefficients[: n_public_steps(spec, len(history))]
    found = next_weights(spec, np.array(reached), [np.array(row) for row in history], used)
    assert found.dtype == np.int64
    assert found.tolist() == twin_of_next_weights(reached, history, used, spec.fraction_bits)


def test_weights_do_not_wrap() -> None:
    far = np.array([2**61, 0, 0, 0])
    for coefficient in (2**26, -(2**28), COEFFICIENT_LIMIT - 1):
        with pytest.raises(InvalidMessage, match="beyond"):
            next_weights(make_spec(public_steps=1), far, [np.zeros(4, np.int64)], (coefficient,))
    assert next_weights(make_spec(public_steps=1), far, [np.zeros(4, np.int64)], (0,)).tolist() == far.tolist()


def test_the_number_of_coefficients_follows_from_the_history() -> None:
    assert [n_public_steps(make_spec(public_steps=2), n) for n in (1, 2, 3)] == [1, 2, 2]
    assert n_public_steps(make_spec(public_steps=0), 9) == 0
    with pytest.raises(ValueError, match="zip"):
        next_weights(SPEC, HISTORY[1], HISTORY, (1,))
    assert history_length(make_spec(public_steps=0)) == 1
    assert history_length(make_spec(public_steps=7)) == 7


def test_scores_see_neither_the_latest_steps_nor_the_whole_way() -> None:
    """A replayer of w - w_0 earns nothing, though the first steps are older than what is looked back on."""
    spec = make_spec(
        shape={"n_features": 11},
        columns=tuple(Column(f"x{i}", 0, MICRO) for i in range(11)),
        public_steps=2,
    )
    rng = np.random.default_rng(3)
    validation = Validation(rng.normal(size=(60, 11)), rng.integers(0, 2, 60))
    weights = [np.zeros(12, np.int64)]
    for _ in range(9):
        weights.append(weights[-1] + rng.integers(-(2**22), 2**22, 12))
    rounds = rounds_looked_back_on(spec, 9)
    assert rounds == [0, *range(9 - history_length(spec), 10)] and len(rounds) < 10
    step = propose(spec, validation, [weights[i] for i in rounds], np.zeros(12, np.int64), 1)
    size = np.linalg.norm(step.path_gradient.astype(float))
    for replayed in (weights[9] - weights[0], weights[9] - weights[8]):
        cosine = step.path_gradient.astype(float) @ replayed / size / np.linalg.norm(replayed.astype(float))
        assert abs(cosine) < 1e-4
    assert size > 0


def test_small_models_keep_half_of_their_directions() -> None:
    assert rounds_looked_back_on(make_spec(public_steps=5), 9) == list(range(4, 10))


@given(st.lists(st.integers(-(2**55), 2**55), min_size=4, max_size=4), st.integers(1, 100))
def test_summed_weights_are_the_mean_rounded_half_up(total: list[int], units: int) -> None:
    found = summed_weights(np.arange(4), np.array(total), units)
    assert found.tolist() == [i + math.floor(Fraction(t, units) + Fraction(1, 2)) for i, t in enumerate(total)]


# ---------------------------------------------------------------------- scores


def start_for(n_trainers: int, **changes: Any) -> State:
    return replace(START, **{"carried": (0,) * n_trainers, **changes})


@st.composite
def rounds(draw: Any) -> tuple[list[int], tuple[int, ...], Agreement, dict[int, int]]:
    """Stake units, carried deficits, who counts, and <u_i, h> of the summed."""
    n = draw(st.integers(1, 6))
    units = draw(st.lists(st.integers(1, 50), min_size=n, max_size=n))
    carried = tuple(draw(st.lists(st.integers(-(2**62), 0) | st.just(0), min_size=n, max_size=n)))
    accepted = tuple(i for i in range(n) if draw(st.booleans()))
    summed = tuple(i for i in accepted if draw(st.integers(0, 3)))
    pre_scores = {i: draw(st.integers(-(2**40), 2**40)) for i in summed} | {
        i: draw(st.integers(1, 2**40)) for i in accepted if i not in summed
    }
    products = {i: draw(st.integers(-(2**62), 2**62)) for i in summed}
    return units, carried, Agreement(accepted, summed, pre_scores), products


@given(rounds())
def test_scores_and_deficits_add_up(case: tuple[list[int], tuple[int, ...], Agreement, dict[int, int]]) -> None:
    """R3, R4: what is scored or carried on is what was earned and carried before, word by word."""
    units, carried, agreement, products = case
    if not agreement.summed:
        return
    n = len(units)
    following, words = finish(SPEC, start_for(n, carried=carried), START.weights, STEP, agreement, units, products)
    total = sum(units[i] for i in agreement.summed)
    assert following.round == START.round + 1 and len(following.carried) == n
    pack_scores(words)
    for i in range(n):
        product = products.get(i, agreement.left_out.get(i, 0))
        phi = -math.floor(Fraction(units[i] * product, total) + Fraction(1, 2))
        balance = phi + carried[i]
        assert following.carried[i] == max(CARRY_FLOOR, min(0, balance))
        if i not in agreement.accepted:
            assert words[i] == MISSED
        elif i in products and phi < 0:
            assert words[i] == HARMFUL
        else:
            assert words[i] == max(0, balance) <= MAX_SCORE
        if i in agreement.left_out:
            assert words[i] == 0 and following.carried[i] <= carried[i]
    # The next round can read and carry on with it.
    assert State.decode(following.document(), 4, n).carried == following.carried


def test_a_deficit_is_worked_off_before_pay() -> None:
    agreement = Agreement((0, 1), (0, 1), {0: 0, 1: 0})
    state, words = finish(SPEC, start_for(2, carried=(-10, 0)), START.weights, STEP, agreement, [1, 1], {0: -6, 1: -8})
    assert words == [0, 4] and state.carried == (-7, 0)
    state, words = finish(SPEC, state, START.weights, STEP, agreement, [1, 1], {0: -20, 1: 8})
    assert words == [3, HARMFUL] and state.carried == (0, -4)
    state, words = finish(SPEC, state, START.weights, STEP, agreement, [1, 1], {0: 0, 1: -8})
    assert words == [0, 0] and state.carried == (0, 0)


def test_no_deficit_is_beyond_what_a_state_can_say() -> None:
    agreement = Agreement((0,), (0,), {0: 0})
    state, words = finish(SPEC, start_for(1, carried=(CARRY_FLOOR,)), START.weights, STEP, agreement, [1], {0: 2**62})
    assert words == [HARMFUL] and state.carried == (CARRY_FLOOR,)


def test_standing_still_changes_nothing_but_the_number() -> None:
    before = start_for(4, carried=(0, -5, -7, 0))
    state, words = stand_still(before, Agreement((1, 3), (), {1: 5, 3: -5}), 4)
    assert words == [MISSED, 0, MISSED, 0]
    assert state.round == before.round + 1
    for name in ("weights", "gradient", "carried", "progress_wad", "loss_micro", "metric_micro"):
        assert np.array_equal(getattr(state, name), getattr(before, name))


# ---------------------------------------------------------------------- progress


def progress_of(loss: float, rule: str) -> int:
    """Through a state: a model of no weights whose loss is set by its target alone."""
    spec = make_spec(
        family="linear",
        target=Target("y", "number", (), 0, MICRO),
        l2_nano=0,
        progress_rule=rule,
        baseline_loss_micro=800_000,
        target_loss_micro=100_000,
    )
    validation = Validation(np.zeros((1, 3)), np.array([np.sqrt(2 * loss)]))
    state = initial_state(spec, validation, 0)
    assert abs(state.loss_micro - loss * MICRO) <= 1
    return state.progress_wad


@pytest.mark.parametrize("rule", ["linear", "log"])
def test_progress_comes_in_quanta_from_zero_to_one(rule: str) -> None:
    losses = [2.0, 0.8, 0.7, 0.4, 0.2, 0.1001, 0.1, 0.05, 0.0]
    found = [progress_of(loss, rule) for loss in losses]
    assert found == sorted(found)
    assert found[0] == found[1] == 0 and found[-3:] == [WAD] * 3
    assert all(value % PROGRESS_QUANTUM_WAD == 0 for value in found)
    for loss, value in zip(losses, found, strict=True):
        exact = progress(max(loss, 1e-6), 0.8, 0.1, rule)  # type: ignore[arg-type]
        assert abs(value / WAD - exact) < 1e-5


def test_a_top_of_another_kind_is_no_state() -> None:
    document = START.document()
    with pytest.raises(InvalidMessage, match="type"):
        State.decode(with_top(document, {**document.top, "type": "deltaml/update/1"}), 4, 0)
