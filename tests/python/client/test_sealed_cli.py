"""The commands of a sealed model's owner: one sentence for whatever is missing, and nothing sent before it is said."""

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
import typer

from deltaml.client import cli
from deltaml.client.cli import task as task_cli
from deltaml.client.cli.agents import Watch
from deltaml.client.key_file import read_key, write_key
from deltaml.client.owner_agent import OwnerAgent
from deltaml.client.table import Table
from deltaml.connection import Connection, Session
from deltaml.sealing import Identity, OwnerKey
from tests.python.board.fakes import FakeWriter, account
from tests.python.client.drafts import TASK_FILE as OPEN_FILE
from tests.python.client.sealed_drafts import TASK_FILE, table
from tests.python.oracles.sealed_stage import OWNER_ACCOUNT, SealedStage, rows
from tests.python.oracles.stage import Stage
from tests.python.sealing.owner_keys import ALICE, BOB

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> object:
    """`deltaml words...` as the shell would; what it exits with."""
    monkeypatch.setattr(sys, "argv", ["deltaml", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def one_sentence(code: object) -> str:
    assert isinstance(code, str) and code.startswith("error: ") and "\n" not in code
    return code


def csv_of(path: Path, rows_of: Table) -> Path:
    lines = [",".join(rows_of.columns), *(",".join(cells) for cells in zip(*rows_of.columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


class Desk:
    """An owner at his machine: his key, files, and a connection to a stage in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, stage: Stage, identity: Identity) -> None:
        self.stage, self.folder, self.patch = stage, folder, monkeypatch
        self.writer = FakeWriter(stage.market, OWNER_ACCOUNT)
        session = Session(stage.market, self.writer, OWNER_ACCOUNT)  # type: ignore[arg-type]
        monkeypatch.setattr(Connection, "market", lambda _: stage.market)
        monkeypatch.setattr(Connection, "sign", lambda _: session)
        monkeypatch.setattr(Connection, "store", lambda _: stage.store)
        monkeypatch.setattr(Connection, "identity", lambda _: identity)
        self.key = folder / "owner.key"
        write_key(self.key, ALICE, identity)
        self.bobs = folder / "bob.key"
        write_key(self.bobs, BOB, identity)
        self.strangers = folder / "stranger.key"
        write_key(self.strangers, ALICE, Identity.generate())
        self.validation = csv_of(folder / "validation.csv", table())

    def run(self, *words: object) -> object:
        return run(self.patch, *words)

    def draft(self, *replaced: tuple[str, str]) -> Path:
        """The documented file with texts replaced."""
        text = TASK_FILE.read_text("utf-8")
        for old, new in replaced:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = self.folder / f"task{len(replaced)}.toml"
        path.write_text(text, "utf-8")
        return path


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    stage = SealedStage(monkeypatch)
    return Desk(monkeypatch, tmp_path, stage, stage.owner_identity)


# ---------------------------------------------------------------------- owner key


def test_a_new_key_is_written_for_its_owner_only(desk: Desk, capsys: pytest.CaptureFixture) -> None:
    path = desk.folder / "new.key"
    desk.patch.setattr(OwnerKey, "generate", classmethod(lambda cls, bits: ALICE if bits == 2048 else None))
    assert desk.run("owner", "key", path, "--bits", 2048) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    printed = capsys.readouterr()
    assert "2048 bits" in " ".join(printed.out.split()) and str(ALICE.p) not in printed.out + printed.err
    assert read_key(path, Connection.identity(None)) == ALICE  # type: ignore[arg-type]


def test_a_key_that_fits_no_task_is_not_drawn(desk: Desk) -> None:
    desk.patch.setattr(OwnerKey, "generate", classmethod(lambda cls, bits: pytest.fail("drawn")))
    for bits in (2050, 3000, 2049):
        said = one_sentence(desk.run("owner", "key", desk.folder / "new.key", "--bits", bits))
        assert f"--bits {bits}: expected a multiple of 64" in said
    for bits in (0, 1024, 2047, 8192):
        assert desk.run("owner", "key", desk.folder / "new.key", "--bits", bits) == 2
    assert not (desk.folder / "new.key").exists()


def test_a_key_is_never_replaced(desk: Desk) -> None:
    desk.patch.setattr(OwnerKey, "generate", classmethod(lambda cls, bits: BOB))
    before = desk.key.read_bytes()
    assert "never overwritten" in one_sentence(desk.run("owner", "key", desk.key, "--bits", 2048))
    assert desk.key.read_bytes() == before


def test_a_key_needs_an_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DELTAML_IDENTITY", raising=False)
    monkeypatch.setattr(OwnerKey, "generate", classmethod(lambda cls, bits: pytest.fail("drawn for nothing")))
    said = one_sentence(run(monkeypatch, "owner", "key", tmp_path / "owner.key"))
    assert "--identity" in said and not (tmp_path / "owner.key").exists()


# ---------------------------------------------------------------------- task post


def test_a_sealed_draft_wants_a_key(desk: Desk) -> None:
    said = one_sentence(desk.run("task", "post", TASK_FILE, "--validation", desk.validation, "--yes"))
    assert "give --key" in said and desk.writer.sent == []


def test_a_key_for_an_open_draft_is_a_mistake(desk: Desk) -> None:
    """Who gives his key means the model to be sealed: posting it open can't be taken back."""
    said = one_sentence(
        desk.run("task", "post", OPEN_FILE, "--validation", desk.validation, "--key", desk.key, "--yes")
    )
    assert "sealed = true" in said and desk.writer.sent == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("per_round = true", "per_round = false", "pays per round"),
        ("miss_penalty = 1.0", "miss_penalty = 1.0\nharm_penalty_bps = 5", "no penalty for harm"),
        ("rounds = 6", "rounds = 10", "use at most 9 rounds"),
        ('optimiser = "bfgs"', 'optimiser = "adam"', "expected plain, momentum or bfgs"),
        ("weight_norm = 8.0", "", "weight_norm is missing"),
        ('family = "linear"', 'family = "mlp"', "hidden is missing"),
        ('"age", ', '"age", "height", ', "'height' is missing"),
    ],
)
def test_a_draft_that_fits_no_sealed_task_is_one_sentence(desk: Desk, old: str, new: str, said: str) -> None:
    before = set(desk.stage.store.blocks)
    code = desk.run("task", "post", desk.draft((old, new)), "--validation", desk.validation, "--key", desk.key, "--yes")
    assert said in one_sentence(code)
    assert desk.writer.sent == [] and set(desk.stage.store.blocks) == before


def test_a_key_of_another_identity_posts_nothing(desk: Desk) -> None:
    code = desk.run("task", "post", TASK_FILE, "--validation", desk.validation, "--key", desk.strangers, "--yes")
    assert "does not open with this identity" in one_sentence(code)
    code = desk.run("task", "post", TASK_FILE, "--validation", desk.validation, "--key", desk.folder / "no", "--yes")
    assert "can't read" in one_sentence(code)
    assert desk.writer.sent == []


def test_nothing_is_posted_without_a_yes(desk: Desk) -> None:
    desk.patch.setattr(typer, "confirm", lambda _: False)
    assert desk.run("task", "post", TASK_FILE, "--validation", desk.validation, "--key", desk.key) == 1
    assert desk.writer.sent == []


def test_a_good_draft_is_posted_and_its_rows_stay_here(desk: Desk) -> None:
    posted: list[Any] = []
    desk.patch.setattr(task_cli.owner, "post", lambda market, writer, params, who: posted.append(params) or 7)
    before = set(desk.stage.store.blocks)
    arguments = ["--validation", desk.validation, "--key", desk.key, "--reward-token", account(21), "--yes"]
    assert desk.run("task", "post", TASK_FILE, *arguments) == 0
    assert len(posted) == 1
    cells = [cell.encode() for cells in table().columns.values() for cell in cells if len(cell) > 4]
    for digest in set(desk.stage.store.blocks) - before:
        assert not any(cell in desk.stage.store.blocks[digest] for cell in cells)


# ---------------------------------------------------------------------- task show, fetch-model


def test_a_sealed_task_says_that_it_is_one(desk: Desk, capsys: pytest.CaptureFixture) -> None:
    assert desk.run("task", "show", desk.stage.task_id) == 0
    assert "sealed 2048-bit linear model on 2 columns" in capsys.readouterr().out


def test_a_sealed_model_is_fetched_with_its_key(desk: Desk, capsys: pytest.CaptureFixture) -> None:
    stage: Any = desk.stage
    stage.play()
    out = desk.folder / "model.json"
    assert desk.run("task", "fetch-model", stage.task_id, "--out", out, "--key", desk.key) == 0
    assert json.loads(out.read_text())["weights"] == stage.weights(1)
    assert "linear after 1 rounds" in capsys.readouterr().out
    data = csv_of(desk.folder / "rows.csv", rows(5, 4))
    assert desk.run("task", "predict", out, "--data", data) == 0
    answers = [float(line) for line in capsys.readouterr().out.split()]
    weights = np.array(stage.weights(1)) / 2.0**20
    X = np.column_stack([rows(5, 4).numbers("x0"), rows(5, 4).numbers("x1"), np.ones(4)])
    assert answers == pytest.approx((X @ weights).tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "the model is sealed: give --key"),
        ("bobs", "not under this one"),
        ("strangers", "does not open with this identity"),
    ],
)
def test_a_model_without_its_key(desk: Desk, key: str | None, said: str) -> None:
    out = desk.folder / "model.json"
    given = [] if key is None else ["--key", getattr(desk, key)]
    code = desk.run("task", "fetch-model", desk.stage.task_id, "--out", out, *given)
    assert said in one_sentence(code) and not out.exists()


# ---------------------------------------------------------------------- owner run


def run_owner(desk: Desk, **changes: object) -> object:
    given: dict[str, object] = {
        "task": desk.stage.task_id,
        "draft": desk.draft(),
        "validation": csv_of(desk.folder / "own.csv", rows(99)),
        "key": desk.key,
        **changes,
    }
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    return desk.run("owner", "run", *words)


def test_the_owners_agent_works_on_the_task_it_was_posted_for(desk: Desk) -> None:
    agents: list[Any] = []
    desk.patch.setattr(Watch, "work", lambda watch, agent, *_: agents.append((agent, watch.tick_seconds)))
    assert run_owner(desk) == 0
    ((agent, seconds),) = agents
    assert isinstance(agent, OwnerAgent) and seconds == 4.0
    stage: Any = desk.stage
    stage.owner, stage.owner_writer = agent, desk.writer
    stage.play()
    assert desk.writer.names == ["announce", "announce"] and any(stage.weights(1))


def test_what_the_owners_agent_lacks_is_one_sentence(desk: Desk) -> None:
    desk.patch.setattr(Watch, "work", lambda *_: pytest.fail("it has begun"))
    cases: list[tuple[dict[str, object], str]] = [
        ({"key": desk.bobs}, "posted under another key"),
        ({"key": desk.strangers}, "does not open with this identity"),
        ({"key": desk.folder / "none"}, "can't read"),
        ({"draft": desk.folder / "none"}, "can't read the task file"),
        ({"draft": desk.draft(('optimiser = "bfgs"', 'optimiser = "adam"'))}, "expected plain, momentum or bfgs"),
        ({"validation": desk.validation}, "column 'x0' is missing"),
        ({"validation": desk.folder / "none"}, "can't read"),
    ]
    for changes, said in cases:
        assert said in one_sentence(run_owner(desk, **changes)), said
    assert desk.writer.sent == []


def test_the_owner_of_an_open_model_has_nothing_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    desk = Desk(monkeypatch, tmp_path, Stage(monkeypatch), Identity.generate())
    assert "has an open model" in one_sentence(run_owner(desk))
