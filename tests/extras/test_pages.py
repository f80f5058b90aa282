"""Pieces of the pages that take an extra."""

from pathlib import Path

import pytest

from tests.python.test_docs import EXTRAS, PIECES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("code", [piece.values[1] for piece in PIECES if piece.values[0] in EXTRAS])
def test_what_the_pages_show_of_the_extras_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "<page>", "exec"), {"__name__": "__page__"})
