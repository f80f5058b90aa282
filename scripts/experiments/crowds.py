"""Ten trainers, three of whom are up to something."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import Trainer, clip_to_norm, honest_trainer
from scripts.experiments.problems import OWNERS, Problem, Rows

Floats = NDArray[np.float64]
ATTACKERS = (7, 8, 9)
ACCOUNTS = 3


@dataclass(frozen=True)
class Crowd:
    """trainers[n] with their stakes[n]; `attackers` are the positions of those who cheat."""

    trainers: tuple[Trainer, ...]
    stakes: tuple[int, ...]
    attackers: tuple[int, ...]


def honest(problem: Problem, owner: int, rows: Rows | None = None, epochs_factor: int = 1) -> Trainer:
    training = replace(problem.training, epochs=epochs_factor * problem.training.epochs)
    return honest_trainer(problem.model, rows or problem.owners[owner], training, 100 * problem.seed + owner)


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


AS_MANY_STEPS = "split, a third each, as many steps"
SPLITS = {
    "split, same rows": (ACCOUNTS, 1),
    "split, a third of the rows each": (1, 1),
    AS_MANY_STEPS: (1, ACCOUNTS),
}
"""(parts of three that each account holds, how many times the task's epochs it trains)."""


def split_owner(problem: Problem, split: str) -> Crowd:
    """The last owner as three accounts with a third of his stake each, so that rows and stakes stay in proportion.

    An account with a third of the rows takes a third of the steps in as many epochs; nothing keeps it from taking more.
    """
    parts, epochs_factor = SPLITS[split]
    trainers = [honest(problem, owner) for owner in range(OWNERS - 1)]
    X, y = problem.owners[OWNERS - 1]
    for account in range(ACCOUNTS):
        rows = slice(None) if parts == ACCOUNTS else slice(account, None, ACCOUNTS)
        trainers.append(honest(problem, OWNERS - 1, (X[rows], y[rows]), epochs_factor))
    return Crowd(tuple(trainers), (ACCOUNTS,) * (OWNERS - 1) + (1,) * ACCOUNTS, (9, 10, 11))


def as_one_account(problem: Problem, split: Crowd) -> Crowd:
    """The same updates from one account: it sends the mean of what the split owner's accounts would send."""
    parts = split.trainers[OWNERS - 1 :]

    def together(number: int, models: Sequence[Floats]) -> Floats:
        return np.mean([clip_to_norm(part(number, models), problem.clip_norm) for part in parts], axis=0)

    return Crowd((*split.trainers[: OWNERS - 1], together), (1,) * OWNERS, (OWNERS - 1,))


def mixed(problem: Problem, names: Sequence[str]) -> Crowd:
    """Honest trainers first, then one of each name."""
    first = OWNERS - len(names)
    trainers = [honest(problem, owner) for owner in range(first)]
    trainers += [ATTACKS[name](problem, owner) for owner, name in enumerate(names, first)]
    return Crowd(tuple(trainers), (1,) * OWNERS, tuple(range(first, OWNERS)))
