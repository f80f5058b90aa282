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


@dataclass(frozen=True)
class Ledger:
    """What the finished rounds opened about one trainer, in counts, and the loss that its own noise guarantees.

    Every opened value is a function of the trainer's *noisy* update and of other people's data. Post-processing costs
    nothing, so a round costs one Gaussian mechanism however many values it opens; a round without noise has no
    guarantee at all, and then `equations` says how many linear equations about the d numbers of each update are known.
    """

    rounds: int = 0
    unnoised_rounds: int = 0
    sums: int = 0
    scores: int = 0
    pre_scores: int = 0
    projections: int = 0
    squared_mu: float = 0.0
    """Σ 1/noise_multiplier² over the rounds with noise: the squared parameter of Gaussian differential privacy."""

    def after_round(
        self, noise_multiplier: float, *, sums: int = 1, scores: int = 1, pre_scores: int = 1, projections: int = 8
    ) -> "Ledger":
        """The ledger with one more round. The defaults are what a round of the protocol opens.

        noise_multiplier = standard deviation of the trainer's own noise / sensitivity; 0 says there was none. With
        updates clipped to C the sensitivity is 2C for exchanging all of the trainer's data, C for leaving it out.
        Raises InvalidInput for negative or non-finite values.
        """
        counts = (sums, scores, pre_scores, projections)
        if not 0 <= noise_multiplier < inf or min(counts) < 0:
            raise InvalidInput(f"wanted a finite noise multiplier and counts ≥ 0, got {noise_multiplier}, {counts}")
        return replace(
            self,
            rounds=self.rounds + 1,
            unnoised_rounds=self.unnoised_rounds + (noise_multiplier == 0),
            sums=self.sums + sums,
            scores=self.scores + scores,
            pre_scores=self.pre_scores + pre_scores,
            projections=self.projections + projections,
            squared_mu=self.squared_mu + (noise_multiplier**-2 if noise_multiplier else 0.0),
        )

    @property
    def equations(self) -> int:
        """Numbers opened about this trainer alone: scores, pre-scores and projections."""
        return self.scores + self.pre_scores + self.projections

    def epsilon(self, delta: float) -> float:
        """Total ε at this delta over all rounds; infinite when a round went out without noise."""
        return inf if self.unnoised_rounds else _epsilon(delta, sqrt(self.squared_mu))


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
