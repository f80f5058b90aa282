"""What the market's transactions cost, beside what was promised and what they cost before.

`python -m tests.bench.gas` plays tasks on a chain of its own (tests/contracts/gas), writes build/bench/gas.json and
prints it; with `--accept` it also makes these figures the snapshot that later ones are held to. Figures are the gas
used by whole transactions. Cold: an account's first ever; warm: the same people's next task, or the next round.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "bench" / "gas.json"
SNAPSHOT = Path(__file__).with_name("gas_snapshot.json")
SIZES = (1, 10, 100, 1000)
GROWTH = 0.02
ROUNDS = 10
SEATS = 4
REVEAL, REVEAL_PER_TRAINER = 200_000, 600
# Name of the figure without its temperature → most it may be.
LIMITS = {
    "join": 130_000,
    "joinLast": 130_000,
    "submitUpdate": 45_000,
    "voteFirst": 60_000,
    "vote": 60_000,
    "voteQuorum": 60_000,
    "claimOne": 90_000,
    "claimOneUnsettled": 90_000,
    "claimOneWithStakeShare": 90_000,
    "claimTen": ROUNDS * 45_000,
    "job": 330_000,
}

Figures = dict[int, dict[str, int]]
"""By the number of trainers, then by name."""


@dataclass(frozen=True, slots=True)
class Check:
    """A figure and the most it may be."""

    trainers: int
    figure: str
    gas: int
    limit: int

    @property
    def met(self) -> bool:
        return self.gas <= self.limit


def checks(figures: Figures) -> Iterator[Check]:
    """Every figure of which something was promised."""
    for trainers, named in figures.items():
        for figure, gas in named.items():
            name = figure.split(".")[0]
            limit = REVEAL + REVEAL_PER_TRAINER * trainers if name == "reveal" else LIMITS.get(name)
            if limit is not None:
                yield Check(trainers, figure, gas, limit)


def per_trainer_and_round(named: dict[str, int], trainers: int) -> float:
    """Everybody's gas for a task of ten rounds in which all take part, claim once and leave, divided by trainers and
    rounds."""
    once = ("post", "joinLast", "end", "close", "refund")
    member = sum(named[f"{name}.cold"] for name in ("commitWork", "openWork"))
    votes = sum(named[f"{name}.cold"] for name in ("voteFirst", "vote", "vote", "voteQuorum"))
    total = sum(named[f"{name}.cold"] for name in once)
    total += (trainers - 1) * named.get("join.cold", 0)
    total += ROUNDS * (trainers * named["submitUpdate.cold"] + SEATS * member + votes + named["settle.cold"])
    total += named["reveal.cold"] + (ROUNDS - 1) * named["reveal.warm"]
    total += trainers * (named["claimTen.cold"] + named["leave.cold"]) + SEATS * named["claimFeesTen.cold"]
    return total / (trainers * ROUNDS)


def grown(figures: Figures, snapshot: Figures) -> list[str]:
    """What is wrong with the figures, measured against those that were accepted: each that grew by more than GROWTH,
    is new, or is gone."""
    complaints = []
    for trainers in sorted(figures.keys() | snapshot.keys()):
        now, before = figures.get(trainers, {}), snapshot.get(trainers, {})
        for name in sorted(now.keys() | before.keys()):
            where = f"{name} at {trainers} trainers"
            if name not in before or name not in now:
                complaints.append(f"{where}: {'new' if name in now else 'gone'}")
            elif now[name] > before[name] * (1 + GROWTH):
                complaints.append(f"{where}: {before[name]} -> {now[name]}")
    return complaints


def load(path: Path) -> Figures:
    return {int(trainers): named for trainers, named in json.loads(path.read_text("utf-8"))["gas"].items()}


def write(figures: Figures) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    first, last = min(figures), max(figures)
    slope = {
        temperature: (figures[last][f"reveal.{temperature}"] - figures[first][f"reveal.{temperature}"]) / (last - first)
        for temperature in ("cold", "warm")
    }
    document = {
        "gas": figures,
        "revealPerTrainer": slope,
        "perTrainerAndRound": {n: per_trainer_and_round(named, n) for n, named in figures.items()},
        "targets": [asdict(check) | {"met": check.met} for check in checks(figures)],
    }
    OUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def accept() -> None:
    SNAPSHOT.write_text(json.dumps({"gas": load(OUT)}, indent=1) + "\n", "utf-8")


def table(figures: Figures) -> str:
    names = list(dict.fromkeys(name for named in figures.values() for name in named))
    rows = [f"{'':28}" + "".join(f"{trainers:>10,}" for trainers in figures)]
    for name in names:
        rows.append(f"{name:28}" + "".join(f"{named.get(name, 0) or '':>10}" for named in figures.values()))
    return "\n".join(rows)


def main() -> None:
    command = [str(ROOT / "tools" / "brownie.sh"), "test", "tests/contracts/gas", "-W", "ignore"]
    OUT.unlink(missing_ok=True)
    # To accept new figures is to do without what they are held to.
    measured = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    if not OUT.exists():
        sys.exit(measured.stdout + measured.stderr)
    if "--accept" in sys.argv:
        accept()
    document = json.loads(OUT.read_text("utf-8"))
    figures = load(OUT)
    print(table(figures))
    for trainers, gas in document["perTrainerAndRound"].items():
        print(f"per trainer and round, {trainers} trainers: {gas:,.0f}")
    for check in checks(figures):
        if not check.met:
            print(f"{check.figure} at {check.trainers} trainers: {check.gas:,}, more than {check.limit:,}")
    complaints = grown(figures, load(SNAPSHOT))
    if complaints:
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
