from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from deltaml.errors import InvalidInput
from deltaml.learning import Linear, LocalTraining, Logistic, add_gaussian_noise, clip_to_norm, train_locally

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(40, 3)), RNG.integers(0, 2, size=40)
MODEL = Logistic(3, l2=0.01)
SETTINGS = LocalTraining(epochs=2, batch_size=8, learning_rate=0.1, momentum=0.9)


def test_one_full_batch_is_one_gradient_step() -> None:
    start = np.arange(4.0)
    update = train_locally(MODEL, start, X, Y, LocalTraining(1, 0, 0.25), random_state=0)
    np.testing.assert_allclose(update, -0.25 * MODEL.gradient(start, X, Y), rtol=1e-12)


def test_momentum_is_the_heavy_ball() -> None:
    update = train_locally(MODEL, np.zeros(4), X, Y, LocalTraining(2, 0, 0.25, momentum=0.5), random_state=0)
    first = -0.25 * MODEL.gradient(np.zeros(4), X, Y)
    second = 0.5 * first - 0.25 * MODEL.gradient(first, X, Y)
    np.testing.assert_allclose(update, first + second, rtol=1e-12)


def test_each_epoch_uses_every_row_once() -> None:
    class Recorder(Logistic):
        seen: list[float] = []  # noqa: RUF012

        def gradient(self, weights: object, X: object, y: object) -> np.ndarray:
            self.seen.extend(np.asarray(X)[:, 0])
            return np.zeros(4)

    train_locally(Recorder(3), np.zeros(4), X, Y, LocalTraining(2, 7, 0.1), random_state=0)
    assert sorted(Recorder.seen[:40]) == sorted(X[:, 0])
    assert sorted(Recorder.seen[40:]) == sorted(X[:, 0])
    assert Recorder.seen[:40] != Recorder.seen[40:]


def test_same_seed_same_update_and_inputs_stay_untouched() -> None:
    start, features = np.zeros(4), X.copy()
    one, two, other = (train_locally(MODEL, start, features, Y, SETTINGS, random_state=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
    assert not start.any()
    np.testing.assert_array_equal(features, X)


def test_long_training_ends_at_scikit_learns_ridge() -> None:
    features, targets = load_diabetes(return_X_y=True)
    features, targets = StandardScaler().fit_transform(features), targets / 100
    model = Linear(10, l2=0.1)
    end = train_locally(model, np.zeros(11), features, targets, LocalTraining(2000, 0, 0.1, 0.9), random_state=0)
    theirs = Ridge(alpha=0.1 * len(features)).fit(features, targets)
    np.testing.assert_allclose(end, [*theirs.coef_, theirs.intercept_], atol=1e-8)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_broken_numbers_are_refused(bad: float) -> None:
    features = X.copy()
    features[3, 1] = bad
    with pytest.raises(InvalidInput, match="features: 1 of 120"):
        train_locally(MODEL, np.zeros(4), features, Y, SETTINGS, random_state=0)
    with pytest.raises(InvalidInput, match="labels"):
        train_locally(Linear(3), np.zeros(4), X, np.where(np.arange(40) == 1, bad, 0.0), SETTINGS, random_state=0)
    with pytest.raises(InvalidInput, match="weights"):
        train_locally(MODEL, np.full(4, bad), X, Y, SETTINGS, random_state=0)


def test_no_rows_or_missing_labels_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one row"):
        train_locally(MODEL, np.zeros(4), X[:0], Y[:0], SETTINGS, random_state=0)
    with pytest.raises(InvalidInput, match="one label per row"):
        train_locally(MODEL, np.zeros(4), X, Y[1:], SETTINGS, random_state=0)


def test_divergence_is_an_error_and_not_an_update() -> None:
    with pytest.raises(InvalidInput, match="diverged at learning_rate 1000"):
        train_locally(Linear(3), np.zeros(4), X * 1e3, Y, LocalTraining(200, 0, 1000.0), random_state=0)


@pytest.mark.parametrize(
    "change", [{"epochs": 0}, {"batch_size": -1}, {"learning_rate": 0.0}, {"learning_rate": np.nan}, {"momentum": 1.0}]
)
def test_settings_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        train_locally(MODEL, np.zeros(4), X, Y, replace(SETTINGS, **change), random_state=0)  # type: ignore[arg-type]


@given(st.integers(0, 2**32), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_clipping_shortens_and_never_turns(seed: int, size: float, norm: float) -> None:
    update = size * np.random.default_rng(seed).normal(size=6)
    clipped = clip_to_norm(update, norm)
    length = np.linalg.norm(update)
    assert np.linalg.norm(clipped) == pytest.approx(min(length, norm))
    np.testing.assert_allclose(clipped * length, update * np.linalg.norm(clipped), rtol=1e-9)


def test_clipping_refuses_nonsense_and_returns_a_copy() -> None:
    update = np.array([3.0, 4.0])
    clip_to_norm(update, 10.0)[0] = 99.0
    assert update[0] == 3.0
    for norm in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidInput, match="clip norm"):
            clip_to_norm(update, norm)
    with pytest.raises(InvalidInput, match="update"):
        clip_to_norm([np.nan], 1.0)


def test_noise_has_the_promised_spread() -> None:
    noise = add_gaussian_noise(np.full(100_000, 2.0), 3.0, np.random.default_rng(1)) - 2.0
    assert abs(noise.mean()) < 5 * 3.0 / np.sqrt(100_000)
    assert noise.std() == pytest.approx(3.0, rel=0.02)
    np.testing.assert_array_equal(add_gaussian_noise([1.0, 2.0], 0.0, np.random.default_rng(1)), [1.0, 2.0])
    with pytest.raises(InvalidInput, match="standard deviation"):
        add_gaussian_noise([1.0], -1.0, np.random.default_rng(1))
