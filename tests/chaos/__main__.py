"""`python -m tests.chaos`: seeds one after the other, a line each; the logs of those that failed stay."""

import json
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from scripts.localnet import ROOT
from tests.chaos.draw import draw_plan
from tests.chaos.plan import Plan, Setting
from tests.chaos.run import play
from tests.chaos.verdict import Money, Verdict

FOLDER = ROOT / "build" / "chaos"

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def main(
    seed: Annotated[list[int] | None, typer.Option(help="play this one; may be repeated")] = None,
    first: Annotated[int, typer.Option(help="without --seed: the first of --count seeds")] = 1,
    count: Annotated[int, typer.Option(min=1)] = 20,
    fault: Annotated[list[int] | None, typer.Option(help="only these numbers of the plan's list")] = None,
    dry: Annotated[bool, typer.Option("--dry", help="print the plans only")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="print plans, and faults as they strike")] = False,
    folder: Annotated[Path, typer.Option(help="for logs of runs that failed; the report is FOLDER.json")] = FOLDER,
) -> None:
    """Plays tasks while everything around them fails. Ends with 1 when a run's money or model is not as it must be."""
    # Whoever stops this also stops the processes that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plans = [draw_plan(number) for number in seed or range(first, first + count)]
    plans = [plan.only(fault) for plan in plans] if fault else plans
    if dry:
        print("\n".join(map(str, plans)))
        return
    verdicts: list[Verdict] = []
    undisturbed: dict[Setting, Money] = {}
    for plan in plans:
        if plan.setting not in undisturbed:
            undisturbed[plan.setting] = _undisturbed(plan.setting, folder, verbose)
        verdicts.append(_play(plan, folder / f"seed-{plan.seed}", undisturbed[plan.setting], verbose))
        report(verdicts, folder.with_suffix(".json"))
    sys.exit(any(verdict.problems for verdict in verdicts))


def _undisturbed(setting: Setting, folder: Path, verbose: bool) -> Money:
    verdict = _play(Plan(0, setting, 0, ()), folder / "undisturbed", None, verbose)
    if verdict.problems:
        sys.exit("a run that nothing disturbs went wrong: there is nothing to compare with")
    return verdict.money


def _play(plan: Plan, folder: Path, undisturbed: Money | None, verbose: bool) -> Verdict:
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(f"  {time.monotonic() - started:6.1f} s  {text}")
        if verbose:
            print(told[-1], flush=True)

    if verbose:
        print(plan, flush=True)
    verdict = play(plan, folder, undisturbed, tell)
    print(verdict, flush=True)
    if verdict.problems:
        (folder / "storm.log").write_text("\n".join([str(plan), *told, str(verdict)]) + "\n", "utf-8")
    else:
        shutil.rmtree(folder)
    return verdict


def report(verdicts: Sequence[Verdict], file: Path) -> None:
    """Writes one row per seed, and whether all survived."""
    rows = [
        {
            "seed": verdict.plan.seed,
            "sealed": verdict.plan.setting.sealed,
            "confirmations": verdict.plan.confirmations,
            "faults_by_kind": verdict.plan.kinds,
            "faults": [f"{fault.at}: {fault}" for fault in verdict.plan.faults],
            "requests_spoilt": list(verdict.hits),
            "wall_seconds": round(verdict.wall_seconds, 1),
            "restarts": verdict.restarts,
            "survived": not verdict.problems,
            "problems": list(verdict.problems),
        }
        for verdict in verdicts
    ]
    survived = all(row["survived"] for row in rows)
    file.write_text(json.dumps({"survived": survived, "seeds": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    app()
