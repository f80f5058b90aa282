"""A task file as the owner writes it, and what every kind of specification takes from it."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltaml.client.table import Table
from deltaml.errors import InvalidInput
from deltaml.learning import ProgressRule
from deltaml.protocol.spec import MICRO, NANO, Column, Target


@dataclass(frozen=True, eq=False)
class Draft:
    """A task file (TOML): sections [model], [data], [training], [privacy], [progress], [market]; see docs/task.toml."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Draft":
        try:
            return cls(tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InvalidInput(f"can't read the task file {path}: {error}") from error

    def get(self, section: str, name: str, kind: type, default: Any = None) -> Any:
        """A value of the file; integers pass for floats. Raises InvalidInput naming section and field."""
        table = self.values.get(section, {})
        if not isinstance(table, dict):
            raise InvalidInput(f"{section} is a value; expected a section [{section}]")
        if name not in table:
            if default is None:
                raise InvalidInput(f"[{section}] {name} is missing; expected {kind.__name__}")
            return default
        value = float(table[name]) if kind is float and isinstance(table[name], int) else table[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InvalidInput(f"[{section}] {name}: expected {kind.__name__}, got {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(f"[{section}] {name}: expected a finite number, got {value!r}")
        return value

    def progress_rule(self) -> ProgressRule:
        rule = self.get("progress", "rule", str, "log")
        if rule not in ("linear", "log"):
            raise InvalidInput(f"[progress] rule: expected linear or log, got {rule!r}")
        return "log" if rule == "log" else "linear"

    def micro(self, section: str, name: str, default: float | None = None) -> int:
        return round(self.get(section, name, float, default) * MICRO)


def standardised_columns(table: Table, names: list[str], least_scale: float) -> tuple[Column, ...]:
    """Columns with the mean and spread that the owner's own file shows.

    A column that hardly varies in his file may vary in others': it is divided by `least_scale`, not by next to nothing,
    and a constant one keeps its own unit.
    """
    columns = []
    for name in names:
        values = table.numbers(name)
        # A constant column's spread is zero only up to rounding, and a scale is at least a millionth anyway.
        spread = float(values.std()) if values.std() * MICRO >= 1 else 1.0
        columns.append(Column(name, round(float(values.mean()) * MICRO), round(max(spread, least_scale) * MICRO)))
    return tuple(columns)


def common_terms(draft: Draft, table: Table, owner_recipient: bytes) -> dict[str, Any]:
    """The fields of `TaskSpec`. Raises InvalidInput naming what is missing or out of range."""
    names = draft.get("data", "columns", list)
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise InvalidInput(f"[data] columns: expected distinct names, got {names!r}")
    target_name = draft.get("data", "target", str)
    classes = tuple(str(label) for label in draft.get("data", "classes", list, []))
    least_scale = draft.get("data", "least_scale", float, 0.0)
    spread = Column(target_name, 0, MICRO) if classes else standardised_columns(table, [target_name], least_scale)[0]
    shape = {"n_features": len(names)}
    family = draft.get("model", "family", str)
    if family in ("softmax", "mlp"):
        shape["n_outputs"] = len(classes)
    if family == "mlp":
        shape["n_hidden"] = draft.get("model", "hidden", int)
    return {
        "name": draft.get("model", "name", str),
        "purpose": draft.get("data", "purpose", str),
        "family": family,
        "shape": shape,
        "l2_nano": round(draft.get("model", "l2", float, 0.0) * NANO),
        "columns": standardised_columns(table, names, least_scale),
        "target": Target(
            target_name, "classes" if classes else "number", classes, spread.center_micro, spread.scale_micro
        ),
        "clip_norm_micro": draft.micro("privacy", "clip_norm"),
        "noise_micro": draft.micro("privacy", "noise", 0.0),
        "gradient_norm_micro": draft.micro("privacy", "gradient_norm", 16.0),
        "min_updates": draft.get("privacy", "min_updates", int, 3),
        "max_weight_sum": draft.get("market", "max_trainers", int) * draft.get("market", "max_units", int, 1),
        "turn_seconds": draft.get("market", "turn_seconds", int, 30),
        "owner_recipient": owner_recipient,
    }
