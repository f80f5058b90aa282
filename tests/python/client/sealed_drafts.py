"""The sealed task file of the documentation with values replaced, and a validation file that fits it."""

import tomllib
from pathlib import Path
from typing import Any

from deltaml.client.draft import Draft
from deltaml.client.table import Table
from tests.python.client.drafts import table as open_table

TASK_FILE = Path(__file__).parents[3] / "docs" / "sealed-task.toml"


def draft(**changes: Any) -> Draft:
    """docs/sealed-task.toml with values replaced ("market__pool"=...) or, given as ..., left out."""
    values = tomllib.loads(TASK_FILE.read_text("utf-8"))
    for path, value in changes.items():
        section, name = path.split("__")
        if value is ...:
            del values[section][name]
        else:
            values[section][name] = value
    return Draft(values)


def table(rows: int = 30) -> Table:
    columns = open_table(rows).columns
    return Table({**columns, "progression": columns["dose"]})


LOGISTIC = {"model__family": "logistic", "data__target": "ill", "data__classes": ["no", "yes"]}
