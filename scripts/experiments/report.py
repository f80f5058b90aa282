"""From rows to tables, and to what issue and README promise."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from scripts.experiments.attacks import EAGER, LOOSE, NOTHING, ONE_ACCOUNT, VARIANTS
from scripts.experiments.crowds import AS_MANY_STEPS, ATTACKS, SPLITS
from scripts.experiments.estimators import CROWDS
from scripts.experiments.privacy import EPSILONS, UNITS
from scripts.experiments.records import Row, markdown, mean, read

OURS = "Aumann–Shapley"
REPLAYS = ("replay last", "replay older", "replay all")
WHOLE = ("all but drop", "all")
WHOSE = {"none, last owner": "the unsplit owner's pay", EAGER: "one account's that trains three times the epochs"}
COMPARISONS = [
    *((split, other) for split in SPLITS for other in ("none, last owner", split + ONE_ACCOUNT)),
    (AS_MANY_STEPS, EAGER),
]


def report(folder: Path) -> str:
    """Everything that lies in `folder`, as one Markdown page."""
    parts = [
        ("estimators", methods),
        ("pydvl", lambda rows: methods(rows, "Beside pyDVL on the same rounds")),
        ("attacks", attacked),
        ("privacy", private),
        ("steps", stepped),
    ]
    pages = ["# Experiments\n", "Written by `make experiments`; the rows are in the CSV and JSON files beside it.\n"]
    claims = promises(read(folder, "estimators"), read(folder, "attacks"))
    if claims:
        pages += ["## What is promised\n", markdown(("promise", "measured", "holds"), claims)]
    for name, page in parts:
        rows = read(folder, name)
        if rows:
            pages.append(page(rows))
    return "\n".join(pages)


def where(rows: Iterable[Row], **values: object) -> list[Row]:
    """Rows with these values; a tuple allows any of its members."""
    return [
        row
        for row in rows
        if all(row[key] in value if isinstance(value, tuple) else row[key] == value for key, value in values.items())
    ]


def names(rows: Sequence[Row], key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in rows))


def percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %"


def task_misallocated(rows: Sequence[Row]) -> float:
    """Part of one or many tasks' pay that went to the wrong party: rounds weigh as much as they release."""
    return sum(row["misallocated"] * row["released"] for row in rows) / sum(row["released"] for row in rows)


def tasks(rows: Sequence[Row]) -> list[list[Row]]:
    def key(row: Row) -> tuple[str, str, int]:
        return row["problem"], row["crowd"], row["seed"]

    return [list(group) for _, group in groupby(sorted(rows, key=key), key)]


def methods(rows: Sequence[Row], title: str = "Methods against exact Shapley") -> str:
    lines = []
    for crowd in names(rows, "crowd"):
        for method in names(rows, "method"):
            mine = where(rows, crowd=crowd, method=method)
            lines.append(
                (
                    crowd,
                    method,
                    f"{min(row['correlation'] for row in mine):.5f}",
                    f"{mean(mine, 'spearman'):.3f}",
                    percent(task_misallocated(mine)),
                    percent(max(task_misallocated(task) for task in tasks(mine))),
                    percent(max(row["misallocated"] for row in mine)),
                    f"{mean(mine, 'evaluations'):.0f}",
                    f"{mean(mine, 'gradients'):.0f}",
                    f"{1000 * mean(where(mine, problem=('digits',)) or mine, 'seconds'):.1f}",
                )
            )
    head = (
        "crowd",
        "method",
        "least correlation",
        "mean rank correlation",
        "pay misallocated",
        "worst task",
        "worst round",
        "evaluations",
        "gradients",
        "ms (digits)",
    )
    crowds = "; ".join(f"{name}: {10 - len(cheats)} honest, {', '.join(cheats)}" for name, cheats in CROWDS.items())
    return f"## {title}\n\n{crowds}. Cost is per round, time is CPU time.\n\n{markdown(head, lines)}"


def attacked(rows: Sequence[Row]) -> str:
    variants = [*VARIANTS, LOOSE]
    kinds = ["none", "seven", *ATTACKS]
    text = [
        "## Attackers\n",
        "Three of ten cheat. With no part of design §3, one of them, all, as tasks have it by default, and all with "
        "uphill updates counted in the sum (`drop_negative = false`); then two that are not in the design: all with "
        "scores that don't see the whole way w − w₀, and all with a clip norm ten times as wide.\n",
    ]
    for problem in names(rows, "problem"):
        mine = where(rows, problem=problem)
        shares, metrics, caught, dropped = [], [], [], []
        for kind in kinds:
            cells = [where(mine, attack=kind, variant=variant) for variant in variants]
            metrics.append((kind, *(f"{mean(cell, 'metric'):.3f}" for cell in cells)))
            dropped.append((kind, *(percent(mean(cell, "honest_left_out"), 1) for cell in cells)))
            if kind in ATTACKS:
                shares.append((kind, *(percent(mean(cell, "share")) for cell in cells)))
                caught.append(
                    (kind, *(f"{mean(cell, 'caught'):.1f} / {mean(cell, 'honest_caught'):.1f}" for cell in cells))
                )
        text += [
            f"### {problem}\n\nShare of all pay that the three get:\n",
            markdown(("attack", *variants), shares),
            "Quality on held-out rows at the end (`seven`: without the three):\n",
            markdown(("attack", *variants), metrics),
            f"Caught, that is paid at most {percent(NOTHING, 0)}: attackers of three / honest of seven:\n",
            markdown(("attack", *variants), caught),
            "Honest trainers' updates left out of the sum for pointing uphill:\n",
            markdown(("attack", *variants), dropped),
        ]
    text += [
        "### One owner as three accounts\n",
        "With a third of his stake each. Pay of the three together over pay of the unsplit owner; over pay of one "
        "account that sends the mean of their updates, which is what splitting as such changes; and over pay of one "
        "that trains as often. All seeds together, and the least and most of a task:\n",
        markdown(("data", "split", "compared with", *variants), splits(rows, variants)),
    ]
    return "\n".join(text)


def splits(rows: Sequence[Row], variants: Sequence[str]) -> list[tuple[str, ...]]:
    lines = []
    for problem in names(rows, "problem"):
        for name, other in COMPARISONS:
            cells = []
            for variant in variants:
                ratios, together = split_ratios(where(rows, problem=problem, variant=variant), name, other)
                cells.append(f"{together:.4f} ({min(ratios):.3f}–{max(ratios):.3f})")
            lines.append((problem, name, other.removeprefix(name + ", ").removeprefix("none, "), *cells))
    return lines


def split_ratios(rows: Sequence[Row], split: str, other: str) -> tuple[list[float], float]:
    """Pay of a split over that of `other` for each task in which the other was paid at all, and over all tasks."""

    def shares(attack: str) -> dict[tuple[str, int], float]:
        return {(row["problem"], row["seed"]): row["share"] for row in where(rows, attack=attack)}

    mine, whole = shares(split), {task: share for task, share in shares(other).items() if share > 0}
    together = sum(mine[task] for task in whole) / sum(whole.values())
    return [mine[task] / share for task, share in whole.items()], together


def private(rows: Sequence[Row]) -> str:
    lines = []
    for unit in UNITS:
        for problem in names(rows, "problem"):
            cells = [where(rows, unit=unit, problem=problem, wanted=wanted) for wanted in EPSILONS]
            lines.append((unit, problem, *(f"{mean(cell, 'metric'):.3f}" for cell in cells)))
    head = ("hidden", "data", *(f"ε = {wanted:g}".replace("inf", "∞") for wanted in EPSILONS))
    note = (
        "δ = 1e-5 over all rounds; the noise is each owner's own, so it also covers every score and norm check. The "
        "validation set is the model owner's: nothing hides it, and the public baseline learns from it."
    )
    return f"## Differential privacy: quality on held-out rows\n\n{note}\n\n{markdown(head, lines)}"


def stepped(rows: Sequence[Row]) -> str:
    lines = []
    for problem in names(rows, "problem"):
        for drop in (True, False):
            cells = [where(rows, problem=problem, drop=drop, steps=steps) for steps in names(rows, "steps")]
            kept = "left out" if drop else "summed"
            text = (
                f"{mean(cell, 'metric'):.4f} / {mean(cell, 'loss'):.3f} / {mean(cell, 'gradients'):.0f}"
                for cell in cells
            )
            lines.append((problem, kept, *text, percent(mean(cells[-1], "left_out"), 1)))
    head = ("data", "uphill updates", *names(rows, "steps"), "updates left out")
    note = (
        "Ten honest trainers, ten rounds: accuracy (diabetes: R²) on held-out rows / loss on the validation set, which "
        "the search makes small / gradients of the search per round."
    )
    return f"## Public steps\n\n{note}\n\n{markdown(head, lines)}"


def promises(scored: Sequence[Row], tried: Sequence[Row]) -> list[tuple[str, str, str]]:
    lines = []
    if scored:
        ours = where(scored, method=OURS)
        least, gradients = min(row["correlation"] for row in ours), max(row["gradients"] for row in ours) + 1
        worst = max(task_misallocated(task) for task in tasks(ours))
        lines += [
            claim("correlation with exact Shapley ≥ 0.999 in every round", f"least {least:.5f}", least >= 0.999),
            claim("≤ 0.5 % of pay misallocated", f"worst task {percent(worst, 3)}", worst <= 0.005),
            claim("≤ 5 gradients to score a round", f"{gradients}, the pre-score's one of them", gradients <= 5),
        ]
    if tried:
        lines += [pay_claim(tried, (kind,), 0.005) for kind in REPLAYS]
        lines.append(pay_claim(tried, ("flip 100 %",), 0.01))
        lines += [split_claim(tried, name, other) for name, other in COMPARISONS]
        lines += [quality_claim(tried, kind) for kind in ("flip 30 %", "flip 100 %", "sign ×−4")]
    return lines


def claim(promise: str, measured: str, holds: bool) -> tuple[str, str, str]:
    return promise, measured, "yes" if holds else "**no**"


def pay_claim(rows: Sequence[Row], kinds: tuple[str, ...], bound: float, variant: str = "all") -> tuple[str, str, str]:
    """All three attackers together, in the worst of all tasks."""
    mine = where(rows, attack=kinds, variant=variant)
    worst = max(mine, key=lambda row: row["share"])
    above = sum(row["share"] > bound for row in mine)
    measured = f"mean {percent(mean(mine, 'share'))}, worst {percent(worst['share'])} ({worst['problem']}); "
    measured += f"above the bound in {above} of {len(mine)} tasks"
    promise = f"three of ten `{'`, `'.join(kinds)}` get ≤ {percent(bound, 1)} together"
    return claim(promise + ("" if variant == "all" else f" ({variant})"), measured, above == 0)


def split_claim(rows: Sequence[Row], name: str, other: str) -> tuple[str, str, str]:
    ratios, together = split_ratios(where(rows, variant="all"), name, other)
    holds = max(abs(ratio - 1) for ratio in ratios) <= 0.01
    whose = "one account's with the same updates" if name in other else WHOSE[other]
    measured = f"all tasks together {together:.4f}, each {min(ratios):.4f}–{max(ratios):.4f}"
    return claim(f"{name}: within 1 % of {whose}", measured, holds)


def quality_claim(rows: Sequence[Row], kind: str) -> tuple[str, str, str]:
    """Against the clean run on the same terms, mean over the seeds; the worst classification counts."""
    lost, measured = 0.0, []
    for problem in (name for name in names(rows, "problem") if name != "diabetes"):
        costs = []
        for variant in WHOLE:
            mine = where(rows, problem=problem, variant=variant)
            clean = mean(where(mine, attack="none"), "metric")
            costs.append(100 * (clean - mean(where(mine, attack=kind), "metric")))
        seven = 100 * (clean - mean(where(mine, attack="seven"), "metric"))
        lost = max(lost, costs[1])
        measured.append(
            f"{problem} {costs[1]:.2f}, without dropping {costs[0]:.2f} (losing their data alone {seven:.1f})"
        )
    promise = f"three of ten `{kind}` cost ≤ 1 point of accuracy"
    return claim(promise, "points: " + "; ".join(measured), lost <= 1.0)
