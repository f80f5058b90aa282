"""From an opened sum to the next state: the committee's learning step (design §3), integers at its edges (R17).

Floats are used inside one process only. Whoever's turn it is proposes the results as integers; everybody else
recomputes them with `check` and goes on only if they agree within what float64 on another machine may differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage
from deltaml.learning import (
    Model,
    best_in_span,
    carry_deficits,
    damped,
    path_gradient,
    progress,
    project_off,
    ridge_for,
)
from deltaml.protocol.messages import COEFFICIENT_LIMIT, State
from deltaml.protocol.opening import Agreement
from deltaml.protocol.score_tree import HARMFUL, MISSED
from deltaml.protocol.spec import MICRO, OpenSpec
from deltaml.sealing import divide_rounding

Int64Array = NDArray[np.int64]
FloatArray = NDArray[np.float64]

WAD = 10**18
PROGRESS_QUANTUM_WAD = 10**12
MAX_PROJECTED_STEPS = 16
VECTOR_TOLERANCE = 1e-5
LOSS_TOLERANCE = 1e-6
# Of the loss: how much worse another machine's public steps may be, beyond rounding a coefficient the other way. Honest
# searches were found to differ by 3e-10 at most; what is left is for what nobody has seen.
SEARCH_TOLERANCE = 1e-6
CARRY_FLOOR = -(2**62)
# What State and Proposal can carry; a hopeless model must not keep the committee from voting.
MEASURE_LIMIT = 2**62
# Neither the owner nor public steps may bring a weight near the ends of its 64 bits.
WEIGHT_LIMIT = 2**62


@dataclass(frozen=True, eq=False)
class Validation:
    """The owner's validation set as the model sees it: X float64[rows, features], y labels or standardised targets."""

    X: FloatArray
    y: NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Step:
    """What a proposal says besides its header; the fields are those of `messages.Proposal`."""

    path_gradient: Int64Array
    coefficients: tuple[int, ...]
    gradient: Int64Array
    loss_micro: int
    metric_micro: int
    progress_wad: int


def history_length(spec: OpenSpec) -> int:
    """How many earlier states a step looks back on: enough to project off what a replayer could post."""
    return max(spec.public_steps, min(MAX_PROJECTED_STEPS, spec.model().n_parameters // 4))


def rounds_looked_back_on(spec: OpenSpec, number: int) -> list[int]:
    """The rounds whose weights a step of round `number` needs, oldest first: the latest and, where that leaves half of
    the model's directions to be scored, the first: the whole way from there is public too, and in a small model longer
    than what a few steps span."""
    first = max(0, number - history_length(spec))
    return [*([0] if first and _sees_the_whole_way(spec) else []), *range(first, number + 1)]


def _sees_the_whole_way(spec: OpenSpec) -> bool:
    return 2 * (history_length(spec) + 1) <= spec.model().n_parameters + 1


def summed_weights(weights: Int64Array, total: Int64Array, total_units: int) -> Int64Array:
    """w + sum(units * update) / sum(units), rounded half up."""
    return weights + divide_rounding(total, total_units)


def next_weights(
    spec: OpenSpec, reached: Int64Array, history: Sequence[Int64Array], coefficients: Sequence[int]
) -> Int64Array:
    """The weights after the public steps: reached + sum(c_j * step_j), exact in integers.

    history: earlier weights, oldest first, ending with those that the round started from. Raises InvalidMessage when
    the public steps take a weight beyond -2^62..2^62.
    """
    if not any(coefficients):
        return reached
    # Python integers: a coefficient times a step may need more than 64 bits before it is rounded half up.
    moved, half = reached.astype(object), 1 << spec.fraction_bits - 1
    for coefficient, step in zip(coefficients, _public_steps(spec, reached, history), strict=True):
        moved = moved + (step.astype(object) * coefficient + half >> spec.fraction_bits)
    if any(abs(weight) > WEIGHT_LIMIT for weight in moved):
        raise InvalidMessage("public steps lead to weights beyond 2^62")
    return moved.astype(np.int64)


def n_public_steps(spec: OpenSpec, n_history: int) -> int:
    """How many coefficients a proposal carries when `n_history` weights (this round's included) are known."""
    return min(spec.public_steps, n_history)


def initial_state(spec: OpenSpec, validation: Validation, random_state: int) -> State:
    """The state that the owner posts with the task: round 0, nothing carried, the gradient at the initial weights."""
    weights = spec.weights_format().encode(spec.model().initial(random_state))
    gradient, loss_micro, metric_micro, progress_wad = _measure(spec, validation, weights, ())
    return State(0, weights, gradient, (), progress_wad, loss_micro, metric_micro)


def check_initial(spec: OpenSpec, validation: Validation, state: State) -> str | None:
    """Why the owner's initial state can't be worked on, or None."""
    if state.round != 0 or any(state.carried) or len(state.weights) != spec.model().n_parameters:
        return "the initial state is not a round 0 of this model"
    if ((state.weights > WEIGHT_LIMIT) | (state.weights < -WEIGHT_LIMIT)).any():
        return "an initial weight is beyond 2^62"
    gradient, loss_micro, metric_micro, progress_wad = _measure(spec, validation, state.weights, ())
    return _differs(spec, validation, state, Step(gradient, (), gradient, loss_micro, metric_micro, progress_wad))


def propose(
    spec: OpenSpec, validation: Validation, history: Sequence[Int64Array], total: Int64Array, total_units: int
) -> Step:
    """The step for an opened sum (int64[d]) of updates whose stake units add up to `total_units`."""
    reached = summed_weights(history[-1], total, total_units)
    h = _path_gradient(spec, validation, history, reached)
    coefficients = _search(spec, validation, history, reached)
    weights = next_weights(spec, reached, history, coefficients)
    gradient, loss_micro, metric_micro, progress_wad = _measure(spec, validation, weights, history)
    return Step(h, coefficients, gradient, loss_micro, metric_micro, progress_wad)


def check(
    spec: OpenSpec,
    validation: Validation,
    history: Sequence[Int64Array],
    total: Int64Array,
    total_units: int,
    mine: Step,
    proposed: Step,
) -> str | None:
    """Why a proposal must not be answered, or None when it is like `mine`, which this member would have proposed."""
    if len(proposed.coefficients) != len(mine.coefficients):
        return "wrong number of public steps"
    if not _close(proposed.path_gradient, mine.path_gradient):
        return "path gradient differs"
    measured = mine
    if proposed.coefficients != mine.coefficients:
        reached = summed_weights(history[-1], total, total_units)
        try:
            weights = next_weights(spec, reached, history, proposed.coefficients)
        except InvalidMessage as error:
            return str(error)
        # Few fraction bits make a unit of a coefficient worth more than the search leaves open.
        pairs = zip(proposed.coefficients, mine.coefficients, strict=True)
        if any(abs(theirs - own) > 1 for theirs, own in pairs):
            worse = _shortfall(spec, validation, history, reached, mine.coefficients, proposed.coefficients)
            if not worse <= SEARCH_TOLERANCE:  # NaN is not
                return "public steps are worse than they could be"
        found = _measure(spec, validation, weights, history)
        measured = Step(mine.path_gradient, proposed.coefficients, *found)
    return _differs(spec, validation, proposed, measured)


def finish(
    spec: OpenSpec,
    state: State,
    weights: Int64Array,
    step: Step,
    agreement: Agreement,
    units: Sequence[int],
    products: dict[int, int],
) -> tuple[State, list[int]]:
    """The next state and the report's score words, one per joined trainer.

    products: <u_i, h> of each summed trainer. phi_i = -units_i * <u_i, h> / sum(units), carried deficits worked off.
    Who was left out for pointing uphill carries his pre-score in place of phi, or leaving out would be an escape.
    """
    total_units = sum(units[trainer] for trainer in agreement.summed)
    phi = {
        trainer: -((2 * units[trainer] * product + total_units) // (2 * total_units))
        for trainer, product in {**agreement.left_out, **products}.items()
    }
    payable, carried = carry_deficits([phi.get(i, 0) for i in range(len(units))], state.carried)
    words = [MISSED] * len(units)
    for trainer in agreement.accepted:
        words[trainer] = HARMFUL if trainer in products and phi[trainer] < 0 else payable[trainer]
    following = State(
        state.round + 1,
        weights,
        step.gradient,
        tuple(max(CARRY_FLOOR, deficit) for deficit in carried),
        step.progress_wad,
        step.loss_micro,
        step.metric_micro,
    )
    return following, words


def stand_still(state: State, agreement: Agreement, n_trainers: int) -> tuple[State, list[int]]:
    """A round in which no sum was opened: the same model, nobody scores, only who sent nothing valid missed."""
    words = [MISSED] * n_trainers
    for trainer in agreement.accepted:
        words[trainer] = 0
    return replace(state, round=state.round + 1), words


def _public_steps(spec: OpenSpec, reached: Int64Array, history: Sequence[Int64Array]) -> list[Int64Array]:
    """The newest public steps, oldest first, the one just taken last."""
    if not spec.public_steps:
        return []
    points = [*history, reached][-(spec.public_steps + 1) :]
    return [after - before for before, after in pairwise(points)]


def _path_gradient(
    spec: OpenSpec, validation: Validation, history: Sequence[Int64Array], reached: Int64Array
) -> Int64Array:
    model, fixed = spec.model(), spec.weights_format()
    start, end = fixed.decode(history[-1]), fixed.decode(reached)
    nodes = 1 if spec.family == "linear" else 4
    h = path_gradient(lambda w: model.gradient(w, validation.X, validation.y), start, end - start, nodes)
    return _published(spec, h, _differences(spec, history))


def _search(
    spec: OpenSpec, validation: Validation, history: Sequence[Int64Array], reached: Int64Array
) -> tuple[int, ...]:
    steps = _public_steps(spec, reached, history)
    if not steps:
        return ()
    fixed = spec.weights_format()
    coefficients = best_in_span(
        _loss_and_gradient(spec, validation),
        fixed.decode(reached),
        np.stack([fixed.decode(step) for step in steps]),
        ridge_for(len(validation.y)),
    )
    found = tuple(round(float(c) * (1 << spec.fraction_bits)) for c in coefficients)
    try:
        if max(map(abs, found)) < COEFFICIENT_LIMIT:
            next_weights(spec, reached, history, found)
            return found
    except InvalidMessage:
        pass
    return (0,) * len(found)


def _shortfall(
    spec: OpenSpec,
    validation: Validation,
    history: Sequence[Int64Array],
    reached: Int64Array,
    mine: Sequence[int],
    theirs: Sequence[int],
) -> float:
    """By what part of the loss at `reached` their public steps are worse than mine, by what the search makes small.

    Measured where the coefficients lead before weights are rounded: that rounding is nobody's choice.
    """
    fixed, loss_and_gradient = spec.weights_format(), _loss_and_gradient(spec, validation)
    start = fixed.decode(reached)
    steps = np.stack([fixed.decode(step) for step in _public_steps(spec, reached, history)])
    loss = loss_and_gradient(start)[0]
    if not steps[-1].any() or not 0 < loss < np.inf:
        return float(any(theirs))
    objective = damped(loss_and_gradient, start, steps[-1], ridge_for(len(validation.y)))

    def reaches(coefficients: Sequence[int]) -> float:
        return objective(start + np.array(coefficients, dtype=np.float64) / (1 << spec.fraction_bits) @ steps)[0]

    return (reaches(theirs) - reaches(mine)) / loss


def _loss_and_gradient(spec: OpenSpec, validation: Validation) -> Callable[[FloatArray], tuple[float, FloatArray]]:
    model = spec.model()
    return lambda w: (model.loss(w, validation.X, validation.y), model.gradient(w, validation.X, validation.y))


def _measure(
    spec: OpenSpec, validation: Validation, weights: Int64Array, history: Sequence[Int64Array]
) -> tuple[Int64Array, int, int, int]:
    """Gradient (projected, fixed point), loss, metric and progress as integers, at `weights`."""
    model: Model = spec.model()
    point = spec.weights_format().decode(weights)
    steps = _differences(spec, [*history, weights])
    gradient = _published(spec, model.gradient(point, validation.X, validation.y), steps)
    metric = float(model.metric(point, validation.X, validation.y))
    loss_micro = _micro(float(model.loss(point, validation.X, validation.y)))
    return gradient, loss_micro, _micro(metric), _progress_wad(spec, loss_micro)


def _micro(value: float) -> int:
    return round(min(max(value * MICRO, -float(MEASURE_LIMIT)), float(MEASURE_LIMIT)))


def _progress_wad(spec: OpenSpec, loss_micro: int) -> int:
    reached = progress(
        max(loss_micro, 1) / MICRO, spec.baseline_loss_micro / MICRO, spec.target_loss_micro / MICRO, spec.progress_rule
    )
    return int(reached * WAD) // PROGRESS_QUANTUM_WAD * PROGRESS_QUANTUM_WAD


def _differences(spec: OpenSpec, points: Sequence[Int64Array]) -> list[FloatArray]:
    fixed, kept = spec.weights_format(), history_length(spec) + 1
    beginning = points[:-kept][:1] if _sees_the_whole_way(spec) else []
    looked_at = [*beginning, *points[-kept:]]
    return [fixed.decode(after - before) for before, after in pairwise(looked_at)]


def _published(spec: OpenSpec, gradient: FloatArray, steps: list[FloatArray]) -> Int64Array:
    """A gradient as it leaves the process: off the public steps, no longer than the spec allows, in fixed point."""
    if steps:
        gradient = project_off(gradient, np.stack(steps))
    norm, limit = float(np.linalg.norm(gradient)), spec.gradient_norm_micro / MICRO
    return spec.gradient_format().encode(gradient if norm <= limit else gradient * (limit / norm))


def _close(given: Int64Array, expected: Int64Array) -> bool:
    distance = float(np.linalg.norm(given.astype(np.float64) - expected.astype(np.float64)))
    return distance <= VECTOR_TOLERANCE * float(np.linalg.norm(expected.astype(np.float64))) + len(expected) ** 0.5


def _differs(spec: OpenSpec, validation: Validation, given: State | Step, mine: Step) -> str | None:
    if not _close(given.gradient, mine.gradient):
        return "gradient differs"
    if abs(given.loss_micro - mine.loss_micro) > 2 + LOSS_TOLERANCE * abs(mine.loss_micro):
        return "loss differs"
    # One prediction on the edge between two classes may fall either way.
    if abs(given.metric_micro - mine.metric_micro) > MICRO // len(validation.X) + 2:
        return "metric differs"
    if abs(given.progress_wad - _progress_wad(spec, given.loss_micro)) > PROGRESS_QUANTUM_WAD:
        return "progress does not follow from the loss"
    return None
