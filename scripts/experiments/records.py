"""Rows of results as CSV and JSON, and as Markdown tables."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def rows_of(results: Iterable[Any]) -> list[Row]:
    return [asdict(result) for result in results]


def write(folder: Path, name: str, rows: Sequence[Row]) -> None:
    """`name`.csv and `name`.json in `folder`; infinite numbers are the text "inf", since JSON knows none."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = [{key: str(value) if value in (float("inf"),) else value for key, value in row.items()} for row in rows]
    (folder / f"{name}.json").write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", "utf-8")
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(plain)


def read(folder: Path, name: str) -> list[Row]:
    """What `write` wrote, or nothing."""
    path = folder / f"{name}.json"
    if not path.exists():
        return []
    rows = json.loads(path.read_text("utf-8"))
    return [{key: float("inf") if value == "inf" else value for key, value in row.items()} for row in rows]


def markdown(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def mean(rows: Iterable[Row], key: str) -> float:
    values = [row[key] for row in rows]
    return sum(values) / len(values)
