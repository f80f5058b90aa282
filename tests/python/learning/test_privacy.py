from dataclasses import replace
from math import exp, inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from deltaml.errors import InvalidInput
from deltaml.learning import (
    Ledger,
    Release,
    epsilon_of,
    gaussian_delta,
    gaussian_epsilon,
    mu_of,
    noise_multiplier_for,
)

pytestmark = pytest.mark.unit


def test_known_answer_of_the_analytic_mechanism() -> None:
    """σ = 3.730632 is Balle & Wang's calibration for ε = 1, δ = 1e-5 (the classical formula wants 4.845)."""
    assert gaussian_delta(1.0, 3.730632) == pytest.approx(1e-5, rel=1e-4)
    assert gaussian_epsilon(1e-5, 3.730632) == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize(("epsilon", "noise"), [(0.0, 1.0), (0.5, 0.7), (2.0, 1.5), (10.0, 0.3)])
def test_delta_is_the_hockey_stick_between_two_bells(epsilon: float, noise: float) -> None:
    """The definition, integrated: ∫ max(0, P − e^ε·Q) for P = N(1, σ²), Q = N(0, σ²)."""
    crossing = noise**2 * epsilon + 0.5
    area, _ = quad(
        lambda x: norm.pdf(x, 1, noise) - exp(epsilon) * norm.pdf(x, 0, noise), crossing, crossing + 40 * noise
    )
    assert gaussian_delta(epsilon, noise) == pytest.approx(area, rel=1e-6, abs=1e-12)


@given(st.floats(0.05, 50), st.integers(1, 500), st.floats(1e-10, 0.1))
def test_composition_is_one_mechanism_with_less_noise(noise: float, k: int, delta: float) -> None:
    assert gaussian_epsilon(delta, noise, k) == pytest.approx(
        gaussian_epsilon(delta, noise / sqrt(k)), rel=1e-9, abs=1e-9
    )


@given(st.floats(0.05, 50), st.floats(1e-10, 0.1))
def test_epsilon_keeps_its_delta(noise: float, delta: float) -> None:
    epsilon = gaussian_epsilon(delta, noise)
    assert gaussian_delta(epsilon, noise) <= delta
    if epsilon > 1e-3:
        assert gaussian_delta(epsilon * 0.999, noise) > delta


def test_tiny_noise_does_not_overflow() -> None:
    assert np.isfinite(gaussian_epsilon(1e-6, 0.01))
    assert gaussian_epsilon(1e-6, 0.01) > 1000
    assert gaussian_epsilon(1e-6, 1e9) == 0.0
    assert gaussian_epsilon(1e-6, 1.0, 0) == 0.0


@given(st.floats(0.1, 20), st.floats(1e-10, 0.1), st.integers(1, 500))
def test_calibrated_noise_is_enough_and_no_more(epsilon: float, delta: float, k: int) -> None:
    noise = noise_multiplier_for(epsilon, delta, k)
    assert gaussian_epsilon(delta, noise, k) <= epsilon * (1 + 1e-8)
    assert gaussian_delta(epsilon, noise, k) <= delta
    assert gaussian_delta(epsilon, noise * 0.999, k) > delta
    assert mu_of(epsilon, delta) == pytest.approx(sqrt(k) / noise, rel=1e-8)
    assert noise_multiplier_for(epsilon, delta, 0) == 0.0


def test_ledger_counts_what_a_round_opens() -> None:
    ledger = Ledger().after(Release(1.0, 2.0, projections=32)).after(Release(3.0, 3.0, projections=8, pre_scores=0))
    assert ledger == Ledger(rounds=2, sums=2, scores=2, pre_scores=1, projections=40, squared_mu=1.25)
    assert ledger.equations == 43
    assert ledger.epsilon(1e-5) == pytest.approx(gaussian_epsilon(1e-5, 1 / sqrt(1.25)))


def test_ledger_without_noise_promises_nothing() -> None:
    assert Ledger().epsilon(1e-5) == 0.0
    ledger = Ledger().after(Release(1.0, 5.0, 8)).after(Release(1.0, 0.0, 8))
    assert ledger.unnoised_rounds == 1
    assert ledger.mu == ledger.epsilon(1e-5) == inf


def test_ledgers_never_go_down() -> None:
    ledger, before = Ledger(), 0.0
    for _ in range(5):
        ledger = ledger.after(Release(1.0, 3.0, 8))
        assert ledger.epsilon(1e-5) > before
        before = ledger.epsilon(1e-5)


def test_one_fact_costs_the_protection_of_the_others_noise() -> None:
    hidden_in_the_sum = Release(1.0, 3.0, projections=0, scores=0, pre_scores=0, others_noise=4.0)
    assert hidden_in_the_sum.mu == pytest.approx(1 / 5)
    one = replace(hidden_in_the_sum, scores=1)
    many = replace(one, pre_scores=1, projections=32)
    assert one.mu == many.mu == pytest.approx(1 / 3)
    assert replace(one, own_noise=0.0).mu == inf
    assert replace(hidden_in_the_sum, own_noise=0.0).mu == pytest.approx(1 / 4)
    assert replace(hidden_in_the_sum, sums=0).mu == 0.0
    assert Ledger().after(replace(hidden_in_the_sum, sums=0)).epsilon(1e-5) == 0.0


@pytest.mark.parametrize("delta", [0.0, 1.0, -1.0, float("nan")])
def test_delta_out_of_range(delta: float) -> None:
    with pytest.raises(InvalidInput, match="delta"):
        gaussian_epsilon(delta, 1.0)


@pytest.mark.parametrize("noise", [-1.0, inf, float("nan")])
def test_noise_out_of_range(noise: float) -> None:
    with pytest.raises(InvalidInput):
        Release(1.0, noise, 8)
    with pytest.raises(InvalidInput):
        Release(1.0, 1.0, 8, others_noise=noise)
    if noise != inf:
        with pytest.raises(InvalidInput):
            gaussian_epsilon(1e-5, noise)


def test_releases_out_of_range() -> None:
    for sensitivity in (0.0, -1.0, inf, float("nan")):
        with pytest.raises(InvalidInput):
            Release(sensitivity, 1.0, 8)
    with pytest.raises(InvalidInput):
        Release(1.0, 1.0, -1)
    with pytest.raises(InvalidInput):
        epsilon_of(-1.0, 1e-5)
    for epsilon, delta in ((-1.0, 1e-5), (inf, 1e-5), (1.0, 0.0), (1.0, 1.0)):
        with pytest.raises(InvalidInput):
            mu_of(epsilon, delta)
        with pytest.raises(InvalidInput):
            noise_multiplier_for(epsilon, delta)
