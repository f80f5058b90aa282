"""Strategies: known answers, what liars can do to each, and that those marked so work on updates nobody can see."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, Refused
from deltaml.learning import (
    FedAdam,
    FedAvg,
    FedAvgM,
    FedMedian,
    FedTrimmedAvg,
    FedYogi,
    Krum,
    Linear,
    NormClipping,
    Strategy,
    TrustScores,
    clip_to_norm,
    project_off,
)
from deltaml.sealing import (
    FixedPoint,
    apply_masks,
    draw_seeds,
    mask_projections,
    mask_sum,
    open_projections,
    open_sum,
)

pytestmark = pytest.mark.unit

D = 4
MODEL = Linear(D - 1)
RNG = np.random.default_rng(5)
VALIDATION = (RNG.normal(size=(40, D - 1)), RNG.normal(size=40))
OPEN: list[Strategy] = [FedMedian(), FedTrimmedAvg(0.2), Krum(n_bad=1), NormClipping(FedMedian(), 1.0)]
LOCKED: list[Strategy] = [
    Strategy(),
    FedAvg(0.5),
    FedAvgM(),
    FedAdam(),
    FedYogi(),
    NormClipping(FedAdam(), 0.5),
    TrustScores(FedAvg(), MODEL, VALIDATION),
    NormClipping(TrustScores(FedYogi(), MODEL, VALIDATION), 0.5),
]
names = lambda strategy: f"{type(strategy).__name__}-{type(getattr(strategy, 'inner', None)).__name__}"  # noqa: E731


def crowd(seed: int, n: int = 7) -> tuple[Any, Any, list[int]]:
    """Parameters, updates and whole weights."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=D), rng.normal(size=(n, D)), rng.integers(1, 100, size=n).tolist()


def run(strategy: Strategy, updates: Any, weights: Any = None) -> Any:
    """Where one step leads from the origin."""
    given = np.asarray(updates, dtype=np.float64)
    weights = np.ones(len(given)) if weights is None else weights
    start = np.zeros(given.shape[1])
    return strategy.aggregate_fit(strategy.initial(len(start)), start, given, weights)[1]


# ---------------------------------------------------------------------- known answers


def test_fedavg_is_the_weighted_mean() -> None:
    np.testing.assert_allclose(run(FedAvg(), [[1.0, 0.0], [4.0, 8.0]], [3, 1]), [1.75, 2.0])
    np.testing.assert_allclose(run(FedAvg(0.5), [[2.0]]), [1.0])


def test_fedavgm_adds_what_is_left_of_the_last_step() -> None:
    strategy, w = FedAvgM(momentum=0.5), np.zeros(1)
    state = strategy.initial(1)
    places = []
    for _ in range(3):
        state, w, _ = strategy.aggregate_fit(state, w, [[1.0]], [1])
        places.append(float(w[0]))
    assert places == [1.0, 2.5, 4.25]


@pytest.mark.parametrize(("strategy", "yogi"), [(FedAdam(0.1, 0.9, 0.99, 0.01), 0), (FedYogi(0.1, 0.9, 0.99, 0.01), 1)])
def test_fedadam_and_fedyogi_are_algorithm_2_of_reddi(strategy: Strategy, yogi: int) -> None:
    """Written out number by number, for one coordinate."""
    w, m, v = 2.0, 0.0, 0.01**2
    state, parameters = strategy.initial(1), np.array([2.0])
    for u in (1.0, -0.5, 0.25):
        m = 0.9 * m + 0.1 * u
        v = v - 0.01 * u * u * np.sign(v - u * u) if yogi else 0.99 * v + 0.01 * u * u
        w = w + 0.1 * m / (np.sqrt(v) + 0.01)
        state, parameters, _ = strategy.aggregate_fit(state, parameters, [[u]], [1])
    assert parameters[0] == pytest.approx(w, rel=1e-12)


def test_the_median_does_not_care_how_far_a_liar_goes() -> None:
    np.testing.assert_array_equal(run(FedMedian(), [[1.0], [2.0], [1e9]]), [2.0])


def test_the_trimmed_mean_cuts_both_ends() -> None:
    np.testing.assert_allclose(run(FedTrimmedAvg(0.2), [[-1e9], [1.0], [2.0], [3.0], [1e9]]), [2.0])
    np.testing.assert_allclose(run(FedTrimmedAvg(0.2), [[0.0], [4.0]]), [2.0])


def test_krum_takes_one_of_the_crowd() -> None:
    updates = [[1.0, 1.0], [1.1, 1.0], [1.0, 1.1], [0.9, 1.0], [-50.0, 50.0]]
    assert run(Krum(n_bad=1), updates).tolist() in updates[:4]
    np.testing.assert_allclose(run(Krum(n_bad=1, n_chosen=4), updates), np.mean(updates[:4], axis=0))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
def test_krum_is_its_definition(seed: int, n_bad: int) -> None:
    _, updates, _ = crowd(seed, 2 * n_bad + 3)
    distances = [
        sorted(float(np.sum((u - v) ** 2)) for j, v in enumerate(updates) if j != i) for i, u in enumerate(updates)
    ]
    best = min(range(len(updates)), key=lambda i: sum(distances[i][: len(updates) - n_bad - 2]))
    np.testing.assert_allclose(run(Krum(n_bad=n_bad), updates), updates[best])


@pytest.mark.parametrize("strategy", [FedMedian(), FedTrimmedAvg(0.3), Krum(n_bad=2)], ids=names)
def test_two_liars_of_seven_move_a_robust_strategy_little_and_the_mean_far(strategy: Strategy) -> None:
    honest = np.random.default_rng(1).normal([1.0] * D, 0.1, size=(5, D))
    everybody = np.vstack([honest, -1e6 * np.ones((2, D))])
    assert np.linalg.norm(run(strategy, everybody) - honest.mean(axis=0)) < 0.3
    assert np.linalg.norm(run(FedAvg(), everybody) - honest.mean(axis=0)) > 1e5


def test_clipping_shortens_only_what_is_long() -> None:
    np.testing.assert_allclose(run(NormClipping(FedAvg(), 1.0), [[0.3, 0.4], [30.0, 40.0]]), [0.45, 0.6])
    assert NormClipping(NormClipping(FedAvg(), 1.0), 2.0).clip_norm == 1.0


def test_trust_drops_who_would_raise_the_loss_and_nobody_else() -> None:
    downhill = -MODEL.gradient(np.zeros(D), *VALIDATION)
    strategy, start = TrustScores(FedAvg(), MODEL, VALIDATION), np.zeros(D)
    sideways = project_off(RNG.normal(size=D), downhill[None])
    updates = np.array([downhill, -downhill, np.zeros(D), downhill + sideways])
    _, moved, kept = strategy.aggregate_fit({}, start, updates, np.ones(4))
    assert kept.tolist() == [True, False, True, True]
    np.testing.assert_allclose(moved, (2 * downhill + sideways) / 3)


def test_when_nobody_is_trusted_nothing_moves() -> None:
    uphill = MODEL.gradient(np.zeros(D), *VALIDATION)
    with pytest.raises(InvalidInput, match="at least 1 updates, got 0"):
        run(TrustScores(FedAvg(), MODEL, VALIDATION), [uphill])


# ---------------------------------------------------------------------- under the lock


def under_the_lock(strategy: Strategy, parameters: Any, updates: Any, weights: list[int]) -> Any:
    """One step by what a committee of four opens: products with one public vector, then one sum over one set."""
    strategy.require_lock()
    numbers, n = FixedPoint(24), 4
    clipped = [u if strategy.clip_norm is None else clip_to_norm(u, strategy.clip_norm) for u in updates]
    seeds = [draw_seeds(n) for _ in updates]
    masked = [apply_masks(numbers.encode(u), s) for u, s in zip(clipped, seeds, strict=True)]
    kept = np.ones(len(updates), dtype=bool)
    h = strategy.direction(parameters)
    if h is not None:
        directions = numbers.encode(h)[None]
        opened = [
            open_projections(m, directions, mask_projections(s, directions))[0]
            for m, s in zip(masked, seeds, strict=True)
        ]
        kept = strategy.kept(np.array(opened, dtype=np.float64), np.array(weights, dtype=np.float64))
    chosen = np.flatnonzero(kept)
    w = [weights[i] for i in chosen]
    sums = [mask_sum([seeds[i][number] for i in chosen], w, D) for number in range(len(seeds[0]))]
    mean = numbers.decode(open_sum([masked[i] for i in chosen], w, sums)) / sum(w)
    return strategy.step(strategy.initial(D), parameters, mean), kept


@pytest.mark.parametrize("strategy", LOCKED, ids=names)
def test_what_is_marked_so_does_the_same_on_updates_that_nobody_sees(strategy: Strategy) -> None:
    for seed in range(5):
        parameters, updates, weights = crowd(seed)
        state, moved, kept = strategy.aggregate_fit(strategy.initial(D), parameters, updates, weights)
        (locked_state, locked_moved), locked_kept = under_the_lock(strategy, parameters, updates, weights)
        assert kept.tolist() == locked_kept.tolist()
        np.testing.assert_allclose(locked_moved, moved, atol=1e-4)
        assert set(locked_state) == set(state)


@pytest.mark.parametrize("strategy", OPEN, ids=names)
def test_what_compares_updates_is_refused_under_the_lock(strategy: Strategy) -> None:
    with pytest.raises(Refused, match="nobody sees one"):
        strategy.require_lock()


# ---------------------------------------------------------------------- all alike


@pytest.mark.parametrize("strategy", LOCKED + OPEN, ids=names)
def test_a_step_changes_nothing_it_was_given(strategy: Strategy) -> None:
    parameters, updates, weights = crowd(3)
    state = strategy.initial(D)
    before = [parameters.copy(), updates.copy(), {name: array.copy() for name, array in state.items()}]
    first = strategy.aggregate_fit(state, parameters, updates, weights)
    again = strategy.aggregate_fit(state, parameters, updates, weights)
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(parameters, before[0])
    np.testing.assert_array_equal(updates, before[1])
    assert all(np.array_equal(state[name], before[2][name]) for name in state)


@pytest.mark.parametrize("strategy", LOCKED + OPEN, ids=names)
def test_equal_updates_of_everybody_give_what_one_alone_gives(strategy: Strategy) -> None:
    if strategy.least_updates > 1:
        return
    h = strategy.direction(np.zeros(D))
    u = 0.1 * np.ones(D) if h is None else -h
    np.testing.assert_allclose(run(strategy, [u] * 7), run(strategy, [u]), atol=1e-12)


@pytest.mark.parametrize("strategy", LOCKED + OPEN, ids=names)
def test_refuses_what_does_not_fit(strategy: Strategy) -> None:
    with pytest.raises(InvalidInput, match="don't match"):
        strategy.aggregate_fit(strategy.initial(D), np.zeros(D), np.zeros((7, D + 1)), np.ones(7))
    with pytest.raises(InvalidInput, match="weights"):
        strategy.aggregate_fit(strategy.initial(D), np.zeros(D), np.zeros((7, D)), -np.ones(7))


def test_krum_needs_a_crowd() -> None:
    with pytest.raises(InvalidInput, match="Krum wants at least 5 updates, got 4"):
        run(Krum(n_bad=1), np.zeros((4, D)))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: FedAvg(0.0), "learning_rate"),
        (lambda: FedAvgM(momentum=1.0), "momentum"),
        (lambda: FedAdam(tau=0.0), "tau"),
        (lambda: FedYogi(beta_2=1.0), "beta_2"),
        (lambda: FedTrimmedAvg(0.5), "share"),
        (lambda: Krum(n_bad=-1), "n_bad"),
        (lambda: NormClipping(FedAvg(), float("inf")), "norm"),
    ],
)
def test_settings_out_of_range_are_refused(make: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        make()
