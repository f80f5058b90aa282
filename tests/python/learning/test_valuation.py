"""Every method on games with known answers, and what it costs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import (
    AumannShapley,
    ContributionMethod,
    Cosine,
    ExactShapley,
    GtgShapley,
    LeaveOneOut,
    Mlp,
    RoundGame,
    SingleStep,
    TableGame,
    TruncatedMonteCarlo,
    all_coalitions,
    exact_shapley,
)

pytestmark = pytest.mark.unit

seeds = st.integers(0, 2**32)
PRECISE = GtgShapley(round_tolerance=0, tolerance=0, criterion=0, most=4000)
SAMPLERS = [TruncatedMonteCarlo(permutations=4000, tolerance=0.0), PRECISE]
ON_ANY_GAME: list[ContributionMethod] = [
    ExactShapley(),
    LeaveOneOut(),
    SingleStep(),
    TruncatedMonteCarlo(20),
    GtgShapley(),
]
ON_ROUNDS: list[ContributionMethod] = [*ON_ANY_GAME, AumannShapley(), Cosine()]


def table(n: int, value: Callable[[set[int]], float]) -> TableGame:
    return TableGame(np.array([value({i for i in range(n) if mask >> i & 1}) for mask in range(2**n)], dtype=float))


def quadratic_round(seed: int, n: int = 5) -> RoundGame:
    """L(w) = |w − goal|²/2: the Shapley value of player i is p_i·⟨u_i, goal − start − step/2⟩, by pencil and paper."""
    rng = np.random.default_rng(seed)
    goal = rng.normal(size=4)
    return RoundGame(
        lambda many: np.sum((many - goal) ** 2, axis=1) / 2,
        lambda w: w - goal,
        rng.normal(size=4),
        rng.normal(size=(n, 4)),
        rng.integers(1, 5, size=n).astype(float),
    )


def mlp_round(seed: int, n: int = 6) -> RoundGame:
    rng = np.random.default_rng(seed)
    model, X, y = Mlp(5, 4, 2, l2=0.01), rng.normal(size=(25, 5)), rng.integers(0, 2, size=25)
    return RoundGame(
        lambda many: model.losses(many, X, y),
        lambda w: model.gradient(w, X, y),
        rng.normal(size=model.n_parameters),
        0.3 * rng.normal(size=(n, model.n_parameters)),
        np.ones(n),
    )


GAMES: list[tuple[TableGame, list[float]]] = [
    # Two left gloves, one right (Osborne & Rubinstein 1994).
    (table(3, lambda team: float(2 in team and bool(team & {0, 1}))), [1 / 6, 1 / 6, 2 / 3]),
    # A runway as long as the largest user needs (Littlechild & Owen 1973).
    (table(4, lambda team: max(([8.0, 11.0, 13.0, 18.0][i] for i in team), default=0.0)), [2, 3, 4, 9]),
    # Quota 51, weights 50, 49, 1: the Shapley–Shubik index.
    (table(3, lambda team: float(sum([50, 49, 1][i] for i in team) >= 51)), [2 / 3, 1 / 6, 1 / 6]),
]


@pytest.mark.parametrize(("game", "shapley"), GAMES, ids=["gloves", "airport", "majority"])
def test_shapley_methods_know_the_answers(game: TableGame, shapley: list[float]) -> None:
    np.testing.assert_allclose(ExactShapley()(game).scores, shapley, atol=1e-12)
    for sampler in SAMPLERS:
        # Four standard deviations of a mean of 4,000 gains that span at most the largest share's range.
        spread = float(np.ptp(game.values)) / 2 / np.sqrt(4000)
        np.testing.assert_allclose(sampler(game, 1).scores, shapley, atol=4 * spread)


@given(seeds)
def test_quadratic_rounds_have_a_closed_form(seed: int) -> None:
    game = quadratic_round(seed)
    goal = game.start - game.gradient(game.start)
    shares = game.weights / game.weights.sum()
    answer = shares * (game.updates @ (goal - game.start - game.step / 2))
    np.testing.assert_allclose(ExactShapley()(game).scores, answer, atol=1e-10)
    np.testing.assert_allclose(AumannShapley(nodes=1)(game).scores, answer, atol=1e-10)


@given(seeds)
def test_additive_games_leave_no_room_for_opinion(seed: int) -> None:
    worth = np.random.default_rng(seed).normal(size=5)
    game = TableGame(all_coalitions(5) @ worth)
    for method in (ExactShapley(), LeaveOneOut(), SingleStep(), TruncatedMonteCarlo(3, 0.0)):
        np.testing.assert_allclose(method(game).scores, worth, atol=1e-12)


@given(seeds)
def test_exact_scores_of_a_round_are_those_of_its_table(seed: int) -> None:
    game = mlp_round(seed)
    np.testing.assert_allclose(ExactShapley()(game).scores, exact_shapley(game.utilities(all_coalitions(6))))


@given(seeds)
def test_leave_one_out_and_single_step_are_what_they_say(seed: int) -> None:
    game = quadratic_round(seed, n=3)
    loss, shares = (lambda w: float(game.losses(w[None])[0])), game.weights / game.weights.sum()
    for i in range(3):
        without = game.start + game.step - shares[i] * game.updates[i]
        assert LeaveOneOut()(game).scores[i] == pytest.approx(loss(without) - loss(game.start + game.step))
        assert SingleStep()(game).scores[i] == pytest.approx(loss(game.start) - loss(game.start + game.updates[i]))


def test_cosines_of_known_angles() -> None:
    updates = np.array([[2.0, 0.0], [0.0, 5.0], [-1.0, 0.0], [0.0, 0.0]])
    flat = RoundGame(lambda many: np.zeros(len(many)), np.zeros_like, np.zeros(2), updates, np.array([3.0, 0, 0, 1]))
    np.testing.assert_allclose(Cosine()(flat).scores, [1, 0, -1, 0])


@given(seeds, st.sampled_from(ON_ROUNDS))
def test_idle_scores_zero_or_nearly(seed: int, method: ContributionMethod) -> None:
    game = mlp_round(seed)
    game.updates[2] = 0.0
    assert method(game, 3).scores[2] == pytest.approx(0.0, abs=1e-12)


@given(seeds, st.sampled_from(ON_ROUNDS))
def test_same_seed_same_scores(seed: int, method: ContributionMethod) -> None:
    game = mlp_round(seed)
    np.testing.assert_array_equal(method(game, 7).scores, method(game, 7).scores)


@given(seeds, st.integers(2, 8))
def test_costs_are_what_was_really_asked_for(seed: int, n: int) -> None:
    inner, asked, gradients = mlp_round(seed, n), [0], [0]

    def losses(many: Any) -> Any:
        asked[0] += len(many)
        return inner.losses(many)

    def gradient(w: Any) -> Any:
        gradients[0] += 1
        return inner.gradient(w)

    game = RoundGame(losses, gradient, inner.start, inner.updates, inner.weights)
    for method in ON_ROUNDS:
        asked[0] = gradients[0] = 0
        found = method(game, seed)
        assert (found.evaluations, found.gradients) == (asked[0], gradients[0])
    assert AumannShapley()(game).gradients == 4
    assert ExactShapley()(game).evaluations == 2**n
    assert LeaveOneOut()(game).evaluations == SingleStep()(game).evaluations == n + 1
    assert TruncatedMonteCarlo(10)(game).evaluations <= 2 + 10 * n


@given(seeds)
def test_whole_orders_share_out_everything(seed: int) -> None:
    game = mlp_round(seed)
    whole = float(np.diff(game.utilities(all_coalitions(6)[[0, -1]]))[0])
    for method in (ExactShapley(), TruncatedMonteCarlo(3, 0.0), GtgShapley(0, 0, most=6)):
        assert method(game, seed).scores.sum() == pytest.approx(whole, abs=1e-12)


def test_truncation_spares_evaluations() -> None:
    game = table(8, lambda team: min(1.0, 0.5 * len(team)))
    assert TruncatedMonteCarlo(40, 0.01)(game).evaluations < TruncatedMonteCarlo(40, 0.0)(game).evaluations
    np.testing.assert_allclose(TruncatedMonteCarlo(4000, 0.01)(game).scores, 1 / 8, atol=0.02)


def test_gtg_puts_everybody_first_and_stops_when_settled() -> None:
    firsts = table(5, lambda team: float(bool(team)))  # only the first to arrive adds anything
    found = GtgShapley()(firsts)
    np.testing.assert_allclose(found.scores, 1 / 5)
    assert found.evaluations == 2 + 5  # nobody, everybody and the five alone: all orders end after the first


def test_gtg_skips_rounds_in_which_nothing_happened() -> None:
    still = table(4, lambda team: 0.0005 * len(team) / 4)
    found = GtgShapley()(still)
    assert not found.scores.any()
    assert found.evaluations == 2


def test_games_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"2\*\*n"):
        TableGame(np.zeros(6))
    with pytest.raises(InvalidInput, match=r"2\*\*n"):
        TableGame(np.zeros(1))
    with pytest.raises(InvalidInput, match="match"):
        RoundGame(lambda many: many[:, 0], np.zeros_like, np.zeros(3), np.zeros((2, 4)), np.ones(2))
    with pytest.raises(InvalidInput, match="weights"):
        RoundGame(lambda many: many[:, 0], np.zeros_like, np.zeros(4), np.zeros((2, 4)), np.ones(3))


@pytest.mark.parametrize("method", [AumannShapley(), Cosine()])
def test_methods_that_read_updates_want_a_round(method: ContributionMethod) -> None:
    with pytest.raises(InvalidInput, match="TableGame"):
        method(TableGame(np.zeros(8)))


def test_too_many_players_are_refused_before_any_work() -> None:
    game = RoundGame(lambda many: 1 / 0, np.zeros_like, np.zeros(2), np.zeros((21, 2)), np.ones(21))  # type: ignore[arg-type,return-value]
    with pytest.raises(InvalidInput, match="20"):
        ExactShapley()(game)


@pytest.mark.parametrize(
    "method", [TruncatedMonteCarlo(0), TruncatedMonteCarlo(1, -0.1), GtgShapley(tolerance=-1), GtgShapley(window=0)]
)
def test_settings_out_of_range(method: ContributionMethod) -> None:
    with pytest.raises(InvalidInput):
        method(TableGame(np.zeros(4)))
