"""The task file of the documentation, and a validation file that fits it."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from deltaml.client.draft import Draft
from deltaml.client.table import Table

TASK_FILE = Path(__file__).parents[3] / "docs" / "task.toml"


def draft(**changes: Any) -> Draft:
    """docs/task.toml with values replaced ("market__pool"=...) or, given as ..., left out."""
    values = tomllib.loads(TASK_FILE.read_text("utf-8"))
    for path, value in changes.items():
        section, name = path.split("__")
        if value is ...:
            del values[section][name]
        else:
            values[section][name] = value
    return Draft(values)


def table(rows: int = 30) -> Table:
    """Columns as docs/task.toml names them: numbers, and "no" or "yes"."""
    rng = np.random.default_rng(5)
    values = rng.normal(50, 10, size=(rows, 4))
    names = ["age", "bmi", "blood_pressure", "glucose"]
    columns = {name: [f"{value:.3f}" for value in values[:, i]] for i, name in enumerate(names)}
    columns["ill"] = ["yes" if row[3] > 50 else "no" for row in values]
    columns["dose"] = [f"{row[0] * 2 - row[1]:.3f}" for row in values]
    return Table(columns)
