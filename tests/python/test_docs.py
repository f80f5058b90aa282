"""Every piece of Python in README and docs runs, and every `deltaml serve` line serves the client shown beside it."""

import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PIECES = [
    pytest.param(kind, code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (kind, code) in enumerate(BLOCK.findall(page.read_text("utf-8")))
]


@pytest.mark.unit
@pytest.mark.parametrize(("kind", "code"), [piece for piece in PIECES if piece.values[0] != "client"])
def test_what_the_pages_show_runs(kind: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = compile(code, "<page>", "exec")
    if not kind or find_spec(kind) is not None:
        exec(program, {"__name__": "__page__"})


@pytest.mark.unit
def test_the_quick_start_is_short_shows_its_metric_and_leaves_a_plot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (_, code), *_ = BLOCK.findall((ROOT / "docs" / "index.md").read_text("utf-8"))
    assert len([line for line in code.splitlines() if line and not line.startswith("from")]) <= 10
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "<quick start>", "exec"), {"__name__": "__page__"})
    out, err = capsys.readouterr()
    assert "round 10: loss" in err and "10 of 10 clients" in err
    assert float(out) > 0.8 and (tmp_path / "digits.png").stat().st_size > 1000


@pytest.mark.integration
def test_the_server_serves_the_client_shown_beside_it(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "central.md").read_text("utf-8")
    (line,) = re.findall(r"^deltaml serve (.*)$", page, re.MULTILINE)
    ((_, code),) = [piece for piece in BLOCK.findall(page) if piece[0] == "client"]
    command = [sys.executable, "-m", "deltaml.federated", "serve", *shlex.split(line), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as server,
        ThreadPoolExecutor(2) as pool,
    ):
        assert server.stdout is not None
        here = code.replace("http://127.0.0.1:8480", server.stdout.readline().strip())

        def owner(name: str) -> Any:
            names: dict[str, Any] = {}
            exec(here.replace('"ann"', repr(name)), names)
            return names["final"]

        models = list(pool.map(owner, ["ann", "bob"]))
        assert server.wait(60) == 0
    assert (models[0][0] == models[1][0]).all() and (tmp_path / "run.deltaml").exists()


@pytest.mark.unit
def test_the_pages_menu_names_every_page() -> None:
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert set(re.findall(r": (\w+\.md)$", menu, re.MULTILINE)) == {page.name for page in (ROOT / "docs").glob("*.md")}
