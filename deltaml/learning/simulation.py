"""A marketplace task in the clear and in one process: the plain twin of what the committee does under encryption.

For scores, pay and attackers; trainers are functions. `deltaml.federated.run_simulation` carries clients and strategies
as a central server would, and knows neither scores nor pay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput
from deltaml.learning.aggregation import weighted_mean
from deltaml.learning.arrays import Floats, Rows, checked_weights, require_finite
from deltaml.learning.contributions import aumann_shapley, carry_deficits, path_gradient, project_off
from deltaml.learning.exact_shapley import coalition_utilities, exact_shapley
from deltaml.learning.history import History, Round, SimulationSettings
from deltaml.learning.model import Model
from deltaml.learning.progress import progress
from deltaml.learning.public_steps import best_in_span, known_steps, ridge_for
from deltaml.learning.training import LocalTraining, clip_to_norm, train_locally
from deltaml.learning.uphill import downhill_enough

Trainer: TypeAlias = Callable[[int, Sequence[Floats]], Floats]
"""(round, public models w_0…w_round) → update[d]. Whoever lies, sleeps or copies is a function of three lines."""


def honest_trainer(model: Model, rows: Rows, training: LocalTraining, random_state: int) -> Trainer:
    """A trainer that trains the newest public model on its own rows."""

    def update(number: int, public_models: Sequence[Floats]) -> Floats:
        seed = int(np.random.SeedSequence([random_state, number]).generate_state(1)[0])
        return train_locally(model, public_models[-1], *rows, training, seed)

    return update


def simulate(
    model: Model,
    trainers: Sequence[Trainer],
    validation: Rows,
    settings: SimulationSettings,
    *,
    stakes: Sequence[int] | None = None,
    held_out: Rows | None = None,
    start: ArrayLike | None = None,
    random_state: int = 0,
) -> History:
    """Run a task until its rounds are over or progress reaches 1.

    Losses and scores come from `validation`, the metric from `held_out` (default: validation too). `stakes` weigh the
    trainers (default: equal); `start` is w_0[d] (default: `model.initial(random_state)`).
    Raises InvalidInput for empty or non-finite data, and for updates of another shape or with NaN.
    """
    if not trainers or settings.rounds < 1 or min(settings.public_steps, settings.projected_steps) < 0:
        raise InvalidInput(f"wanted trainers, a round and counts ≥ 0, got {len(trainers)} trainers and {settings}")
    for name, values in (("validation features", validation[0]), ("validation labels", validation[1])):
        require_finite(name, values)
    weights = np.ones(len(trainers)) if stakes is None else np.asarray(stakes, dtype=np.float64)
    first = model.initial(random_state) if start is None else checked_weights(start, model.n_parameters)
    task = _Task(model, validation, settings)
    models: list[Floats] = [first]
    rounds: list[Round] = []
    carried, best = [0] * len(trainers), 0.0
    for number in range(settings.rounds):
        updates = np.array([clip_to_norm(trainer(number, models), settings.clip_norm) for trainer in trainers])
        past = task.past_steps(models)
        pre_scores = task.pre_scored(models[-1], updates, weights, past)
        included = task.included(models[-1], updates, past)
        step, scores, correlation = task.scored(models[-1], updates, weights * included, past)
        scores = [score if inside else pre for score, inside, pre in zip(scores, included, pre_scores, strict=True)]
        payable, deficits = carry_deficits(scores, carried)
        carried = deficits if settings.carry_negative else carried
        models.append(task.moved(models[-1], step, past))

        loss = task.loss(models[-1])
        reached = progress(loss, settings.baseline_loss, settings.target_loss, settings.progress_rule)
        rounds.append(
            Round(
                loss=loss,
                metric=model.metric(models[-1], *(held_out or validation)),
                progress=reached,
                released=max(0.0, reached - best) if any(payable) else 0.0,
                included=tuple(included.tolist()),
                scores=tuple(scores),
                payable=tuple(payable),
                exact_correlation=correlation,
            )
        )
        best = max(best, reached)
        if reached >= 1:
            break
    return History(tuple(models), tuple(rounds))


@dataclass(frozen=True)
class _Task:
    """The steps of a round; `past` holds the public steps that scores are blind to, oldest first, as [k, d]."""

    model: Model
    validation: Rows
    settings: SimulationSettings

    def loss(self, w: Floats) -> float:
        return self.model.loss(w, *self.validation)

    def gradient(self, w: Floats) -> Floats:
        return self.model.gradient(w, *self.validation)

    def past_steps(self, models: list[Floats]) -> Floats:
        most = max(self.settings.public_steps, min(self.settings.projected_steps, self.model.n_parameters // 4))
        return known_steps(models, most)

    def pre_scored(self, w: Floats, updates: Floats, weights: Floats, past: Floats) -> list[int]:
        """What each update promises at the start of the step, in score units: its score if steps were tiny."""
        return self.in_units(aumann_shapley(updates, weights, project_off(self.gradient(w), past)))

    def included(self, w: Floats, updates: Floats, past: Floats) -> NDArray[np.bool_]:
        """Whose update is summed: bool[n]."""
        if not self.settings.drop_negative:
            return np.ones(len(updates), dtype=np.bool_)
        gradient = project_off(self.gradient(w), past)
        limit = self.settings.clip_norm * float(np.linalg.norm(gradient))
        summed = downhill_enough((updates @ gradient).tolist(), limit, self.settings.min_updates)
        return np.isin(np.arange(len(updates)), summed)

    def scored(self, w: Floats, updates: Floats, weights: Floats, past: Floats) -> tuple[Floats, list[int], float]:
        """The summed step, an integer score per trainer, the correlation with exact Shapley; weight 0 scores 0."""
        if not weights.any():
            return np.zeros_like(w), [0] * len(updates), nan
        step = weighted_mean(updates, weights)
        h = path_gradient(self.gradient, w, step, self.settings.path_nodes)
        scores = self.in_units(aumann_shapley(updates, weights, project_off(h, past)))
        return step, scores, self.compared(w, updates, weights, h) if self.settings.compare_exact else nan

    def in_units(self, scores: Floats) -> list[int]:
        return [round(score * self.settings.score_units) for score in scores.tolist()]

    def compared(self, w: Floats, updates: Floats, weights: Floats, h: Floats) -> float:
        """Correlation of the scores before projection with exact Shapley values, over those in the sum."""
        updates, weights = updates[weights > 0], weights[weights > 0]
        game = coalition_utilities(lambda many: self.model.losses(many, *self.validation), w, updates, weights)
        fast, slow = aumann_shapley(updates, weights, h), exact_shapley(game)
        return float(np.corrcoef(fast, slow)[0][1]) if fast.any() and slow.any() and len(fast) > 1 else nan

    def moved(self, w: Floats, step: Floats, past: Floats) -> Floats:
        """The next public model: the best point of w + step + span(the newest public steps, this one included)."""
        summed = w + step
        if self.settings.public_steps == 0:
            return summed
        directions = np.vstack([past, step])[-self.settings.public_steps :]
        ridge = ridge_for(len(self.validation[1]))
        coefficients = best_in_span(lambda point: (self.loss(point), self.gradient(point)), summed, directions, ridge)
        return np.asarray(summed + coefficients @ directions, dtype=np.float64)
