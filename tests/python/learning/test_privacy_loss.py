"""The accountant against another computation: privacy losses put on a grid, convolved, integrated.

Nothing here knows that Gaussian mechanisms compose to one or that ε and δ have a closed form: densities are evaluated
on a grid, their log ratio is binned, the bins of all rounds are convolved by FFT, and δ(ε) = Σ max(0, 1 − e^(ε−loss))
is summed (Koskela, Jälkö & Honkela, "Computing Tight Differential Privacy Guarantees Using FFT", 2020).
"""

from math import inf, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.signal import fftconvolve
from scipy.stats import multivariate_normal, norm

from deltaml.learning import Ledger, Release, gaussian_delta, gaussian_epsilon

pytestmark = pytest.mark.unit

WIDTH = 2e-4  # of a bin of privacy loss


def losses_of_one(sensitivity: float, noise: float) -> tuple[Any, int]:
    """(probability per bin, number of the first bin) of log p/q under p, for p = N(sensitivity, σ²), q = N(0, σ²)."""
    edges = np.linspace(sensitivity - 10 * noise, sensitivity + 10 * noise, 100_001)
    middles = (edges[1:] + edges[:-1]) / 2
    mass = np.diff(norm.cdf(edges, sensitivity, noise))
    loss = norm.logpdf(middles, sensitivity, noise) - norm.logpdf(middles, 0.0, noise)
    bins = np.rint(loss / WIDTH).astype(int)
    return np.bincount(bins - bins.min(), weights=mass), int(bins.min())


def integrated_epsilon(delta: float, rounds: list[tuple[float, float]]) -> float:
    """The least ε with δ(ε) ≤ delta, by bisection, for rounds of (sensitivity, noise)."""
    mass, first = np.ones(1), 0
    for sensitivity, noise in rounds:
        more, start = losses_of_one(sensitivity, noise)
        mass, first = np.maximum(fftconvolve(mass, more), 0.0), first + start
    loss = (first + np.arange(len(mass))) * WIDTH

    def integrated_delta(epsilon: float) -> float:
        above = loss > epsilon
        return float(np.sum(mass[above] * -np.expm1(epsilon - loss[above])))

    low, high = 0.0, 60.0
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if integrated_delta(middle) > delta else (low, middle)
    return high


@pytest.mark.parametrize("delta", [1e-3, 1e-5])
@pytest.mark.parametrize(
    "rounds",
    [
        [(1.0, 1.0)],
        [(2.0, 8.0)] * 10,
        [(1.0, 1.5), (2.0, 2.5), (0.5, 4.0), (1.0, 3.0)],
    ],
    ids=["one", "ten alike", "four of all kinds"],
)
def test_epsilon_agrees_with_the_integrated_losses_to_one_percent(
    rounds: list[tuple[float, float]], delta: float
) -> None:
    ledger = Ledger()
    for sensitivity, noise in rounds:
        ledger = ledger.after(Release(sensitivity, noise, projections=32))
    assert ledger.epsilon(delta) == pytest.approx(integrated_epsilon(delta, rounds), rel=0.01)


@pytest.mark.parametrize(("own", "others", "facts"), [(1.5, 2.0, 1), (1.5, 2.0, 0), (0.8, 5.0, 1)])
def test_what_a_score_beside_the_sum_reveals(own: float, others: float, facts: int) -> None:
    """One-number updates: the reader sees the score u + z, and the sum u + z + w; both densities on a plane."""
    covariance = np.array([[own**2, own**2], [own**2, own**2 + others**2]])
    release = Release(1.0, own, projections=0, scores=facts, pre_scores=0, others_noise=others)
    # Of the sum alone: the second coordinate's marginal.
    seen = covariance if facts else covariance[1:, 1:]
    reach, shape = 9 * sqrt(own**2 + others**2), seen.shape[0]
    axis = np.linspace(-reach, reach + 1, 1501)
    points = np.stack(np.meshgrid(*[axis] * shape, indexing="ij"), axis=-1)
    cell = (axis[1] - axis[0]) ** shape
    p = multivariate_normal(np.ones(shape), seen).pdf(points)
    q = multivariate_normal(np.zeros(shape), seen).pdf(points)
    for epsilon in (0.25, 1.0):
        area = float(np.maximum(0.0, p - np.exp(epsilon) * q).sum() * cell)
        assert gaussian_delta(epsilon, 1 / release.mu) == pytest.approx(area, rel=0.01)


def test_facts_and_sum_of_many_numbers_worst_direction() -> None:
    """μ is what the joint covariance of all that is opened gives at its worst change of u, by linear algebra."""
    rng = np.random.default_rng(0)
    d, own, others, sensitivity = 12, 1.3, 4.0, 2.0
    for k in (0, 1, 3, 11, 12):
        facts = rng.normal(size=(k, d))
        seen = np.vstack([np.eye(d), facts])  # the sum's d numbers, then the facts
        covariance = own**2 * seen @ seen.T
        covariance[:d, :d] += others**2 * np.eye(d)
        information = seen.T @ np.linalg.pinv(covariance, rcond=1e-10) @ seen
        worst = sensitivity * sqrt(np.linalg.eigvalsh(information)[-1])
        release = Release(sensitivity, own, projections=k, scores=0, pre_scores=0, others_noise=others)
        assert release.mu == pytest.approx(worst, rel=1e-6)
        # A change of data that no fact sees is still hidden by everybody's noise.
        if k < d:
            assert np.linalg.eigvalsh(information)[0] == pytest.approx(1 / (own**2 + others**2), rel=1e-6)


def test_gaussian_epsilon_of_many_rounds_agrees_too() -> None:
    assert gaussian_epsilon(1e-5, 12.0, 100) == pytest.approx(integrated_epsilon(1e-5, [(1.0, 1.2)]), rel=0.01)
    assert Release(1.0, 0.0, 1).mu == inf
