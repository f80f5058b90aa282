"""A person's CSV file as the model sees it: named columns, standardised as the specification says."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.protocol.spec import MICRO, Target, TaskSpec

MAX_ROWS = 10_000_000


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of text by name, all of the same length."""

    columns: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path) -> "Table":
        """A CSV file with a header line, UTF-8. Raises InvalidInput naming the file and line that is wrong."""
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                return cls(_read_columns(path, csv.reader(file, strict=True)))
        except OSError as error:
            raise InvalidInput(f"can't read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{path} is not UTF-8: {error}; save it as UTF-8") from error

    @property
    def n_rows(self) -> int:
        return len(next(iter(self.columns.values())))

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of finite numbers, float64[rows]. Raises InvalidInput naming the first cell that is not one."""
        if name not in self.columns:
            raise InvalidInput(f"column {name!r} is missing; this file has {', '.join(sorted(self.columns))}")
        values = np.empty(self.n_rows)
        for row, cell in enumerate(self.columns[name]):
            try:
                values[row] = float(cell)
            except ValueError:
                values[row] = math.nan
            if not math.isfinite(values[row]):
                raise InvalidInput(f"column {name!r}, row {row + 1}: {cell!r} is not a finite number")
        return values

    def labels(self, name: str, classes: tuple[str, ...]) -> NDArray[np.int64]:
        """A column of labels as positions in `classes`, int64[rows]. Raises InvalidInput for an unknown label."""
        if name not in self.columns:
            raise InvalidInput(f"column {name!r} is missing; this file has {', '.join(sorted(self.columns))}")
        position = {label: index for index, label in enumerate(classes)}
        for row, cell in enumerate(self.columns[name]):
            if cell not in position:
                raise InvalidInput(f"column {name!r}, row {row + 1}: {cell!r} is not one of {', '.join(classes)}")
        return np.array([position[cell] for cell in self.columns[name]], dtype=np.int64)


def _read_columns(path: Path, reader: Any) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    try:
        header: list[str] = next(reader, [])
        if not header or len(set(header)) != len(header):
            raise InvalidInput(f"{path}: the first line must name the columns, each once; got {header[:10]}")
        columns = {name: [] for name in header}
        for row in reader:
            if len(row) != len(header):
                raise InvalidInput(f"{path}, line {reader.line_num}: {len(row)} cells, the header has {len(header)}")
            for name, cell in zip(header, row, strict=True):
                columns[name].append(cell)
            if reader.line_num > MAX_ROWS:
                raise InvalidInput(f"{path}: more than {MAX_ROWS} rows")
    except csv.Error as error:
        raise InvalidInput(f"{path}, line {reader.line_num}: {error}") from error
    if not columns[header[0]]:
        raise InvalidInput(f"{path}: no rows below the header")
    return columns


def features(spec: TaskSpec, table: Table) -> NDArray[np.float64]:
    """X float64[rows, columns]: (value - center) / scale for each column that the specification names."""
    columns = [
        (table.numbers(column.name) - column.center_micro / MICRO) / (column.scale_micro / MICRO)
        for column in spec.columns
    ]
    return np.stack(columns, axis=1)


def targets(target: Target, table: Table) -> NDArray[np.float64] | NDArray[np.int64]:
    """y[rows]: standardised numbers or class positions."""
    if target.kind == "classes":
        return table.labels(target.name, target.classes)
    return (table.numbers(target.name) - target.center_micro / MICRO) / (target.scale_micro / MICRO)
