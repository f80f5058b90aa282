"""What cheating earns and costs, with each part of design §3 alone and with all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scripts.experiments.crowds import ACCOUNTS, ATTACKS, SPLITS, Crowd, as_one_account, crowd, honest, split_owner
from scripts.experiments.play import Terms, play
from scripts.experiments.problems import Problem

ROUNDS = 10
NOTHING = 0.01
"""A trainer that gets at most this share of all pay, a tenth of an equal one, counts as caught."""
VARIANTS = {
    "none": Terms(False, False, False, drop=False),
    "baseline": Terms(True, False, False, drop=False),
    "projection": Terms(False, True, False, drop=False),
    "carry": Terms(False, False, True, drop=False),
    "all": Terms(),
    "all but drop": Terms(drop=False),
    "all but w − w₀": Terms(whole_way=False),
}
LOOSE = "all, clip ×10"
"""All of design §3 in a task whose owner allows updates ten times as long as honest ones are."""
ONE_ACCOUNT = ", in one account"
EAGER = "last owner, three times the epochs"


@dataclass(frozen=True)
class Attacked:
    """One task. Shares are of all that was paid; for a split owner, `share` is all accounts together."""

    problem: str
    seed: int
    attack: str
    variant: str
    metric: float
    loss: float
    share: float
    """Of the attackers together; the unsplit owner's for the attacks "none, last owner" and EAGER, and for each split
    that of one account that sends the mean of its parts' updates."""
    attackers: int
    caught: int
    negative_rounds: float
    """Rounds in which an attacker scored below zero: the mean of their shares of all rounds."""
    least_honest_share: float
    honest_caught: int
    honest_left_out: float
    """Of the honest trainers' updates: the part that was left out of the sum for pre-scoring below zero."""
    paid: float
    baseline_gradients: int
    """Per round, of the search for the public baseline; scoring takes five more."""


def attacks(problem: Problem) -> Iterator[Attacked]:
    for variant, terms in VARIANTS.items():
        yield from under(problem, variant, terms)
    yield from under(replace(problem, clip_norm=10 * problem.clip_norm), LOOSE, Terms())


def under(problem: Problem, variant: str, terms: Terms) -> Iterator[Attacked]:
    for attack in ("none", "seven", *ATTACKS):
        yield attacked(problem, attack, variant, crowd(problem, attack), terms)
    whole = crowd(problem, "none")
    last = len(whole.trainers) - 1
    yield attacked(problem, "none, last owner", variant, replace(whole, attackers=(last,)), terms)
    eager = (*whole.trainers[:last], honest(problem, last, epochs_factor=ACCOUNTS))
    yield attacked(problem, EAGER, variant, Crowd(eager, whole.stakes, (last,)), terms)
    for name in SPLITS:
        accounts = split_owner(problem, name)
        yield attacked(problem, name, variant, accounts, terms)
        yield attacked(problem, name + ONE_ACCOUNT, variant, as_one_account(problem, accounts), terms)


def attacked(problem: Problem, attack: str, variant: str, people: Crowd, terms: Terms) -> Attacked:
    played = play(problem, people, terms, ROUNDS)
    guilty = np.isin(np.arange(len(people.trainers)), people.attackers)
    shares = played.shares
    return Attacked(
        problem.name,
        problem.seed,
        attack,
        variant,
        played.metrics[-1],
        played.losses[-1],
        float(shares[guilty].sum()),
        int(guilty.sum()),
        int((shares[guilty] <= NOTHING).sum()),
        float(played.negative[guilty].mean() / ROUNDS) if guilty.any() else 0.0,
        float(shares[~guilty].min()),
        int((shares[~guilty] <= NOTHING).sum()),
        float(played.left_out[~guilty].mean() / ROUNDS),
        float(played.paid.sum()),
        round(played.baseline_gradients / ROUNDS),
    )
