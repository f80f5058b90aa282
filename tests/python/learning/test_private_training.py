import numpy as np
import pytest

from deltaml.errors import InvalidInput
from deltaml.learning import Linear, LocalTraining, Logistic, PrivateTraining, train_locally, train_privately

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.integers(0, 2, size=40)


def trained(settings: PrivateTraining, rows: slice = slice(None), seed: int = 0) -> np.ndarray:
    return train_privately(Logistic(3), np.zeros(4), X[rows], Y[rows], settings, np.random.default_rng(seed))


def test_without_noise_and_with_a_wide_clip_it_is_gradient_descent() -> None:
    plain = train_locally(Logistic(3), np.zeros(4), X, Y, LocalTraining(5, 0, 0.1), 0)
    np.testing.assert_allclose(trained(PrivateTraining(5, 0.1, 1e9, 0.0)), plain, atol=1e-12)


def test_no_row_moves_a_step_by_more_than_its_clip() -> None:
    wild = X.copy()
    wild[0] *= 1e6
    settings = PrivateTraining(1, 1.0, 0.2, 0.0)
    with_row = train_privately(Linear(3), np.ones(4), wild, Y, settings, np.random.default_rng(0)) * 40
    without = train_privately(Linear(3), np.ones(4), wild[1:], Y[1:], settings, np.random.default_rng(0)) * 39
    assert np.linalg.norm(with_row - without) <= 0.2 + 1e-12


def test_noise_has_the_promised_spread() -> None:
    settings = PrivateTraining(1, 1.0, 0.5, 3.0)
    still = trained(PrivateTraining(1, 1.0, 0.5, 0.0))
    noise = np.array([trained(settings, seed=seed) - still for seed in range(500)]) * 40
    assert noise.std() == pytest.approx(1.5, rel=0.05)
    assert abs(noise.mean()) < 0.15


def test_what_is_wrong_is_refused() -> None:
    for settings in (
        PrivateTraining(0, 0.1, 1.0, 1.0),
        PrivateTraining(1, 0.0, 1.0, 1.0),
        PrivateTraining(1, 0.1, -1.0, 1.0),
        PrivateTraining(1, 0.1, 1.0, -1.0),
        PrivateTraining(1, 0.1, 1.0, float("nan")),
    ):
        with pytest.raises(InvalidInput):
            trained(settings)
    with pytest.raises(InvalidInput, match="at least one row"):
        trained(PrivateTraining(1, 0.1, 1.0, 1.0), slice(0, 0))
    with pytest.raises(InvalidInput, match="NaN"):
        train_privately(
            Logistic(3), np.zeros(4), X * np.nan, Y, PrivateTraining(1, 0.1, 1.0, 1.0), np.random.default_rng(0)
        )
