"""What the transports cost, beside the same training in a bare numpy loop, in one run.

`python -m tests.bench.federated` writes build/bench/federated.json. CPU seconds, the least of several; ratios are what
counts, machines are noisy. 10 clients, 10 rounds, logistic regression with 31 weights, 57 rows and 5 epochs each.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from deltaml.federated import run_simulation
from deltaml.learning import LocalTraining, Logistic, ModelClient

OUT = Path(__file__).parents[2] / "build" / "bench" / "federated.json"
CLIENTS, ROUNDS, ROWS, FEATURES, EPOCHS, BATCH, RATE = 10, 10, 57, 30, 5, 16, 0.1
REPEATS = 25


def cpu_seconds(*works: Callable[[], object]) -> list[float]:
    """Least CPU time of each, taken in turns, so that a busy machine is busy for all."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, mine in zip(works, times, strict=True):
            started = time.process_time()
            work()
            mine.append(time.process_time() - started)
    return [min(mine) for mine in times]


def data() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(ROWS, FEATURES)), rng.integers(0, 2, ROWS)) for _ in range(CLIENTS)]


def bare(rows: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """FedAvg as one would write it for one afternoon: no checks, no classes, every client evaluates every model."""
    w = np.zeros(FEATURES + 1)
    for number in range(ROUNDS):
        updates = []
        for X, y in rows:
            v, rng = w.copy(), np.random.default_rng(number)
            for _ in range(EPOCHS):
                order = rng.permutation(ROWS)
                for first in range(0, ROWS, BATCH):
                    batch = order[first : first + BATCH]
                    slopes = (1 / (1 + np.exp(-(X[batch] @ v[:-1] + v[-1]))) - y[batch]) / len(batch)
                    v[:-1] -= RATE * (X[batch].T @ slopes)
                    v[-1] -= RATE * slopes.sum()
            updates.append(v - w)
        w = w + np.mean(updates, axis=0)
        for X, y in rows:
            logits = X @ w[:-1] + w[-1]
            _ = np.mean(np.logaddexp(0, logits) - y * logits), np.mean((logits > 0) == y)
    return w


def main() -> None:
    rows = data()
    training = LocalTraining(EPOCHS, BATCH, RATE)
    clients = [ModelClient(Logistic(FEATURES), part, training, random_state=i) for i, part in enumerate(rows)]
    started = time.perf_counter()
    run_simulation(clients, rounds=ROUNDS, progress=False)
    wall = time.perf_counter() - started
    loop, ours = cpu_seconds(lambda: bare(rows), lambda: run_simulation(clients, rounds=ROUNDS, progress=False))
    figures = {"bare_numpy_cpu_s": loop, "simulation_cpu_s": ours, "ratio": ours / loop, "simulation_wall_s": wall}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
