"""A toy problem that every honest trainer's data helps with, and the files of a task that poses it."""

import json
from pathlib import Path

import numpy as np

from deltaml.client.table import Table

COLUMNS = ("age", "dose", "weight", "pulse", "height")
CLASSES = ("no", "yes")
SLOPES = np.array([1.6, -1.1, 0.8, -0.6, 0.4])
VALIDATION_SEED = 35
VALIDATION_ROWS = 80


def write_csv(path: Path, rows: int, seed: int) -> Path:
    """`rows` patients, the same world for every seed; one label in ten is noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, len(COLUMNS)))
    y = X @ SLOPES + 0.4 * rng.normal(size=rows) > 0
    lines = [",".join((*COLUMNS, "answer"))]
    lines += [
        ",".join([*(f"{value:.6f}" for value in row), CLASSES[int(label)]]) for row, label in zip(X, y, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def accuracy(predicted: list[str], path: Path) -> float:
    truth = Table.read(path).columns["answer"]
    return sum(a == b for a, b in zip(predicted, truth, strict=True)) / len(truth)


def write_draft(path: Path, committee: int, trainers: int, rounds: int, sealed: bool = False) -> Path:
    """A task file. Windows are long: tests that need one to pass turn the chain's clock. No sum divides evenly."""
    sections: dict[str, dict[str, object]] = {
        "model": {"name": "toy patients", "family": "logistic", "l2": 0.001},
        "data": {
            "purpose": "tell yes from no",
            "columns": list(COLUMNS),
            "target": "answer",
            "classes": list(CLASSES),
        },
        "training": {"epochs": 5, "batch_size": 0, "learning_rate": 0.2, "public_steps": 2},
        "privacy": {"clip_norm": 2.0},
        "progress": {"baseline_loss": 0.6932, "target_loss": 0.02},
        "market": {
            "committee": committee,
            "pool": 300.000001,
            "fee_per_round": 4.000003,
            "rounds": rounds,
            "min_trainers": min(3, trainers),
            "max_trainers": trainers,
            "unit_stake": 10.0,
            "miss_penalty": 1.0,
            "join_seconds": 6000,
            "submit_seconds": 6000,
            "commit_seconds": 600,
            "vote_seconds": 12000,
            "challenge_seconds": 600,
            "turn_seconds": 2,
        },
    }
    if sealed:
        sections["model"]["sealed"] = True
        sections["training"] = {}
        sections["privacy"] = {"clip_norm": 8.0, "weight_norm": 8.0}
        sections["owner"] = {"optimiser": "bfgs", "first_rate": 2.0}
        sections["progress"] = {"per_round": True}
    # JSON values are TOML values, as far as these go.
    text = "\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in section.items())
        for name, section in sections.items()
    )
    path.write_text(text + "\n", "utf-8")
    return path
