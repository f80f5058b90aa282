"""The three tasks that a newcomer finds: one over, one at work, one that waits for data owners."""

from typing import Any

from scripts.demo.datasets import breast_cancer
from scripts.demo.scenes import Scene

MARKET = {
    "pool": 240.0,
    "fee_per_round": 1.0,
    "max_units": 1,
    "unit_stake": 20.0,
    "miss_penalty": 0.1,
    "commit_seconds": 600,
    "vote_seconds": 3600,
    "challenge_seconds": 120,
    "turn_seconds": 10,
}


def _scene(name: str, owner: str, rounds: int, target_loss: float, **windows: int) -> Scene:
    terms: dict[str, dict[str, Any]] = {
        "model": {"name": name, "family": "logistic", "l2": 0.03},
        "data": {"purpose": "Tell benign from malignant tumours by 30 measurements of cell nuclei."},
        "training": {"epochs": 2, "batch_size": 16, "learning_rate": 0.05, "seed": 1},
        "privacy": {"clip_norm": 1.0},
        "progress": {"rule": "log", "baseline_loss": 0.693147, "target_loss": target_loss},
        "market": {"rounds": rounds, **MARKET, **windows},
    }
    return Scene(name=name, split=lambda: breast_cancer(seed=6), owner_name=owner, terms=terms)


FINISHED = _scene("Tumour check, first study", "hospital", 4, 0.11, join_seconds=900, submit_seconds=600)
RUNNING = _scene("Tumour check, long study", "clinic", 200, 0.01, join_seconds=900, submit_seconds=3600)
OPEN = _scene("Tumour check, second study", "institute", 5, 0.11, join_seconds=86_400, submit_seconds=3600)
