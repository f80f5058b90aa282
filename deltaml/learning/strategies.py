"""How a server makes one model of many updates: Flower's strategies on flat vectors, in parts that combine.

A strategy is up to four decisions: which public vector updates are scored along (`direction`), who is kept (`kept`),
what one update comes of them (`combine`), and how the model moves by it (`step`). Under the committee lock nobody sees
an update: opened are inner products with a public vector and one weighted sum. So a strategy works there exactly if its
`combine` is the weighted mean, and says so in `under_lock`.
"""

from dataclasses import dataclass
from math import floor
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput, Refused
from deltaml.learning.aggregation import normalised, weighted_mean
from deltaml.learning.arrays import Floats, Rows
from deltaml.learning.model import Model
from deltaml.learning.training import clip_to_norm

StrategyState: TypeAlias = dict[str, Floats]
"""What a strategy remembers between rounds: arrays by name."""


class Strategy:
    """Federated averaging, and the base of all others: subclass and replace what differs.

    `learning_rate` 1 takes the mean update as it is (McMahan et al. 2017).
    """

    @property
    def under_lock(self) -> bool:
        """Whether it works on updates that nobody can see."""
        return True

    @property
    def least_updates(self) -> int:
        """With fewer updates than this a round changes nothing."""
        return 1

    @property
    def clip_norm(self) -> float | None:
        """The longest update that clients may send; they are told in the round's configuration."""
        return None

    def initial(self, n_parameters: int) -> StrategyState:
        """The state before the first round."""
        return {}

    def direction(self, parameters: Floats) -> Floats | None:
        """The public vector h[d] whose products ⟨u_i, h⟩ decide who is kept; None keeps everybody."""
        return None

    def kept(self, products: Floats, weights: Floats) -> NDArray[np.bool_]:
        """Who takes part in the mean, from the products ⟨u_i, h⟩."""
        return np.ones(len(products), dtype=np.bool_)

    def combine(self, updates: Floats, weights: Floats) -> Floats:
        """One update float64[d] of updates[n, d]."""
        return weighted_mean(updates, weights)

    def step(self, state: StrategyState, parameters: Floats, update: Floats) -> tuple[StrategyState, Floats]:
        """New state and new parameters; what was given stays as it is."""
        return state, parameters + update

    def require_lock(self) -> None:
        """Raise Refused unless this strategy works on updates that nobody can see."""
        if not self.under_lock:
            raise Refused(
                f"{type(self).__name__} compares single updates, and under the committee lock nobody sees one"
            )

    def aggregate_fit(
        self, state: StrategyState, parameters: ArrayLike, updates: ArrayLike, weights: ArrayLike
    ) -> tuple[StrategyState, Floats, NDArray[np.bool_]]:
        """A whole round in the clear: new state, new parameters, and who was kept.

        Raises InvalidInput for shapes that don't match, bad weights, or fewer than `least_updates` updates.
        """
        start, matrix = np.asarray(parameters, dtype=np.float64), np.asarray(updates, dtype=np.float64)
        if matrix.ndim != 2 or start.shape != matrix.shape[1:]:
            raise InvalidInput(f"parameters {start.shape} and updates {matrix.shape} don't match (d,) and (n, d)")
        if self.clip_norm is not None:
            matrix = np.array([clip_to_norm(update, self.clip_norm) for update in matrix])
        shares = normalised(weights, len(matrix))
        h = self.direction(start)
        kept = np.ones(len(matrix), dtype=np.bool_) if h is None else self.kept(matrix @ h, shares)
        if kept.sum() < self.least_updates:
            raise InvalidInput(f"{type(self).__name__} wants at least {self.least_updates} updates, got {kept.sum()}")
        state, parameters = self.step(state, start, self.combine(matrix[kept], shares[kept]))
        return state, parameters, kept


@dataclass(frozen=True)
class FedAvg(Strategy):
    """The weighted mean of the updates, times `learning_rate`. Source: McMahan et al. 2017."""

    learning_rate: float = 1.0

    def __post_init__(self) -> None:
        _require("learning_rate", self.learning_rate, 0)

    def step(self, state: StrategyState, parameters: Floats, update: Floats) -> tuple[StrategyState, Floats]:
        return state, parameters + self.learning_rate * update


@dataclass(frozen=True)
class FedAvgM(FedAvg):
    """Momentum at the server: v' = momentum·v + update, w' = w + learning_rate·v'.

    Source: Hsu, Qi & Brown, "Measuring the Effects of Non-Identical Data Distribution", 2019.
    """

    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_share("momentum", self.momentum)

    def initial(self, n_parameters: int) -> StrategyState:
        return {"velocity": np.zeros(n_parameters)}

    def step(self, state: StrategyState, parameters: Floats, update: Floats) -> tuple[StrategyState, Floats]:
        velocity = self.momentum * state["velocity"] + update
        return {"velocity": velocity}, parameters + self.learning_rate * velocity


@dataclass(frozen=True)
class FedAdam(Strategy):
    """m' = β₁m + (1−β₁)u, v' = β₂v + (1−β₂)u², w' = w + η·m'/(√v' + τ), from m = 0 and v = τ².

    Source: Reddi et al., "Adaptive Federated Optimization", 2021, algorithm 2 (no bias correction).
    """

    learning_rate: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.99
    tau: float = 1e-3

    def __post_init__(self) -> None:
        _require("learning_rate", self.learning_rate, 0)
        _require("tau", self.tau, 0)
        _require_share("beta_1", self.beta_1)
        _require_share("beta_2", self.beta_2)

    def initial(self, n_parameters: int) -> StrategyState:
        return {"mean": np.zeros(n_parameters), "square": np.full(n_parameters, self.tau**2)}

    def step(self, state: StrategyState, parameters: Floats, update: Floats) -> tuple[StrategyState, Floats]:
        mean = self.beta_1 * state["mean"] + (1 - self.beta_1) * update
        square = self._square(state["square"], update**2)
        moved = parameters + self.learning_rate * mean / (np.sqrt(square) + self.tau)
        return {"mean": mean, "square": square}, moved

    def _square(self, old: Floats, new: Floats) -> Floats:
        return np.asarray(self.beta_2 * old + (1 - self.beta_2) * new, dtype=np.float64)


@dataclass(frozen=True)
class FedYogi(FedAdam):
    """As FedAdam with v' = v − (1−β₂)·u²·sign(v − u²), which grows no faster than it shrinks. Source: as FedAdam."""

    def _square(self, old: Floats, new: Floats) -> Floats:
        return np.asarray(old - (1 - self.beta_2) * new * np.sign(old - new), dtype=np.float64)


@dataclass(frozen=True)
class FedMedian(Strategy):
    """The median of each coordinate, weights aside.

    Source: Yin et al., "Byzantine-Robust Distributed Learning", 2018.
    """

    @property
    def under_lock(self) -> bool:
        return False

    def combine(self, updates: Floats, weights: Floats) -> Floats:
        return np.asarray(np.median(updates, axis=0), dtype=np.float64)


@dataclass(frozen=True)
class FedTrimmedAvg(Strategy):
    """The mean of each coordinate without its `share` largest and smallest values, weights aside.

    Source: as FedMedian.
    """

    share: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.share < 0.5:
            raise InvalidInput(f"share is {self.share!r}; expected 0 or more, below 0.5")

    @property
    def under_lock(self) -> bool:
        return False

    def combine(self, updates: Floats, weights: Floats) -> Floats:
        cut = floor(self.share * len(updates))
        return np.asarray(np.sort(updates, axis=0)[cut : len(updates) - cut].mean(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Krum(Strategy):
    """The weighted mean of the `n_chosen` updates that lie closest to their n − n_bad − 2 nearest neighbours.

    With n_chosen 1 it is Krum, with more Multi-Krum; it stands n_bad liars among at least 2·n_bad + 3 clients.
    Source: Blanchard et al., "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent", 2017.
    """

    n_bad: int = 1
    n_chosen: int = 1

    def __post_init__(self) -> None:
        if self.n_bad < 0 or self.n_chosen < 1:
            raise InvalidInput(f"n_bad is {self.n_bad} and n_chosen {self.n_chosen}; expected at least 0 and 1")

    @property
    def under_lock(self) -> bool:
        return False

    @property
    def least_updates(self) -> int:
        return max(2 * self.n_bad + 3, self.n_chosen)

    def combine(self, updates: Floats, weights: Floats) -> Floats:
        lengths = np.sum(updates**2, axis=1)
        distances = np.maximum(0.0, lengths[:, None] + lengths - 2 * updates @ updates.T)
        # The first column is each update's distance to itself.
        nearest = np.sort(distances, axis=1)[:, 1 : len(updates) - self.n_bad - 1]
        chosen = np.argsort(nearest.sum(axis=1), kind="stable")[: self.n_chosen]
        return weighted_mean(updates[chosen], weights[chosen])


class _Wrapper(Strategy):
    """A strategy that changes one decision of another."""

    def __init__(self, inner: Strategy) -> None:
        self.inner = inner

    @property
    def under_lock(self) -> bool:
        return self.inner.under_lock

    @property
    def least_updates(self) -> int:
        return self.inner.least_updates

    @property
    def clip_norm(self) -> float | None:
        return self.inner.clip_norm

    def initial(self, n_parameters: int) -> StrategyState:
        return self.inner.initial(n_parameters)

    def direction(self, parameters: Floats) -> Floats | None:
        return self.inner.direction(parameters)

    def kept(self, products: Floats, weights: Floats) -> NDArray[np.bool_]:
        return self.inner.kept(products, weights)

    def combine(self, updates: Floats, weights: Floats) -> Floats:
        return self.inner.combine(updates, weights)

    def step(self, state: StrategyState, parameters: Floats, update: Floats) -> tuple[StrategyState, Floats]:
        return self.inner.step(state, parameters, update)


class NormClipping(_Wrapper):
    """Updates longer than `norm` are shortened to it before anything else.

    Under the lock the server can't: there clients are told and clip, and the committee's norm checks refuse who didn't.
    """

    def __init__(self, inner: Strategy, norm: float) -> None:
        super().__init__(inner)
        _require("norm", norm, 0)
        self._norm = norm if inner.clip_norm is None else min(norm, inner.clip_norm)

    @property
    def clip_norm(self) -> float:
        return self._norm


class TrustScores(_Wrapper):
    """Leaves out who would raise the loss on `validation`: pre-score −⟨u_i, ∇L(w)⟩ below zero.

    The pre-score is what the committee opens *before* it opens a sum, so who is dropped is known in time: a sum that is
    opened twice, with and without somebody, would give that update away. When nobody is left the round changes nothing.
    """

    def __init__(self, inner: Strategy, model: Model, validation: Rows) -> None:
        super().__init__(inner)
        self._model, self._validation = model, validation

    def direction(self, parameters: Floats) -> Floats:
        return self._model.gradient(parameters, *self._validation)

    def kept(self, products: Floats, weights: Floats) -> NDArray[np.bool_]:
        return np.asarray(products <= 0, dtype=np.bool_)


def _require(name: str, value: float, above: float) -> None:
    if not above < value < np.inf:
        raise InvalidInput(f"{name} is {value!r}; expected a finite number above {above}")


def _require_share(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise InvalidInput(f"{name} is {value!r}; expected 0 or more, below 1")
