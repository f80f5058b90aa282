from math import exp, inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from deltaml.errors import InvalidInput
from deltaml.learning import Ledger, gaussian_delta, gaussian_epsilon

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


def test_ledger_counts_what_a_round_opens() -> None:
    ledger = Ledger().after_round(2.0).after_round(1.0, pre_scores=0)
    assert ledger == Ledger(rounds=2, sums=2, scores=2, pre_scores=1, projections=16, squared_mu=1.25)
    assert ledger.equations == 19
    assert ledger.epsilon(1e-5) == pytest.approx(gaussian_epsilon(1e-5, 1 / sqrt(1.25)))


def test_ledger_without_noise_promises_nothing() -> None:
    assert Ledger().epsilon(1e-5) == 0.0
    ledger = Ledger().after_round(5.0).after_round(0.0)
    assert ledger.unnoised_rounds == 1
    assert ledger.epsilon(1e-5) == inf


def test_ledgers_never_go_down() -> None:
    ledger, before = Ledger(), 0.0
    for _ in range(5):
        ledger = ledger.after_round(3.0)
        assert ledger.epsilon(1e-5) > before
        before = ledger.epsilon(1e-5)


@pytest.mark.parametrize("delta", [0.0, 1.0, -1.0, float("nan")])
def test_delta_out_of_range(delta: float) -> None:
    with pytest.raises(InvalidInput, match="delta"):
        gaussian_epsilon(delta, 1.0)


@pytest.mark.parametrize("noise", [-1.0, inf, float("nan")])
def test_noise_out_of_range(noise: float) -> None:
    with pytest.raises(InvalidInput):
        Ledger().after_round(noise)
    if noise != inf:
        with pytest.raises(InvalidInput):
            gaussian_epsilon(1e-5, noise)
