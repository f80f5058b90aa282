"""Differential privacy of a trainer's updates, and a ledger of what rounds open about one trainer."""

from dataclasses import dataclass, replace
from math import exp, inf, sqrt

from scipy.special import log_ndtr, ndtr

from deltaml.errors import InvalidInput


def gaussian_delta(epsilon: float, noise_multiplier: float, compositions: int = 1) -> float:
    """Smallest δ for which `compositions` Gaussian mechanisms are (epsilon, δ)-differentially private; exact.

    noise_multiplier = standard deviation / L2 sensitivity. k mechanisms compose to one with the multiplier divided by
    √k (Dong, Roth & Su, "Gaussian Differential Privacy", 2019, corollary 3.3); δ is theorem 8 of Balle & Wang,
    "Improving the Gaussian Mechanism for Differential Privacy", 2018. Raises InvalidInput for values out of range.
    """
    if not (epsilon >= 0 and noise_multiplier > 0 and compositions >= 0):
        given = (epsilon, noise_multiplier, compositions)
        raise InvalidInput(f"wanted epsilon ≥ 0, noise_multiplier > 0 and compositions ≥ 0, got {given}")
    return _delta(epsilon, sqrt(compositions) / noise_multiplier)


def gaussian_epsilon(delta: float, noise_multiplier: float, compositions: int = 1) -> float:
    """Smallest ε for which `compositions` Gaussian mechanisms are (ε, delta)-differentially private.

    The inverse of `gaussian_delta`, rounded up by at most one part in 10⁹. Raises InvalidInput for values out of range.
    """
    gaussian_delta(0.0, noise_multiplier, compositions)
    return _epsilon(delta, sqrt(compositions) / noise_multiplier)


def noise_multiplier_for(epsilon: float, delta: float, compositions: int = 1) -> float:
    """Smallest noise multiplier for which `compositions` Gaussian mechanisms are (epsilon, delta)-private.

    The inverse of `gaussian_epsilon`, rounded up by at most two parts in 10⁹; 0.0 for no compositions. Raises
    InvalidInput for values out of range.
    """
    if not (0 <= epsilon < inf and 0 < delta < 1 and compositions >= 0):
        given = (epsilon, delta, compositions)
        raise InvalidInput(f"wanted 0 ≤ epsilon < ∞, 0 < delta < 1 and compositions ≥ 0, got {given}")
    if compositions == 0:
        return 0.0
    return sqrt(compositions) / _mu(epsilon, delta) * (1 + 1e-9)


@dataclass(frozen=True)
class Release:
    """What one round shows somebody about one trainer's update u[d]: sums, and linear facts ⟨u, a⟩ about it alone.

    Noises are standard deviations per coordinate. `own_noise` is in the update before it is sealed, so it is in
    everything that is opened. `others_noise` is what the other trainers' noise adds to this update inside the sum, that
    is of Σ_{j≠i} p_j·z_j / p_i, as far as the reader does not know it; 0 trusts nobody. `sensitivity` bounds how far u
    moves when the data change: with updates clipped to C, 2C for exchanging all of the trainer's data, C for leaving it
    out. Scores and pre-scores are one fact each, and so is each projection of the norm check
    (`deltaml.sealing.norm_checks(d)` of them). Raises InvalidInput for negative or non-finite values.
    """

    sensitivity: float
    own_noise: float
    projections: int
    scores: int = 1
    pre_scores: int = 1
    sums: int = 1
    others_noise: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.sensitivity < inf and 0 <= self.own_noise < inf and 0 <= self.others_noise < inf):
            raise InvalidInput(f"wanted a sensitivity above 0 and noises of at least 0, all finite, got {self}")
        if min(self.projections, self.scores, self.pre_scores, self.sums) < 0:
            raise InvalidInput(f"nothing is opened a negative number of times, got {self}")

    @property
    def facts(self) -> int:
        """Numbers opened about this trainer alone."""
        return self.scores + self.pre_scores + self.projections

    @property
    def mu(self) -> float:
        """The least μ for which the round is μ-Gaussian-differentially private; infinite without noise.

        Directions a are public and may be the worst. In their span the reader has u + own noise itself, and there the
        sum, which is that plus noise independent of u, tells nothing more; off the span it has only the sum. So the
        worst change of data shifts along a fact's direction and hides behind the trainer's own noise alone: one fact
        already costs the protection of the others' noise, and every further one is free, being a function of the same
        noisy update.
        """
        if self.facts:
            return self.sensitivity / self.own_noise if self.own_noise else inf
        if self.sums:
            hidden = sqrt(self.own_noise**2 + self.others_noise**2)
            return self.sensitivity / hidden if hidden else inf
        return 0.0


@dataclass(frozen=True)
class Ledger:
    """What the finished rounds opened about one trainer, in counts, and the privacy loss that the noise guarantees.

    A round without noise has no guarantee at all, and then `equations` says how many linear equations about the d
    numbers of each update are known.
    """

    rounds: int = 0
    unnoised_rounds: int = 0
    sums: int = 0
    scores: int = 0
    pre_scores: int = 0
    projections: int = 0
    squared_mu: float = 0.0
    """Σ μ² over the rounds with noise: Gaussian mechanisms compose by adding squares (Dong, Roth & Su, 2019)."""

    def after(self, release: Release) -> "Ledger":
        """The ledger with one more round."""
        mu = release.mu
        return replace(
            self,
            rounds=self.rounds + 1,
            unnoised_rounds=self.unnoised_rounds + (mu == inf),
            sums=self.sums + release.sums,
            scores=self.scores + release.scores,
            pre_scores=self.pre_scores + release.pre_scores,
            projections=self.projections + release.projections,
            squared_mu=self.squared_mu + (mu**2 if mu < inf else 0.0),
        )

    @property
    def equations(self) -> int:
        """Numbers opened about this trainer alone: scores, pre-scores and projections."""
        return self.scores + self.pre_scores + self.projections

    @property
    def mu(self) -> float:
        """The parameter of Gaussian differential privacy of all rounds together."""
        return inf if self.unnoised_rounds else sqrt(self.squared_mu)

    def epsilon(self, delta: float) -> float:
        """Total ε at this delta over all rounds; infinite when a round went out without noise."""
        return epsilon_of(self.mu, delta)


def epsilon_of(mu: float, delta: float) -> float:
    """Smallest ε at this delta of what is μ-Gaussian-differentially private; infinite for infinite μ.

    Raises InvalidInput for a negative μ or a delta outside (0, 1).
    """
    if not mu >= 0:
        raise InvalidInput(f"mu must be at least 0, got {mu!r}")
    return inf if mu == inf and 0 < delta < 1 else _epsilon(delta, mu)


def mu_of(epsilon: float, delta: float) -> float:
    """Largest μ whose Gaussian differential privacy implies (epsilon, delta), rounded down by one part in 10⁹.

    Raises InvalidInput unless 0 ≤ epsilon < ∞ and 0 < delta < 1.
    """
    if not (0 <= epsilon < inf and 0 < delta < 1):
        raise InvalidInput(f"wanted 0 ≤ epsilon < ∞ and 0 < delta < 1, got {epsilon} and {delta}")
    return _mu(epsilon, delta)


def _delta(epsilon: float, mu: float) -> float:
    if mu == 0:
        return 0.0
    # e^ε·Φ(b) in logarithms: e^ε alone overflows from ε = 710 on.
    second = exp(epsilon + float(log_ndtr(-mu / 2 - epsilon / mu)))
    return max(0.0, float(ndtr(mu / 2 - epsilon / mu)) - second)


def _epsilon(delta: float, mu: float) -> float:
    if not 0 < delta < 1:
        raise InvalidInput(f"delta must lie between 0 and 1, got {delta!r}")
    if _delta(0.0, mu) <= delta:
        return 0.0
    high = 1.0
    while _delta(high, mu) > delta:
        high *= 2
    # Loading it takes a third of a second, which every process would pay and few need.
    from scipy.optimize import brentq

    found = float(brentq(lambda epsilon: _delta(epsilon, mu) - delta, 0.0, high, xtol=1e-12, rtol=1e-12))
    return found * (1 + 1e-9)


def _mu(epsilon: float, delta: float) -> float:
    high = 1.0
    while _delta(epsilon, high) < delta:
        high *= 2
    from scipy.optimize import brentq  # as above

    found = float(brentq(lambda mu: _delta(epsilon, mu) - delta, 0.0, high, xtol=1e-15, rtol=1e-12))
    return found * (1 - 1e-9)
