"""Run the experiments and write tables and plots: `python -m scripts.experiments [--seeds 10] [--only attacks]`.

`--only report` writes the page and the plots again from the rows that lie there.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import joblib

from scripts.experiments.attacks import attacks
from scripts.experiments.estimators import EXACT, METHODS, estimators
from scripts.experiments.figures import draw
from scripts.experiments.privacy import privacy
from scripts.experiments.problems import PROBLEMS, Problem
from scripts.experiments.public_steps import public_steps
from scripts.experiments.records import Row, rows_of, write
from scripts.experiments.report import report

OUT = Path("build/experiments")


def with_pydvl(problem: Problem) -> Iterable[Any]:
    from scripts.experiments.pydvl_methods import METHODS as THEIRS  # an environment of its own

    ours = {name: METHODS[name] for name in (EXACT, "Aumann–Shapley", "plain MC, 50", "truncated MC, 50")}
    return estimators(problem, {**ours, **THEIRS})


PARTS: dict[str, Callable[[Problem], Iterable[Any]]] = {
    "estimators": estimators,
    "attacks": attacks,
    "privacy": privacy,
    "steps": public_steps,
    "pydvl": with_pydvl,
}


def played(part: str, name: str, seed: int) -> list[Row]:
    return rows_of(PARTS[part](PROBLEMS[name](seed)))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.experiments", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 0 on (default 10)")
    parser.add_argument("--data", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument(
        "--only", nargs="+", choices=[*PARTS, "report"], default=["estimators", "attacks", "privacy", "steps"]
    )
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)

    for part in (name for name in options.only if name in PARTS):
        rows = []
        for name in options.data:
            started = time.perf_counter()
            found = joblib.Parallel(n_jobs=-1)(
                joblib.delayed(played)(part, name, seed) for seed in range(options.seeds)
            )
            rows += [row for some in found for row in some]
            print(f"{part}, {name}: {options.seeds} seeds in {time.perf_counter() - started:.0f} s", flush=True)
        write(options.out, part, rows)
    page = report(options.out)
    (options.out / "report.md").write_text(page, "utf-8")
    draw(options.out)
    print(page.partition("\n## ")[2].partition("\n## ")[0])
    print(f"tables and plots are in {options.out}/")


if __name__ == "__main__":
    main(sys.argv[1:])
