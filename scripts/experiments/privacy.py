"""What differential privacy costs in quality: noise on whole updates, and noise on clipped rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import (
    Ledger,
    PrivateTraining,
    Release,
    Softmax,
    Trainer,
    add_gaussian_noise,
    clip_to_norm,
    noise_multiplier_for,
    train_privately,
)
from deltaml.sealing import norm_checks
from scripts.experiments.crowds import Crowd, honest
from scripts.experiments.estimators import correlation
from scripts.experiments.play import Terms, play
from scripts.experiments.problems import OWNERS, Problem

EPSILONS = (1.0, 2.0, 4.0, 8.0, inf)
DELTA, ROUNDS, STEPS, ROW_CLIP = 1e-5, 5, 4, 1.0
RATES = {"digits": 1.0, "breast cancer": 1.0, "wine": 1.0, "diabetes": 0.2}
NO_BOUND = 1e9  # noise is many times longer than what it hides, and a task that asks for it bounds both together
UNITS = ("all of an owner's data", "one row")


@dataclass(frozen=True)
class Private:
    """One task at one level of privacy; `epsilon` is that of the ledger after all rounds, as accounted."""

    problem: str
    seed: int
    unit: str
    wanted: float
    epsilon: float
    noise_multiplier: float
    metric: float
    pay_correlation: float
    """Of the shares paid with those of the same task without noise."""


def privacy(problem: Problem) -> Iterator[Private]:
    # Fewer parameters take less noise, so digits get the linear model.
    model = Softmax(64, 10, l2=1e-3) if problem.name == "digits" else problem.model
    open_problem = replace(problem, model=model, clip_norm=NO_BOUND)
    for unit in UNITS:
        build = hide_owner if unit == UNITS[0] else hide_row
        paid: dict[float, NDArray[np.float64]] = {}
        for wanted in reversed(EPSILONS):
            compositions = ROUNDS * (1 if unit == UNITS[0] else STEPS)
            multiplier = 0.0 if wanted == inf else noise_multiplier_for(wanted, DELTA, compositions)
            trainers = tuple(build(open_problem, problem.clip_norm, owner, multiplier) for owner in range(OWNERS))
            played = play(open_problem, Crowd(trainers, (1,) * OWNERS, ()), Terms(), ROUNDS)
            paid[wanted] = played.shares
            yield Private(
                problem.name,
                problem.seed,
                unit,
                wanted,
                accounted(multiplier, compositions // ROUNDS, model.n_parameters),
                multiplier,
                played.metrics[-1],
                correlation(played.shares, paid[inf]),
            )


def hide_owner(problem: Problem, clip_norm: float, owner: int, multiplier: float) -> Trainer:
    """Clip, then noise for exchanging everything the owner has: the sensitivity is twice the norm."""
    rng, trainer = np.random.default_rng([problem.seed, owner, 1]), honest(problem, owner)

    def update(number: int, models: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        return add_gaussian_noise(clip_to_norm(trainer(number, models), clip_norm), 2 * clip_norm * multiplier, rng)

    return update


def hide_row(problem: Problem, clip_norm: float, owner: int, multiplier: float) -> Trainer:
    """Noisy gradient descent: the noise hides whether a row is there."""
    rng = np.random.default_rng([problem.seed, owner, 2])
    settings = PrivateTraining(STEPS, RATES[problem.name], ROW_CLIP, multiplier)
    return lambda number, models: train_privately(problem.model, models[-1], *problem.owners[owner], settings, rng)


def accounted(multiplier: float, steps: int, n_parameters: int) -> float:
    """ε of the ledger after all rounds of so many steps: sums, scores, pre-scores and norm checks."""
    ledger = Ledger()
    for _ in range(ROUNDS):
        ledger = ledger.after(Release(1.0, multiplier / sqrt(steps), projections=norm_checks(n_parameters)))
    return ledger.epsilon(DELTA)
