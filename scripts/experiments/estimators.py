"""Who says best what exact Shapley says, and at what cost: every method on the same rounds."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import (
    AumannShapley,
    ContributionMethod,
    Cosine,
    ExactShapley,
    GtgShapley,
    LeaveOneOut,
    SingleStep,
    TruncatedMonteCarlo,
)
from scripts.experiments.crowds import mixed
from scripts.experiments.play import Terms, play
from scripts.experiments.problems import Problem

ROUNDS = 8
CROWDS = {
    "reference": ("flip 30 %", "flip 100 %", "noise", "duplicate"),
    "hostile": ("flip 30 %", "flip 100 %", "sign ×−4", "inflate ×5", "noise", "replay last"),
}
METHODS: dict[str, ContributionMethod] = {
    "exact Shapley": ExactShapley(),
    "Aumann–Shapley": AumannShapley(nodes=4),
    "Aumann–Shapley, 1 node": AumannShapley(nodes=1),
    "leave-one-out": LeaveOneOut(),
    "single step (2CP)": SingleStep(),
    "truncated MC, 20": TruncatedMonteCarlo(20, 0.01),
    "truncated MC, 50": TruncatedMonteCarlo(50, 0.01),
    "plain MC, 50": TruncatedMonteCarlo(50, 0.0),
    "GTG-Shapley": GtgShapley(),
    "cosine": Cosine(),
}
EXACT = "exact Shapley"


@dataclass(frozen=True)
class Scored:
    """One method on one round, beside exact Shapley."""

    problem: str
    crowd: str
    seed: int
    round: int
    method: str
    correlation: float
    spearman: float
    misallocated: float
    """Half the sum of differences of pay shares: the part of the round's pay that goes to the wrong party."""
    released: float
    evaluations: int
    gradients: int
    seconds: float
    """CPU time."""


def estimators(problem: Problem, methods: dict[str, ContributionMethod] = METHODS) -> Iterator[Scored]:
    """Every method on every round of a task with all of design §3, but with everybody in the sum: more to compare."""
    for name, attacks in CROWDS.items():
        played = play(problem, mixed(problem, attacks), Terms(drop=False), ROUNDS)
        for number, (game, released) in enumerate(zip(played.games, played.released, strict=True)):
            exact = METHODS[EXACT](game).scores
            for method, score in methods.items():
                started = time.process_time()
                found = score(game, 1000 * problem.seed + number)
                seconds = time.process_time() - started
                yield Scored(
                    problem.name,
                    name,
                    problem.seed,
                    number,
                    method,
                    correlation(found.scores, exact),
                    correlation(ranks(found.scores), ranks(exact)),
                    misallocated(found.scores, exact),
                    released,
                    found.evaluations,
                    found.gradients,
                    seconds,
                )


def correlation(some: NDArray[Any], others: NDArray[Any]) -> float:
    """Pearson's; 0 where one side is the same for everybody."""
    if np.ptp(some) == 0 or np.ptp(others) == 0:
        return 0.0
    return float(np.corrcoef(some, others)[0][1])


def ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equal scores share their mean rank."""
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[group])


def misallocated(scores: NDArray[np.float64], exact: NDArray[np.float64]) -> float:
    """In [0, 1]; 1 when only one of the two pays anybody."""
    mine, theirs = pay(scores), pay(exact)
    if mine.any() != theirs.any():
        return 1.0
    return float(np.abs(mine - theirs).sum() / 2)


def pay(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the positive scores; zeros if there are none."""
    positive = np.maximum(scores, 0.0)
    return positive / positive.sum() if positive.any() else positive
