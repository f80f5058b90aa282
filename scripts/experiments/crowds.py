"""Ten trainers, three of whom are up to something."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import Trainer, honest_trainer
from scripts.experiments.problems import OWNERS, Problem, Rows

Floats = NDArray[np.float64]
ATTACKERS = (7, 8, 9)


@dataclass(frozen=True)
class Crowd:
    """trainers[n] with their stakes[n]; `attackers` are the positions of those who cheat."""

    trainers: tuple[Trainer, ...]
    stakes: tuple[int, ...]
    attackers: tuple[int, ...]


def honest(problem: Problem, owner: int, rows: Rows | None = None) -> Trainer:
    seed = 100 * problem.seed + owner
    return honest_trainer(problem.model, rows or problem.owners[owner], problem.training, seed)


def flipper(share: float) -> Callable[[Problem, int], Trainer]:
    return lambda problem, owner: honest(problem, owner, problem.mislabelled(owner, share))


def scaled(factor: float) -> Callable[[Problem, int], Trainer]:
    """Trains honestly and multiplies: −4 flips the sign, 5 inflates. Clipping follows, like the norm check."""

    def build(problem: Problem, owner: int) -> Trainer:
        trainer = honest(problem, owner)
        return lambda number, models: factor * trainer(number, models)

    return build


def noise(problem: Problem, owner: int) -> Trainer:
    rng = np.random.default_rng([problem.seed, owner])
    return lambda number, models: long(rng.normal(size=len(models[-1])), problem)


def idle(problem: Problem, owner: int) -> Trainer:
    return lambda number, models: np.zeros_like(models[-1])


def duplicate(problem: Problem, owner: int) -> Trainer:
    """Owner 0's update, exactly: what a copy would be if copying were possible."""
    return honest(problem, 0)


def replay(step: Callable[[Sequence[Floats]], Floats]) -> Callable[[Problem, int], Trainer]:
    """No data at all: a public step, as long as the norm check allows."""

    def build(problem: Problem, owner: int) -> Trainer:
        return lambda number, models: long(step(models), problem) if number else np.zeros_like(models[-1])

    return build


def long(vector: Floats, problem: Problem) -> Floats:
    length = np.linalg.norm(vector)
    return vector * (problem.clip_norm / length) if length else vector


def last_step(models: Sequence[Floats]) -> Floats:
    return models[-1] - models[-2]


def older_step(models: Sequence[Floats]) -> Floats:
    """Three steps before the last, or the first there is."""
    newer = max(1, len(models) - 4)
    return models[newer] - models[newer - 1]


def all_steps(models: Sequence[Floats]) -> Floats:
    return models[-1] - models[0]


ATTACKS: dict[str, Callable[[Problem, int], Trainer]] = {
    "flip 30 %": flipper(0.3),
    "flip 100 %": flipper(1.0),
    "sign ×−4": scaled(-4.0),
    "inflate ×5": scaled(5.0),
    "noise": noise,
    "idle": idle,
    "duplicate": duplicate,
    "replay last": replay(last_step),
    "replay older": replay(older_step),
    "replay all": replay(all_steps),
}


def crowd(problem: Problem, attack: str) -> Crowd:
    """`attack` is "none", one of ATTACKS played by three trainers, or "seven" for the honest ones alone."""
    trainers = [honest(problem, owner) for owner in range(OWNERS)]
    if attack in ("none", "seven"):
        kept = trainers if attack == "none" else trainers[: ATTACKERS[0]]
        return Crowd(tuple(kept), (1,) * len(kept), ())
    for owner in ATTACKERS:
        trainers[owner] = ATTACKS[attack](problem, owner)
    return Crowd(tuple(trainers), (1,) * OWNERS, ATTACKERS)


def split_owner(problem: Problem, same_rows: bool) -> Crowd:
    """The last owner as three accounts with a third of the stake each: with all rows in each, or a third of them."""
    trainers = [honest(problem, owner) for owner in range(OWNERS - 1)]
    X, y = problem.owners[OWNERS - 1]
    accounts = [slice(None)] * 3 if same_rows else [slice(i, None, 3) for i in range(3)]
    trainers += [honest(problem, OWNERS - 1, (X[rows], y[rows])) for rows in accounts]
    return Crowd(tuple(trainers), (3,) * (OWNERS - 1) + (1,) * 3, (9, 10, 11))


def mixed(problem: Problem, names: Sequence[str]) -> Crowd:
    """Honest trainers first, then one of each name."""
    first = OWNERS - len(names)
    trainers = [honest(problem, owner) for owner in range(first)]
    trainers += [ATTACKS[name](problem, owner) for owner, name in enumerate(names, first)]
    return Crowd(tuple(trainers), (1,) * OWNERS, tuple(range(first, OWNERS)))
