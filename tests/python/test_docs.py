"""Every piece of Python in README and docs runs, and every `deltaml serve` line serves the client shown beside it."""

import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from inspect import isclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.main import get_command

from deltaml import learning
from deltaml.client import cli
from deltaml.learning import FedAvg, Linear, NormClipping, Strategy, TrustScores

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PIECES = [
    pytest.param(kind, code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (kind, code) in enumerate(BLOCK.findall(page.read_text("utf-8")))
]


EXTRAS = {"torch"}
"""Kinds of pieces that tests/extras runs."""


@pytest.mark.unit
@pytest.mark.parametrize("code", [pytest.param(p.values[1], id=p.id) for p in PIECES if not p.values[0]])
def test_what_the_pages_show_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "<page>", "exec"), {"__name__": "__page__"})


@pytest.mark.unit
def test_every_piece_of_the_pages_is_run_somewhere() -> None:
    assert {piece.values[0] for piece in PIECES} == {"", "client"} | EXTRAS


LINE = re.compile(r"^deltaml (.*?)(?:\s+#.*)?$", re.MULTILINE)
# A variable of the shell stands for a number.
COMMANDS = sorted({re.sub(r"\$[A-Z]+", "1", line) for page in PAGES for line in LINE.findall(page.read_text("utf-8"))})


@pytest.mark.unit
@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_pages_is_one(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"[\w-]+\.(?:json|csv|toml|key)", line):
        (tmp_path / name).touch()
    command: Any = get_command(cli.app)
    name, words, context = "deltaml", shlex.split(line), None
    while hasattr(command, "resolve_command"):
        context = command.make_context(name, words, parent=context)
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
    command.make_context(name, words, parent=context)


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


@pytest.mark.unit
def test_the_page_on_strategies_says_of_each_what_it_says_of_itself() -> None:
    """Under the lock only where tests hold it there; in the marketplace only by fields that its task files have."""
    page = (ROOT / "docs" / "strategies.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:3] == "| `"]
    said = {name: row[2:] for row in rows for name in re.findall(r"`(\w+)[`(]", row[0])}
    things = {name: getattr(learning, name) for name in learning.__all__}
    kinds = {name for name, thing in things.items() if isclass(thing) and issubclass(thing, Strategy)}
    assert set(said) == kinds - {"Strategy"}
    made = {
        "NormClipping": NormClipping(FedAvg(), 1.0),
        "TrustScores": TrustScores(FedAvg(), Linear(1), (np.zeros((1, 1)), np.zeros(1))),
    }
    for name, (lock, market) in said.items():
        strategy = made[name] if name in made else things[name]()
        assert lock.startswith("yes") == strategy.under_lock, name
        assert strategy.under_lock or market == "no"
    assert {name for name, (_, market) in said.items() if not market.startswith("no")} == {"FedAvg", *made}
    fields = (ROOT / "docs" / "task.toml").read_text("utf-8")
    for field in ("clip_norm", "drop_negative", "public_steps"):
        assert f"`{field}" in page and f"\n{field} = " in fields
