"""`python -m tests.chaos`: seeds one after the other, each printed before it is played."""

import json
import shutil
import signal
import sys
import time
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
    folder: Annotated[Path, typer.Option(help="for logs of runs that failed, and report.json")] = FOLDER,
) -> None:
    """Plays tasks while everything around them fails. Ends with 1 when a run's money or model is not as it must be."""
    # Whoever stops this also stops the processes that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plans = [draw_plan(number) for number in seed or range(first, first + count)]
    plans = [plan.only(fault) for plan in plans] if fault else plans
    verdicts: list[Verdict] = []
    undisturbed: dict[Setting, Money] = {}
    for plan in plans:
        print(plan, flush=True)
        if dry:
            continue
        if plan.setting not in undisturbed:
            undisturbed[plan.setting] = _undisturbed(plan.setting, folder)
        verdicts.append(_play(plan, folder / f"seed-{plan.seed}", undisturbed[plan.setting]))
        _report(verdicts, folder / "report.json")
    print("\n".join(str(verdict) for verdict in verdicts))
    sys.exit(any(verdict.problems for verdict in verdicts))


def _undisturbed(setting: Setting, folder: Path) -> Money:
    verdict = _play(Plan(0, setting, 0, ()), folder / "undisturbed", None)
    if verdict.problems:
        sys.exit("a run that nothing disturbs went wrong: there is nothing to compare with")
    return verdict.money


def _play(plan: Plan, folder: Path, undisturbed: Money | None) -> Verdict:
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"  {time.monotonic() - started:6.1f} s  {text}", flush=True)

    verdict = play(plan, folder, undisturbed, tell)
    print(verdict, flush=True)
    if not verdict.problems:
        shutil.rmtree(folder)
    return verdict


def _report(verdicts: list[Verdict], file: Path) -> None:
    rows = [
        {
            "seed": verdict.plan.seed,
            "sealed": verdict.plan.setting.sealed,
            "confirmations": verdict.plan.confirmations,
            "faults": [f"{fault.at}: {fault}" for fault in verdict.plan.faults],
            "requests_hit": list(verdict.hits),
            "wall_seconds": round(verdict.wall_seconds, 1),
            "restarts": verdict.restarts,
            "problems": list(verdict.problems),
        }
        for verdict in verdicts
    ]
    file.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    app()
