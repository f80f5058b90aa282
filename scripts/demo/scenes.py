"""The two tasks of the demo: their terms, their people, and who among them is up to something."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scripts.demo.datasets import Split, breast_cancer, digits


@dataclass(frozen=True)
class Scene:
    """A task. flipper: the last data owner labels everything wrong. bad: adversaries without data."""

    name: str
    split: Callable[[], Split]
    terms: dict[str, dict[str, Any]]
    owner_name: str
    flipper: bool = False
    bad: tuple[str, ...] = ()

    @property
    def n_trainers(self) -> int:
        return len(self.split().owners) + len(self.bad)

    def task_file(self, split: Split, committee: int) -> str:
        """The task as the owner would write it down (TOML)."""
        terms = {section: dict(values) for section, values in self.terms.items()}
        terms["data"] |= {"columns": list(split.columns), "target": "label", "classes": list(split.classes)}
        terms["market"] |= {"committee": committee, "min_trainers": 3, "max_trainers": self.n_trainers}
        lines = []
        for section, values in terms.items():
            lines.append(f"[{section}]")
            # JSON's strings, numbers, booleans and arrays are TOML's.
            lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        return "\n".join(lines) + "\n"


WINDOWS = {
    "join_seconds": 900,
    "submit_seconds": 300,
    "commit_seconds": 120,
    "vote_seconds": 900,
    "challenge_seconds": 120,
    "turn_seconds": 30,
}

SCENES = (
    Scene(
        name="breast cancer",
        split=lambda: breast_cancer(seed=6),
        owner_name="hospital",
        terms={
            "model": {"name": "breast cancer, logistic regression", "family": "logistic", "l2": 0.03},
            "data": {"purpose": "Tell benign from malignant tumours by 30 measurements of cell nuclei."},
            "training": {"epochs": 5, "batch_size": 16, "learning_rate": 0.1, "seed": 1},
            "privacy": {"clip_norm": 1.0},
            "progress": {"rule": "log", "baseline_loss": 0.693147, "target_loss": 0.11},
            "market": {
                "rounds": 8,
                "pool": 240.0,
                "fee_per_round": 4.0,
                "max_units": 1,
                "unit_stake": 20.0,
                "miss_penalty": 1.0,
                **WINDOWS,
            },
        },
    ),
    Scene(
        name="digits",
        split=lambda: digits(seed=1),
        owner_name="scanner",
        flipper=True,
        bad=("idle", "replay", "copy"),
        terms={
            "model": {"name": "digits, perceptron", "family": "mlp", "hidden": 32, "l2": 1e-3},
            "data": {"purpose": "Read handwritten digits of 8 x 8 pixels.", "least_scale": 0.5},
            "training": {"epochs": 5, "batch_size": 16, "learning_rate": 0.05, "momentum": 0.9, "seed": 1},
            "privacy": {"clip_norm": 1.0},
            "progress": {"rule": "log", "baseline_loss": 2.302585, "target_loss": 0.1},
            "market": {
                "rounds": 12,
                "pool": 480.0,
                "fee_per_round": 4.0,
                "max_units": 1,
                "unit_stake": 20.0,
                "miss_penalty": 1.0,
                **WINDOWS,
            },
        },
    ),
)
