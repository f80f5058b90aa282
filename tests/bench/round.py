"""What a large round costs one oracle, and how that grows with trainers and with parameters.

`python -m tests.bench.round` writes build/bench/round.json. Each figure is of one member of a committee of four, in a
process of its own, who plays a whole round: fetch and check all blobs, open seeds, mask pre-scores and norm checks, add
up masks, open the sum, propose the step, mask and open scores, vote. Blocks are on a real IPFS node, messages and code
are real; the chain is in memory and never waits, and the other members' posts are there when they are due. Of several
runs the one with the least CPU time counts: other work on the machine shows in wall time, hardly in CPU time, which is
the oracle's with its helpers', not the IPFS node's. Memory is the largest resident size, that of helpers added.
"""

import json
import logging
import multiprocessing
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from tests.bench.round_member import measure
from tests.bench.round_scene import Scene, Size, record
from tests.python.storage.nodes import embedded_node, kubo_binary, kubo_node

OUT = Path(__file__).parents[2] / "build" / "bench" / "round.json"
FEATURES, HIDDEN = 898, 110
LARGE = Size(100, FEATURES, HIDDEN)
"""100 trainers, 100,000 parameters."""
SMALL = Size(1000, 88, 10)
"""1,000 trainers, 1,000 parameters."""
TRAINERS = [Size(25, FEATURES, HIDDEN), Size(50, FEATURES, HIDDEN), LARGE]
PARAMETERS = [Size(100, FEATURES, 27), Size(100, FEATURES, 55), LARGE]
MANY_TRAINERS = [Size(250, 88, 10), Size(500, 88, 10), SMALL]
REPEATS = 2
WORKERS = (1, 2)
LIMIT_SECONDS, LIMIT_MIB = 60, 1024
PROPOSER = 1
"""The seat whose turn it is in the recorded rounds: he does most."""


@contextmanager
def node(directory: Path) -> Iterator[str]:
    """RPC address of a fresh IPFS node: Kubo where it is installed, else ours."""
    if kubo_binary() is not None:
        with kubo_node(directory) as api:
            yield api
    else:
        with embedded_node(directory) as (api, _):
            yield api


def figures(scene: Scene, size: Size, workers: int) -> dict[str, Any]:
    """The run that took least CPU time."""
    runs = []
    for _ in range(REPEATS):
        # A process of its own: memory that was ever used stays with a process.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=silence) as process:
            runs.append(process.submit(measure, scene, PROPOSER, workers).result())
    best = min(runs, key=lambda run: float(run["cpu_seconds"]))
    return {"trainers": size.trainers, "parameters": size.parameters, "committee": size.n, **best}


def silence() -> None:
    """Reasons are for operators."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def recorded(api: str, folder: Path) -> list[tuple[Size, Scene]]:
    """Every size with its round, its blocks on the node at `api`. All are recorded, two at a time, before any member is
    measured, who then has the machine to himself."""
    sizes = list(dict.fromkeys([LARGE, SMALL, *TRAINERS, *PARAMETERS, *MANY_TRAINERS]))
    keys = [folder / f"{size.trainers}-{size.parameters}" for size in sizes]
    for place in keys:
        place.mkdir()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), initializer=silence) as processes:
        return list(zip(sizes, processes.map(record, repeat(api), sizes, keys), strict=True))


def measured(scenes: Iterable[tuple[Size, Scene]]) -> Iterator[dict[str, Any]]:
    """Figures of each size, for each number of workers that is asked of it."""
    for size, scene in scenes:
        for workers in WORKERS if size in (LARGE, SMALL) else (1,):
            yield figures(scene, size, workers)


def line(rows: Sequence[dict[str, Any]], by: str, of: str) -> dict[str, float]:
    """Least squares of one figure against another: slope, intercept, and the share of variance that it explains."""
    x, y = (np.array([float(row[name]) for row in rows]) for name in (by, of))
    slope, intercept = np.polyfit(x, y, 1)
    left, spread = y - (slope * x + intercept), y - y.mean()
    r2 = 1 - float(left @ left) / float(spread @ spread) if spread.any() else 1.0
    return {"slope": slope, "intercept": intercept, "r2": r2}


def growth(rows: list[dict[str, Any]], sizes: list[Size], by: str) -> dict[str, Any]:
    wanted = {(size.trainers, size.parameters) for size in sizes}
    chosen = [row for row in rows if row["workers"] == 1 and (row["trainers"], row["parameters"]) in wanted]
    return {
        "at": [[row["trainers"], row["parameters"]] for row in chosen],
        **{of: line(chosen, by, of) for of in ("cpu_seconds", "wall_seconds", "bytes_fetched", "peak_mib")},
    }


def document(rows: list[dict[str, Any]]) -> dict[str, Any]:
    large = [row for row in rows if (row["trainers"], row["parameters"]) == (LARGE.trainers, LARGE.parameters)]
    return {
        "ipfs": "kubo" if kubo_binary() is not None else "embedded",
        "limits": {
            "wall_seconds": LIMIT_SECONDS,
            "peak_mib": LIMIT_MIB,
            "met": all(row["wall_seconds"] <= LIMIT_SECONDS and row["peak_mib"] <= LIMIT_MIB for row in large),
        },
        "growth": {
            "per_trainer_of_100000_parameters": growth(rows, TRAINERS, "trainers"),
            "per_trainer_of_1000_parameters": growth(rows, MANY_TRAINERS, "trainers"),
            "per_parameter_with_100_trainers": growth(rows, PARAMETERS, "parameters"),
        },
        "rounds": rows,
    }


def main() -> None:
    silence()
    rows: list[dict[str, Any]] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        blocks, keys = Path(name) / "ipfs", Path(name) / "keys"
        blocks.mkdir()
        keys.mkdir()
        with node(blocks) as api:
            scenes = recorded(api, keys)
            print(f"{len(scenes)} rounds recorded in {time.monotonic() - started:.0f} s", flush=True)
            for row in measured(scenes):
                rows.append(row)
                print(json.dumps(row), flush=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document(rows), indent=1) + "\n", "utf-8")
    print(OUT.read_text("utf-8"))
    print(f"{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
