"""The same rows as pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from scripts.experiments.attacks import LOOSE, VARIANTS
from scripts.experiments.crowds import ATTACKS
from scripts.experiments.privacy import EPSILONS, UNITS
from scripts.experiments.records import Row, mean, read
from scripts.experiments.report import names, task_misallocated, where


def draw(folder: Path) -> None:
    """A PNG for each file of rows that lies in `folder`."""
    for name, picture in (("estimators", methods), ("attacks", attackers), ("privacy", curves)):
        rows = read(folder, name)
        if rows:
            figure = picture(rows)
            figure.savefig(folder / f"{name}.png", dpi=120, bbox_inches="tight")
            plt.close(figure)


def methods(rows: Sequence[Row]) -> Any:
    """Pay misallocated over cost; a gradient counts as three evaluations, about what it takes."""
    figure, axes = plt.subplots(figsize=(8, 5))
    for method in names(rows, "method"):
        mine = where(rows, method=method, crowd="reference")
        if method == "exact Shapley" or not mine:
            continue
        cost = max(1.0, mean(mine, "evaluations") + 3 * mean(mine, "gradients"))
        wrong = 100 * max(1e-5, task_misallocated(mine))
        axes.scatter(cost, wrong)
        axes.annotate(method, (cost, wrong), textcoords="offset points", xytext=(6, 4), fontsize=8)
    axes.axhline(0.5, linestyle=":", color="grey")
    axes.set(xscale="log", yscale="log", xlim=(0.8, 2000), ylabel="pay misallocated against exact Shapley, %")
    axes.set(
        xlabel="evaluations of the loss per round (a gradient = 3)",
        title="Ten trainers: " + ", ".join(names(rows, "problem")),
    )
    return figure


def attackers(rows: Sequence[Row]) -> Any:
    """A heat map of the attackers' share for each data set."""
    problems = names(rows, "problem")
    figure, all_axes = plt.subplots(1, len(problems), figsize=(3.4 * len(problems), 4.2), sharey=True, squeeze=False)
    for axes, problem in zip(all_axes[0], problems, strict=True):
        cells = [
            [
                100 * mean(where(rows, problem=problem, attack=kind, variant=variant), "share")
                for variant in (*VARIANTS, LOOSE)
            ]
            for kind in ATTACKS
        ]
        axes.imshow(cells, vmin=0, vmax=50, cmap="Reds", aspect="auto")
        for i, line in enumerate(cells):
            for j, value in enumerate(line):
                axes.text(
                    j, i, f"{value:.1f}", ha="center", va="center", fontsize=7, color="white" if value > 35 else "black"
                )
        axes.set_xticks(range(len(VARIANTS) + 1), [*VARIANTS, LOOSE], rotation=60, fontsize=8)
        axes.set_yticks(range(len(ATTACKS)), list(ATTACKS), fontsize=8)
        axes.set_title(problem, fontsize=9)
    figure.suptitle("Share of all pay that three attackers of ten get, %")
    return figure


def curves(rows: Sequence[Row]) -> Any:
    """Quality over ε; without noise at the right edge."""
    figure, all_axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
    places = range(len(EPSILONS))
    for axes, unit in zip(all_axes, UNITS, strict=True):
        for problem in names(rows, "problem"):
            cells = [where(rows, unit=unit, problem=problem, wanted=wanted) for wanted in EPSILONS]
            axes.plot(places, [mean(cell, "metric") for cell in cells], marker="o", label=problem)
        axes.set_xticks(places, ["∞" if wanted == float("inf") else f"{wanted:g}" for wanted in EPSILONS])
        axes.set(title=f"hidden: {unit}", xlabel="ε over all rounds, δ = 1e-5", ylabel="accuracy (diabetes: R²)")
    all_axes[0].legend(fontsize=8)
    return figure
