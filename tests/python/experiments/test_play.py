"""The experiments' own round loop against the library's simulation, and their crowds."""

import numpy as np
import pytest

from deltaml.learning import SimulationSettings, clip_to_norm, simulate
from scripts.experiments.crowds import ATTACKS, SPLITS, as_one_account, crowd, mixed, split_owner
from scripts.experiments.play import Terms, play
from scripts.experiments.problems import PROBLEMS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["wine", "diabetes"])
@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_the_loop_is_that_of_the_simulation(name: str, drop: bool, whole: bool) -> None:
    problem = PROBLEMS[name](1)
    people = mixed(problem, ["flip 100 %", "noise", "replay last", "sign ×−4"])
    played = play(problem, people, Terms(whole, whole, whole, drop), rounds=9)
    steps = {} if whole else {"public_steps": 0, "projected_steps": 0}
    settings = SimulationSettings(
        rounds=9,
        clip_norm=problem.clip_norm,
        baseline_loss=problem.baseline_loss,
        target_loss=problem.target_loss,
        carry_negative=whole,
        drop_negative=drop,
        **steps,
    )
    history = simulate(
        problem.model,
        mixed(problem, ["flip 100 %", "noise", "replay last", "sign ×−4"]).trainers,
        problem.validation,
        settings,
        held_out=problem.held_out,
        random_state=problem.seed,
    )
    rounds = len(history.rounds)
    assert [r.loss for r in history.rounds] == pytest.approx(played.losses[:rounds])
    assert [r.metric for r in history.rounds] == pytest.approx(played.metrics[:rounds])
    np.testing.assert_allclose(history.paid(), played.paid, atol=1e-12)


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_row_has_one_owner_and_every_attack_an_update(name: str) -> None:
    problem = PROBLEMS[name](0)
    assert len(problem.owners) == 10
    start = problem.model.initial(0)
    rng = np.random.default_rng(0)
    models = [start, *(start + 0.1 * rng.normal(size=(5, len(start))))]
    for attack in ATTACKS:
        people = crowd(problem, attack)
        update = people.trainers[-1](5, models)
        assert update.shape == start.shape
        assert np.isfinite(update).all()
    assert sum(len(y) for _, y in problem.owners) + len(problem.validation[1]) + len(problem.held_out[1]) > 170


def test_flippers_flip_as_much_as_they_say() -> None:
    problem = PROBLEMS["digits"](0)
    assert np.mean(problem.mislabelled(3, 1.0)[1] != problem.owners[3][1]) == 1.0
    assert np.mean(problem.mislabelled(3, 0.3)[1] != problem.owners[3][1]) == pytest.approx(0.3, abs=0.02)


def test_a_split_owner_keeps_stake_and_rows() -> None:
    problem = PROBLEMS["wine"](0)
    for split in SPLITS:
        people = split_owner(problem, split)
        assert sum(people.stakes[9:]) == people.stakes[0]
        assert len(people.trainers) == 12


def test_three_accounts_with_one_accounts_rows_send_what_it_sends() -> None:
    problem = PROBLEMS["wine"](0)
    start = [problem.model.initial(0)]
    whole = clip_to_norm(crowd(problem, "none").trainers[9](0, start), problem.clip_norm)
    together = as_one_account(problem, split_owner(problem, "split, same rows")).trainers[9](0, start)
    np.testing.assert_allclose(together, whole)


def test_while_all_parts_help_splitting_as_such_changes_nothing() -> None:
    problem = PROBLEMS["digits"](0)
    accounts = split_owner(problem, "split, a third of the rows each")
    played = play(problem, accounts, Terms(), 3)
    assert not played.negative[9:].any()
    joined = play(problem, as_one_account(problem, accounts), Terms(), 3)
    assert played.shares[9:].sum() == pytest.approx(joined.shares[9])
