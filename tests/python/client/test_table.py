"""A person's CSV file: read as it is, or refused by naming file, line, column and cell."""

from pathlib import Path

import numpy as np
import pytest

from deltaml.client import table as module
from deltaml.client.table import Table, features, targets
from deltaml.errors import InvalidInput
from deltaml.protocol.spec import MICRO, Column, Target
from tests.python.protocol.board import make_spec

pytestmark = pytest.mark.unit


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_columns_by_name(tmp_path: Path) -> None:
    table = Table.read(written(tmp_path, 'age,"city, state",ill\n1,"a ""b""",no\n2.5e1,x,yes\n'))
    assert table.n_rows == 2
    assert table.numbers("age").tolist() == [1.0, 25.0]
    assert table.columns["city, state"] == ['a "b"', "x"]
    assert table.labels("ill", ("no", "yes")).tolist() == [0, 1]
    assert table.labels("ill", ("yes", "no")).dtype == np.int64


@pytest.mark.parametrize("text", ["\ufeffa,b\r\n1,2\r\n", "a,b\n1,2", "a,b\r1,2\r"])
def test_files_of_other_systems(tmp_path: Path, text: str) -> None:
    assert Table.read(written(tmp_path, text)).numbers("a").tolist() == [1.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line must name the columns"),
        ("\n1,2\n", "first line must name the columns"),
        ("a,a\n1,2\n", "each once"),
        ("a,b\n", "no rows below the header"),
        ("a,b\n1,2\n3\n", r"rows\.csv, line 3: 1 cells, the header has 2"),
        ("a,b\n1,2,3\n", r"rows\.csv, line 2: 3 cells, the header has 2"),
        ('a,b\n1,"x" y\n', r"rows\.csv, line 2"),
        ('a,b\n1,"x\n', r"rows\.csv, line 2"),
        (b"a,b\n\xff,2\n", "not UTF-8"),
    ],
)
def test_refusals_name_the_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Table.read(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InvalidInput, match="can't read"):
            Table.read(path)


def test_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    with pytest.raises(InvalidInput, match="more than 3 rows"):
        Table.read(written(tmp_path, "a\n" + "1\n" * 5))


@pytest.mark.parametrize("cell", ["", " ", "x", "nan", "inf", "-Infinity", "1e999", "1,5", "0x10"])
def test_cells_that_are_no_finite_number(cell: str) -> None:
    with pytest.raises(InvalidInput, match=r"column 'a', row 2: .* is not a finite number"):
        Table({"a": ["1", cell]}).numbers("a")


def test_missing_columns_and_unknown_labels() -> None:
    table = Table({"b": ["1"], "a": ["x"]})
    for ask in (lambda: table.numbers("age"), lambda: table.labels("age", ("x",))):
        with pytest.raises(InvalidInput, match="column 'age' is missing; this file has a, b"):
            ask()
    with pytest.raises(InvalidInput, match="column 'a', row 1: 'x' is not one of y, z"):
        table.labels("a", ("y", "z"))


def test_the_model_sees_standardised_values() -> None:
    spec = make_spec(columns=(Column("b", 2 * MICRO, 4 * MICRO), Column("a", 0, MICRO // 2), Column("b", 0, MICRO)))
    table = Table({"a": ["1", "2"], "b": ["10", "-2"], "unused": ["?", "?"], "y": ["1", "0"]})
    assert features(spec, table).tolist() == [[2.0, 2.0, 10.0], [-1.0, 4.0, -2.0]]
    assert targets(spec.target, table).tolist() == [1, 0]
    assert targets(Target("b", "number", (), MICRO, 3 * MICRO), table).tolist() == [3.0, -1.0]
