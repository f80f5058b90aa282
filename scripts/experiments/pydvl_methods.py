"""pyDVL's estimators behind our interface.

pyDVL 0.10 wants numpy < 2, which it does not need, and we need 2: so it lives in an environment of its own, where pip
complains and goes on.

    python -m venv build/pydvl && build/pydvl/bin/pip install pydvl==0.10.0 && build/pydvl/bin/pip install -e .
    build/pydvl/bin/python -W ignore -m scripts.experiments --only pydvl
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydvl.valuation import (
    AntitheticOwenSampler,
    Dataset,
    DeterministicUniformSampler,
    MinUpdates,
    NoTruncation,
    PermutationSampler,
    RelativeTruncation,
    ShapleyValuation,
)
from pydvl.valuation.samplers.owen import GridOwenStrategy
from pydvl.valuation.utility.base import UtilityBase

from deltaml.learning import ContributionMethod, Contributions, Game


class _Utility(UtilityBase[Any]):
    """A game as pyDVL sees it: a number per set of rows, 0 for none (its truncation is relative to the whole's)."""

    def __init__(self, game: Game) -> None:
        self.game = game
        nobody = np.zeros(game.n_players, dtype=bool)
        self.nothing = float(game.utilities(nobody[None])[0])
        self.known: dict[bytes, float] = {nobody.tobytes(): 0.0}

    def __call__(self, sample: Any) -> float:
        members = np.zeros(self.game.n_players, dtype=bool)
        if sample is not None:
            members[list(sample.subset)] = True
        key = members.tobytes()
        if key not in self.known:
            self.known[key] = float(self.game.utilities(members[None])[0]) - self.nothing
        return self.known[key]


@dataclass(frozen=True)
class PyDvl:
    """One of pyDVL's samplers until every player has had `updates` updates; 0: until the sampler ends by itself."""

    sampler: Callable[[int], Any]
    updates: int

    def __call__(self, game: Game, random_state: int = 0) -> Contributions:
        utility = _Utility(game)
        rows = np.arange(game.n_players, dtype=float)
        stop = MinUpdates(self.updates or 2**30)
        valuation = ShapleyValuation(utility, self.sampler(random_state), is_done=stop, progress=False)
        valuation.fit(Dataset(rows[:, None], rows))
        result = valuation.result.sort(key="index")
        # The valuation works on a shallow copy, which shares the dictionary.
        return Contributions(np.asarray(result.values, dtype=float), evaluations=len(utility.known))


METHODS: dict[str, ContributionMethod] = {
    "pyDVL exact": PyDvl(lambda seed: DeterministicUniformSampler(), 0),
    "pyDVL permutations, 50": PyDvl(lambda seed: PermutationSampler(NoTruncation(), seed=seed), 50),
    "pyDVL truncated MC, 50": PyDvl(lambda seed: PermutationSampler(RelativeTruncation(0.01), seed=seed), 50),
    "pyDVL antithetic Owen, 15": PyDvl(lambda seed: AntitheticOwenSampler(GridOwenStrategy(15), seed=seed), 0),
}
