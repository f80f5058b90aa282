"""What public steps are worth on held-out rows, undamped and damped, and what leaving out uphill updates does to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scripts.experiments.crowds import crowd
from scripts.experiments.play import Terms, play
from scripts.experiments.problems import Problem

ROUNDS = 10
STEPS = {
    "no public steps": Terms(baseline=False),
    "undamped": Terms(ridge=0.0),
    "λ = 0.01": Terms(ridge=0.01),
    "λ = 1/rows": Terms(),
}


@dataclass(frozen=True)
class Stepped:
    """One task of ten honest trainers; `loss` is what the search sees, `metric` is on held-out rows."""

    problem: str
    seed: int
    steps: str
    drop: bool
    metric: float
    loss: float
    left_out: float
    """Of all updates: the part that was left out of the sum for pointing uphill."""
    gradients: int
    """Per round, of the search."""


def public_steps(problem: Problem) -> Iterator[Stepped]:
    people = crowd(problem, "none")
    for name, terms in STEPS.items():
        for drop in (True, False):
            played = play(problem, people, replace(terms, drop=drop), ROUNDS)
            yield Stepped(
                problem.name,
                problem.seed,
                name,
                drop,
                played.metrics[-1],
                played.losses[-1],
                float(played.left_out.mean() / ROUNDS),
                round(played.baseline_gradients / ROUNDS),
            )
