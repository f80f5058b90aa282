"""Measures with known answers, and small runs of each part of the experiments."""

from math import inf
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from scripts.experiments.__main__ import main
from scripts.experiments.attacks import LOOSE, VARIANTS, attacked, under
from scripts.experiments.crowds import ATTACKS, crowd, split_owner
from scripts.experiments.estimators import correlation, misallocated, pay, ranks
from scripts.experiments.play import Terms
from scripts.experiments.privacy import accounted
from scripts.experiments.problems import PROBLEMS
from scripts.experiments.records import markdown, read, rows_of, write
from scripts.experiments.report import promises, report, split_ratios, task_misallocated

pytestmark = pytest.mark.unit


def test_pay_that_goes_to_the_wrong_party() -> None:
    np.testing.assert_allclose(pay(np.array([3.0, -5.0, 1.0])), [0.75, 0, 0.25])
    assert misallocated(np.array([3.0, -5.0, 1.0]), np.array([1.0, 0.0, 1.0])) == pytest.approx(0.25)
    assert misallocated(np.array([-1.0, -1.0]), np.array([1.0, 0.0])) == 1.0
    assert misallocated(np.array([-1.0, -1.0]), np.array([-2.0, 0.0])) == 0.0
    rounds = [{"misallocated": 0.1, "released": 3.0}, {"misallocated": 0.5, "released": 1.0}]
    assert task_misallocated(rounds) == pytest.approx(0.2)


def test_ranks_are_spearmans() -> None:
    rng = np.random.default_rng(0)
    some, others = rng.integers(0, 5, 10).astype(float), rng.integers(0, 5, 10).astype(float)
    assert correlation(ranks(some), ranks(others)) == pytest.approx(spearmanr(some, others).statistic)
    assert correlation(np.ones(3), np.arange(3.0)) == 0.0


def test_rows_survive_their_files(tmp_path: Path) -> None:
    rows = [{"name": "a", "epsilon": inf, "share": 0.25}, {"name": "b", "epsilon": 1.0, "share": 0.5}]
    write(tmp_path, "rows", rows)
    assert read(tmp_path, "rows") == rows
    assert (tmp_path / "rows.csv").read_text("utf-8").splitlines()[1] == "a,inf,0.25"
    assert read(tmp_path, "nothing") == []
    assert markdown(("x", "y"), [("1", "2")]) == "| x | y |\n| --- | --- |\n| 1 | 2 |\n"


def test_a_small_run_writes_tables_and_pictures(tmp_path: Path) -> None:
    main(["--seeds", "1", "--data", "diabetes", "--only", "estimators", "privacy", "steps", "--out", str(tmp_path)])
    for name in ("estimators.csv", "estimators.json", "estimators.png", "privacy.csv", "privacy.png", "report.md"):
        assert (tmp_path / name).stat().st_size > 0
    page = (tmp_path / "report.md").read_text("utf-8")
    assert "| hostile | Aumann–Shapley | 1.00000 |" in page
    undamped, damped = (
        next(row for row in read(tmp_path, "steps") if row["steps"] == steps and row["drop"])
        for steps in ("undamped", "λ = 0.01")
    )
    assert undamped["loss"] < damped["loss"], "closer to the validation set"
    assert undamped["metric"] < damped["metric"], "and further from what it stands for"
    for row in read(tmp_path, "privacy"):
        assert row["epsilon"] == pytest.approx(row["wanted"], rel=1e-6)


def test_attacks_on_a_small_task(tmp_path: Path) -> None:
    problem = PROBLEMS["diabetes"](0)
    rows = rows_of(under(problem, "all", Terms()))
    shares = {row["attack"]: row["share"] for row in rows}
    assert shares["idle"] == 0.0
    assert max(shares["replay last"], shares["replay older"]) <= 0.005
    # A cumulative replay outgrows the five steps that scores of so small a model are blind to, but for the whole way.
    assert shares["replay all"] <= 0.005
    seen = attacked(problem, "replay all", "all", crowd(problem, "replay all"), Terms(whole_way=False, drop=False))
    assert seen.share > 0.005
    assert split_ratios(rows, "split, same rows", "none, last owner") == ([pytest.approx(1.0)], pytest.approx(1.0))
    others = [row | {"variant": variant} for variant in (*VARIANTS, LOOSE) if variant != "all" for row in rows]
    write(tmp_path, "attacks", rows + others)
    assert "### diabetes" in report(tmp_path)
    held = {promise: holds for promise, _, holds in promises([], rows + others)}
    assert held["three of ten `replay last` get ≤ 0.5 % together"] == "yes"
    broken = [row | {"share": 0.3} for row in rows]
    told = {promise: holds for promise, _, holds in promises([], broken + others)}
    assert told["three of ten `replay last` get ≤ 0.5 % together"] == "**no**"


def test_who_is_caught_is_counted_by_pay() -> None:
    row = attacked(PROBLEMS["wine"](0), "idle", "all", crowd(PROBLEMS["wine"](0), "idle"), Terms())
    assert (row.attackers, row.caught, row.share) == (3, 3, 0.0)
    people = split_owner(PROBLEMS["wine"](0), "split, same rows")
    assert attacked(PROBLEMS["wine"](0), "split", "all", people, Terms()).attackers == 3


def test_every_attack_has_a_name_of_its_own() -> None:
    assert len(ATTACKS) == 10
    assert not {"none", "seven"} & set(ATTACKS)


def test_noise_free_rounds_are_accounted_as_infinite() -> None:
    assert accounted(0.0, 1, 31) == inf
    assert accounted(5.0, 4, 31) > accounted(5.0, 1, 31) > 0
