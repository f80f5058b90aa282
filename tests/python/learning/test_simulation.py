from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidInput
from deltaml.learning import (
    Linear,
    LocalTraining,
    Logistic,
    SimulationSettings,
    Trainer,
    honest_trainer,
    simulate,
)

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(11)
TRUTH = RNG.normal(size=6)
X = RNG.normal(size=(400, 6))
Y = (X @ TRUTH + RNG.normal(size=400) > 0).astype(np.int64)
MODEL = Logistic(6, l2=0.01)
VALIDATION = (X[:80], Y[:80])
TRAINING = LocalTraining(epochs=2, batch_size=16, learning_rate=0.1)
SETTINGS = SimulationSettings(rounds=6, clip_norm=0.5, baseline_loss=0.6931, target_loss=0.01)
HONEST = [honest_trainer(MODEL, (X[a : a + 80], Y[a : a + 80]), TRAINING, a) for a in (80, 160, 240)]


def flipper(number: int, models: Sequence[Any]) -> Any:
    return honest_trainer(MODEL, (X[320:], 1 - Y[320:]), TRAINING, 7)(number, models)


def idler(number: int, models: Sequence[Any]) -> Any:
    return np.zeros_like(models[-1])


def replayer(lag: int) -> Trainer:
    def update(number: int, models: Sequence[Any]) -> Any:
        return models[-lag] - models[-lag - 1] if len(models) > lag else np.zeros_like(models[-1])

    return update


def constant(*vector: float) -> Trainer:
    return lambda number, models: np.array(vector)


def test_honest_trainers_learn_and_share_the_pay() -> None:
    history = simulate(MODEL, HONEST, VALIDATION, SETTINGS, held_out=(X[320:], Y[320:]))
    assert len(history.models) == len(history.rounds) + 1 == 7
    assert history.rounds[-1].loss < 0.45
    assert history.rounds[-1].metric > 0.8
    assert history.shares().sum() == pytest.approx(1.0)
    assert history.shares().min() > 0.1


def test_public_steps_never_raise_the_loss_of_the_sum() -> None:
    plain = simulate(MODEL, HONEST, VALIDATION, replace(SETTINGS, rounds=1, public_steps=0))
    moved = simulate(MODEL, HONEST, VALIDATION, replace(SETTINGS, rounds=1))
    assert moved.rounds[0].loss < plain.rounds[0].loss
    assert moved.rounds[0].scores == plain.rounds[0].scores


def test_the_same_run_twice_is_the_same_run() -> None:
    first, second = (simulate(MODEL, [*HONEST, flipper], VALIDATION, SETTINGS) for _ in range(2))
    assert repr(first.rounds) == repr(second.rounds)
    np.testing.assert_array_equal(first.models, second.models)


def test_flipping_idling_and_replaying_do_not_pay() -> None:
    crowd = [*HONEST, flipper, idler, replayer(1), replayer(3)]
    shares = simulate(MODEL, crowd, VALIDATION, SETTINGS).shares()
    assert shares[3] < 0.02
    assert shares[4] == 0.0
    assert shares[5] < 0.005


def test_without_the_baseline_a_replayer_is_paid_for_what_is_public() -> None:
    terms = replace(SETTINGS, public_steps=0, projected_steps=0)
    assert simulate(MODEL, [*HONEST, replayer(1)], VALIDATION, terms).shares()[3] > 0.1
    assert simulate(MODEL, [*HONEST, replayer(1)], VALIDATION, SETTINGS).shares()[3] < 0.005


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_scores_are_blind_to_every_step_they_are_projected_off(lag: int) -> None:
    model, rng = Linear(40), np.random.default_rng(3)
    features = rng.normal(size=(300, 40))
    targets = features @ rng.normal(size=40) + rng.normal(size=300)
    rows = [(features[a : a + 60], targets[a : a + 60]) for a in range(0, 300, 60)]
    crowd = [honest_trainer(model, part, LocalTraining(1, 0, 0.05), i) for i, part in enumerate(rows[1:])]
    terms = replace(SETTINGS, rounds=8, clip_norm=9.0, baseline_loss=50.0, public_steps=0, projected_steps=8)
    assert simulate(model, [*crowd, replayer(lag)], rows[0], terms).shares()[4] < 1e-6
    assert simulate(model, [*crowd, replayer(lag)], rows[0], replace(terms, projected_steps=0)).shares()[4] > 0.05


def test_small_models_keep_something_to_score() -> None:
    # Seven parameters, nine rounds: blind to every public step, the scores would be blind to everything.
    rounds = simulate(MODEL, HONEST, VALIDATION, replace(SETTINGS, rounds=9, public_steps=1)).rounds
    assert all(max(map(abs, r.scores)) > 1000 for r in rounds)


def test_the_baseline_moves_along_the_newest_steps() -> None:
    def one_axis_a_round(number: int, models: Sequence[Any]) -> Any:
        return 0.1 * np.eye(7)[number]

    terms = replace(SETTINGS, rounds=4, public_steps=1, drop_negative=False)
    steps = np.diff(simulate(MODEL, [one_axis_a_round], VALIDATION, terms).models, axis=0)
    np.testing.assert_array_equal(steps != 0, np.eye(4, 7, dtype=bool))
    assert (np.abs(steps).max(axis=1) != 0.1).all()


def test_plain_round_is_the_stake_weighted_sum_and_scores_add_up() -> None:
    updates = [constant(0.3, 0, 0, 0, 0, 0, 0), constant(0, -0.2, 0, 0, 0, 0, 0.1)]
    terms = replace(SETTINGS, rounds=1, public_steps=0, compare_exact=True, drop_negative=False)
    history = simulate(MODEL, updates, VALIDATION, terms, stakes=[3, 1])
    np.testing.assert_allclose(history.models[1], [0.225, -0.05, 0, 0, 0, 0, 0.025])
    fall = MODEL.loss(history.models[0], *VALIDATION) - history.rounds[0].loss
    assert sum(history.rounds[0].scores) / terms.score_units == pytest.approx(fall, abs=1e-9)
    assert history.rounds[0].exact_correlation > 0.9999


def test_updates_are_clipped_to_the_norm() -> None:
    history = simulate(
        MODEL, [constant(300, 400, 0, 0, 0, 0, 0)], VALIDATION, replace(SETTINGS, rounds=1, public_steps=0)
    )
    np.testing.assert_allclose(history.models[1], [0.3, 0.4, 0, 0, 0, 0, 0])


def test_harm_is_worked_off_before_pay() -> None:
    downhill = -MODEL.gradient(np.zeros(7), *VALIDATION)

    def turncoat(number: int, models: Sequence[Any]) -> Any:
        return downhill * (-0.2 if number == 0 else 0.1)

    terms = replace(SETTINGS, rounds=3, public_steps=0, projected_steps=0)
    rounds = simulate(MODEL, [turncoat, HONEST[0]], VALIDATION, terms).rounds
    assert rounds[0].scores[0] < 0 < rounds[1].scores[0]
    assert rounds[0].payable[0] == rounds[1].payable[0] == 0
    assert rounds[1].payable[1] == rounds[1].scores[1]
    forgiving = simulate(MODEL, [turncoat, HONEST[0]], VALIDATION, replace(terms, carry_negative=False)).rounds
    assert forgiving[1].payable[0] == forgiving[1].scores[0] > 0


def test_who_points_uphill_is_left_out_and_still_carries_it() -> None:
    uphill = MODEL.gradient(np.zeros(7), *VALIDATION)
    terms = replace(SETTINGS, rounds=1, public_steps=0, min_updates=1)
    crowd = [lambda number, models: uphill, HONEST[0], idler]
    history = simulate(MODEL, crowd, VALIDATION, terms)
    assert history.rounds[0].included == (False, True, True)
    assert history.rounds[0].scores[0] < 0
    assert history.rounds[0].payable[0] == 0
    without = simulate(MODEL, crowd[1:], VALIDATION, terms)
    np.testing.assert_allclose(history.models[1], without.models[1])


def test_a_round_with_nobody_left_stands_still_and_pays_nothing() -> None:
    uphill = MODEL.gradient(np.zeros(7), *VALIDATION)
    history = simulate(MODEL, [lambda number, models: uphill], VALIDATION, replace(SETTINGS, rounds=2, min_updates=0))
    np.testing.assert_array_equal(history.models[0], history.models[-1])
    np.testing.assert_array_equal(history.shares(), [0.0])


def test_reaching_the_target_ends_the_task() -> None:
    history = simulate(MODEL, HONEST, VALIDATION, replace(SETTINGS, target_loss=0.55, progress_rule="linear"))
    assert len(history.rounds) < 6
    assert history.rounds[-1].progress == 1.0
    assert history.paid().sum() == pytest.approx(1.0)


def test_money_is_released_once_for_the_same_progress() -> None:
    way_back = [constant(*(0.4 * np.append(TRUTH / np.linalg.norm(TRUTH), 0.0)))]

    def zigzag(number: int, models: Sequence[Any]) -> Any:
        return way_back[0](number, models) * (-1) ** number

    # Without carrying, or the way back would stop the pay by itself.
    terms = replace(SETTINGS, public_steps=0, projected_steps=0, carry_negative=False)
    rounds = simulate(MODEL, [zigzag], VALIDATION, terms).rounds
    assert rounds[0].released > 0
    assert sum(r.released for r in rounds) == pytest.approx(max(r.progress for r in rounds))


@pytest.mark.parametrize("trainer", [constant(*[np.nan] * 7), constant(1.0, 2.0)])
def test_broken_updates_are_refused(trainer: Trainer) -> None:
    with pytest.raises(InvalidInput):
        simulate(MODEL, [trainer], VALIDATION, SETTINGS)


def test_nonsense_terms_are_refused() -> None:
    with pytest.raises(InvalidInput, match="trainers"):
        simulate(MODEL, [], VALIDATION, SETTINGS)
    with pytest.raises(InvalidInput, match="counts"):
        simulate(MODEL, HONEST, VALIDATION, replace(SETTINGS, public_steps=-1))
    with pytest.raises(InvalidInput, match="validation features"):
        simulate(MODEL, HONEST, (X[:80] * np.nan, Y[:80]), SETTINGS)
    with pytest.raises(InvalidInput, match="weights"):
        simulate(MODEL, HONEST, VALIDATION, SETTINGS, start=np.zeros(3))
