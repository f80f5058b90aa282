"""A task round by round, with each part of design §3 on its own switch.

`deltaml.learning.simulate` has them all at once; where both can do the same, a test holds this one to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import (
    RoundGame,
    aumann_shapley,
    best_in_span,
    carry_deficits,
    clip_to_norm,
    downhill_enough,
    known_steps,
    path_gradient,
    progress,
    project_off,
    ridge_for,
)
from scripts.experiments.crowds import Crowd
from scripts.experiments.problems import Problem

Floats = NDArray[np.float64]
PUBLIC_STEPS, PROJECTED_STEPS, SCORE_UNITS, PATH_NODES, MIN_UPDATES = 5, 16, 10**12, 4, 3


@dataclass(frozen=True)
class Terms:
    """What of design §3 is on; `drop` leaves out of the sum who points uphill."""

    baseline: bool = True
    projection: bool = True
    carry: bool = True
    drop: bool = True
    ridge: float | None = None
    """How much the search for the public baseline is damped; none: as tasks do it."""
    whole_way: bool = True
    """Whether the projection takes the whole way from w_0 too, which outgrows the earlier steps in long tasks."""


@dataclass(frozen=True, eq=False)
class Played:
    """metrics[r] on held-out rows, losses[r] on the validation set; paid[n] is each trainer's part of the pool."""

    games: tuple[RoundGame, ...]
    released: tuple[float, ...]
    metrics: tuple[float, ...]
    losses: tuple[float, ...]
    paid: Floats
    negative: NDArray[np.int64]
    """In how many rounds each trainer scored, or was left out for pre-scoring, below zero."""
    left_out: NDArray[np.int64]
    """In how many rounds each trainer was left out of the sum."""
    baseline_gradients: int

    @property
    def shares(self) -> Floats:
        return self.paid / self.paid.sum() if self.paid.any() else self.paid


def play(problem: Problem, crowd: Crowd, terms: Terms, rounds: int) -> Played:
    """All rounds, also once the target is reached: then nothing is left to pay."""
    run = _Run(problem, terms)
    models, stakes = [problem.model.initial(problem.seed)], np.array(crowd.stakes, dtype=float)
    paid, negative, left_out = np.zeros(len(stakes)), *np.zeros((2, len(stakes)), dtype=np.int64)
    carried, best = [0] * len(stakes), 0.0
    games, released, metrics, losses = [], [], [], []
    for number in range(rounds):
        updates = np.array([clip_to_norm(t(number, models), problem.clip_norm) for t in crowd.trainers])
        past = run.past(models)
        pre = run.scored(updates, stakes, run.gradient(models[-1]), past)
        kept = run.kept(updates, run.gradient(models[-1]), past)
        game = RoundGame(run.losses, run.gradient, models[-1], updates, stakes * kept)
        h = path_gradient(run.gradient, models[-1], game.step, PATH_NODES)
        scores = run.scored(updates, stakes * kept, h, past)
        games.append(game)
        models.append(run.moved(models[-1], game.step, models))
        scores = [score if inside else before for score, inside, before in zip(scores, kept, pre, strict=True)]
        payable, deficits = carry_deficits(scores, carried)
        carried = deficits if terms.carry else carried

        loss = problem.model.loss(models[-1], *problem.validation)
        reached = progress(loss, problem.baseline_loss, problem.target_loss, "log")
        gain = max(0.0, reached - best) if any(payable) else 0.0
        best = max(best, reached)
        paid += gain * np.array(payable, dtype=float) / max(1, sum(payable))
        negative += np.array(scores) < 0
        left_out += ~kept
        metrics.append(problem.model.metric(models[-1], *problem.held_out))
        losses.append(loss)
        released.append(gain)
    told = tuple(games), tuple(released), tuple(metrics), tuple(losses)
    return Played(*told, paid, negative, left_out, run.baseline_gradients)


class _Run:
    def __init__(self, problem: Problem, terms: Terms) -> None:
        self.problem, self.terms, self.baseline_gradients = problem, terms, 0

    def losses(self, many: Floats) -> Floats:
        return self.problem.model.losses(many, *self.problem.validation)

    def gradient(self, w: Floats) -> Floats:
        return self.problem.model.gradient(w, *self.problem.validation)

    def past(self, models: Sequence[Floats]) -> Floats:
        """The steps that scores are blind to: [k, d], none without projection."""
        if not self.terms.projection:
            return np.empty((0, self.problem.model.n_parameters))
        most = max(PUBLIC_STEPS, min(PROJECTED_STEPS, self.problem.model.n_parameters // 4))
        return known_steps(models, most) if self.terms.whole_way else np.diff(models[-most - 1 :], axis=0)

    def kept(self, updates: Floats, gradient: Floats, past: Floats) -> NDArray[np.bool_]:
        if not self.terms.drop:
            return np.ones(len(updates), dtype=np.bool_)
        gradient = project_off(gradient, past)
        limit = self.problem.clip_norm * float(np.linalg.norm(gradient))
        return np.isin(np.arange(len(updates)), downhill_enough((updates @ gradient).tolist(), limit, MIN_UPDATES))

    def scored(self, updates: Floats, weights: Floats, gradient: Floats, past: Floats) -> list[int]:
        scores = aumann_shapley(updates, weights, project_off(gradient, past))
        return [round(score * SCORE_UNITS) for score in scores.tolist()]

    def moved(self, w: Floats, step: Floats, models: Sequence[Floats]) -> Floats:
        summed = w + step
        if not self.terms.baseline:
            return summed
        steps = np.diff(models[-PUBLIC_STEPS:], axis=0)
        directions = np.vstack([steps.reshape(-1, len(w)), step])

        def along(point: Floats) -> tuple[float, Floats]:
            self.baseline_gradients += 1
            return self.problem.model.loss(point, *self.problem.validation), self.gradient(point)

        ridge = ridge_for(len(self.problem.validation[1])) if self.terms.ridge is None else self.terms.ridge
        return summed + best_in_span(along, summed, directions, ridge) @ directions
