"""Ways to say what each trainer contributed to a round, behind one interface.

Only `AumannShapley` is linear in each update, so it alone can be paid for under encryption; the others are what the
literature offers and what the experiments compare it with.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats
from deltaml.learning.contributions import aumann_shapley, path_gradient
from deltaml.learning.exact_shapley import exact_shapley
from deltaml.learning.games import Coalitions, Game, RoundGame, all_coalitions

_MOST_EXACT = 20


@dataclass(frozen=True, eq=False)
class Contributions:
    """scores[n], and what they cost: utilities evaluated (a coalition asked for twice counts once) and gradients."""

    scores: Floats
    evaluations: int = 0
    gradients: int = 0


class ContributionMethod(Protocol):
    """One way to score; the same game and random_state give the same scores."""

    def __call__(self, game: Game, random_state: int = 0) -> Contributions: ...


@dataclass(frozen=True)
class AumannShapley:
    """−p_i·⟨u_i, h⟩ with the mean gradient h along the step, by `nodes` gradients (see `contributions`).

    Raises InvalidInput for a game without updates.
    """

    nodes: int = 4

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        of_round = _with_updates(game)
        h = path_gradient(of_round.gradient, of_round.start, of_round.step, self.nodes)
        return Contributions(aumann_shapley(of_round.updates, of_round.weights, h), gradients=self.nodes)


@dataclass(frozen=True)
class ExactShapley:
    """The Shapley value by its definition: 2**n evaluations. Raises InvalidInput for more than 20 players."""

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        if game.n_players > _MOST_EXACT:
            raise InvalidInput(f"{game.n_players} players have 2**{game.n_players} coalitions: at most {_MOST_EXACT}")
        values = game.utilities(all_coalitions(game.n_players))
        return Contributions(exact_shapley(values), evaluations=len(values))


@dataclass(frozen=True)
class LeaveOneOut:
    """v(N) − v(N∖i): n + 1 evaluations."""

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        n = game.n_players
        values = game.utilities(np.vstack([np.ones((1, n), dtype=bool), ~np.eye(n, dtype=bool)]))
        return Contributions(values[0] - values[1:], evaluations=n + 1)


@dataclass(frozen=True)
class SingleStep:
    """How good each update is with nobody else's: n + 1 evaluations.

    The "step" rule of 2CP: Cai, Rueckert & Passerat-Palmbach, "2CP: Decentralized Protocols to Transparently Evaluate
    Contributivity in Blockchain Federated Learning Environments", 2020.
    """

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        nobody = game.utilities(np.zeros((1, game.n_players), dtype=bool))[0]
        return Contributions(game.alone() - nobody, evaluations=game.n_players + 1)


@dataclass(frozen=True)
class Cosine:
    """The cosine of each update with the step; 0 for an update or a step of zeros. No evaluation at all.

    Source: Xu et al., "Gradient-Driven Rewards to Guarantee Fairness in Collaborative Machine Learning", NeurIPS 2021.
    Raises InvalidInput for a game without updates.
    """

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        of_round = _with_updates(game)
        step = of_round.step
        lengths = np.linalg.norm(of_round.updates, axis=1) * np.linalg.norm(step)
        return Contributions(np.where(lengths > 0, of_round.updates @ step / np.where(lengths > 0, lengths, 1.0), 0.0))


@dataclass(frozen=True)
class TruncatedMonteCarlo:
    """Mean gain over random orders of arrival; an order ends once `tolerance` of v(N) − v(∅) is all that is missing.

    tolerance 0 never ends one early. Source: Ghorbani & Zou, "Data Shapley: Equitable Valuation of Data for Machine
    Learning", 2019. Raises InvalidInput unless permutations ≥ 1 and tolerance ≥ 0.
    """

    permutations: int = 50
    tolerance: float = 0.01

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        if self.permutations < 1 or not self.tolerance >= 0:
            raise InvalidInput(f"wanted a permutation and a tolerance of at least 0, got {self}")
        rng, known = np.random.default_rng(random_state), _Known(game)
        allowed = self.tolerance * abs(known.everybody - known.nobody)
        gains = [_gains(known, rng.permutation(game.n_players), allowed) for _ in range(self.permutations)]
        return Contributions(np.mean(gains, axis=0), evaluations=known.evaluations)


@dataclass(frozen=True)
class GtgShapley:
    """Guided truncated sampling: every player comes first equally often, and sampling ends when the mean settles.

    A round that changes the utility by at most `round_tolerance` scores zeros; an order of arrival ends within
    `tolerance` of v(N); both are in units of utility. The mean has settled when, after `least` orders, its last
    `window` states differ from the newest by at most `criterion` on average over the players, relatively.
    Source: Liu et al., "GTG-Shapley: Efficient and Accurate Participant Contribution Evaluation in Federated Learning",
    2022. Raises InvalidInput for settings out of range.
    """

    round_tolerance: float = 0.001
    tolerance: float = 0.001
    criterion: float = 0.05
    least: int = 30
    window: int = 10
    most: int = 1000

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        if min(self.round_tolerance, self.tolerance, self.criterion) < 0 or min(self.least, self.window, self.most) < 1:
            raise InvalidInput(f"wanted tolerances of at least 0 and counts of at least 1, got {self}")
        rng, known, n = np.random.default_rng(random_state), _Known(game), game.n_players
        if abs(known.everybody - known.nobody) <= self.round_tolerance:
            return Contributions(np.zeros(n), evaluations=known.evaluations)
        gains: list[Floats] = []
        while not self._settled(gains):
            for first in range(n):
                others = rng.permutation([player for player in range(n) if player != first])
                gains.append(_gains(known, np.concatenate([[first], others]).astype(np.int64), self.tolerance))
        return Contributions(np.mean(gains, axis=0), evaluations=known.evaluations)

    def _settled(self, gains: list[Floats]) -> bool:
        if len(gains) < max(self.least, self.window + 1):
            return False
        means = (np.cumsum(gains, axis=0) / np.arange(1, len(gains) + 1)[:, None])[-self.window - 1 :]
        moved = np.mean(np.abs(means[:-1] - means[-1]) / (np.abs(means[-1]) + 1e-12), axis=1)
        return bool(moved.max() <= self.criterion) or len(gains) >= self.most


class _Known:
    """Utilities by coalition, each asked for once."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._values: dict[bytes, float] = {}
        self.n_players = game.n_players
        self.nobody = self.value(np.zeros(game.n_players, dtype=bool))
        self.everybody = self.value(np.ones(game.n_players, dtype=bool))

    @property
    def evaluations(self) -> int:
        return len(self._values)

    def value(self, members: Coalitions) -> float:
        key = members.tobytes()
        if key not in self._values:
            self._values[key] = float(self._game.utilities(members[None])[0])
        return self._values[key]


def _gains(known: _Known, order: np.ndarray, allowed: float) -> Floats:
    """What each player adds on arrival in this order; 0 for all who come once at most `allowed` is missing."""
    gains, members, before = np.zeros(known.n_players), np.zeros(known.n_players, dtype=bool), known.nobody
    for player in order:
        if abs(known.everybody - before) <= allowed and allowed > 0:
            break
        members[player] = True
        after = known.value(members)
        gains[player], before = after - before, after
    return gains


def _with_updates(game: Game) -> RoundGame:
    if not isinstance(game, RoundGame):
        raise InvalidInput(f"a {type(game).__name__} has no updates: this method scores rounds of training only")
    return game
