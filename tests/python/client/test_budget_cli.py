"""`deltaml trainer run` and `budget`: a data owner says what may become known, and is told what did."""

import sys
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
import structlog

from deltaml.board import snapshot as snapshot_module
from deltaml.client import cli
from deltaml.client.budget_file import BudgetFile
from deltaml.client.cli.agents import Watch
from deltaml.client.cli.connection import console as printed
from deltaml.client.owner import prepare, publish_task
from deltaml.connection import Connection, Session
from deltaml.learning import Release, gaussian_epsilon
from deltaml.storage import MemoryStore
from tests.python.board.fakes import FakeLog, FakeMarket, FakeWriter, params
from tests.python.client.drafts import draft, table
from tests.python.client.test_sealed_cli import csv_of, one_sentence
from tests.python.client.test_trainer import ME, OWNER, SEATS, TRAINER
from tests.python.oracles.sealed_stage import SealedStage, rows

pytestmark = pytest.mark.unit


class Desk:
    """A data owner at his machine, with a connection to a task of two rounds under way; his agent works once."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, market: FakeMarket, store: MemoryStore) -> None:
        self.patch, self.folder, self.market = patch, folder, market
        self.writer = FakeWriter(market, ME)
        session = Session(market, self.writer, ME)  # type: ignore[arg-type]
        patch.setattr(Connection, "market", lambda _: market)
        patch.setattr(Connection, "sign", lambda _: session)
        patch.setattr(Connection, "store", lambda _: store)
        patch.setattr(Connection, "identity", lambda _: TRAINER)
        patch.setenv("DELTAML_BUDGETS", str(folder / "budgets"))
        patch.setattr(printed, "_width", 250)
        patch.setattr(Watch, "work", lambda _, agent, *__: agent.tick())
        self.data = csv_of(folder / "mine.csv", table())

    def deltaml(self, *words: object) -> Any:
        self.patch.setattr(sys, "argv", ["deltaml", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    def run(self, *words: object) -> Any:
        return self.deltaml("trainer", "run", "--yes", "--task", 1, "--data", self.data, *words)

    @property
    def file(self) -> BudgetFile:
        return BudgetFile.of(self.folder / "budgets", self.data)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)
    market, store = FakeMarket(), MemoryStore()
    market.committee = list(SEATS)
    prepared = prepare(draft(), table(), OWNER.recipient)
    spec_digest, model_digest = publish_task(prepared, tuple(SEATS), store)
    market.post(params(spec_digest=spec_digest, model_digest=model_digest), [TRAINER.recipient] * 5, [2] * 5)
    return Desk(monkeypatch, tmp_path, market, store)


def test_nobody_takes_part_without_saying_what_may_become_known(desk: Desk) -> None:
    said = one_sentence(desk.run())
    assert "--epsilon" in said and "--no-privacy-budget" in said
    assert desk.writer.sent == [] and not desk.file.exists


def test_a_limit_is_said_once_per_data_set(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("--epsilon", 4, "--noise", 12) == 0
    told = capsys.readouterr().out
    assert "4 numbers about your updates alone are opened in 2 rounds" in told
    assert (
        f"ε ≤ {gaussian_epsilon(1e-6, 6.0, 2):.4g} at δ = 1e-06" in told
        and "this data set: ε = 4 at δ = 1e-06; spent ε = 0" in told
    )
    assert desk.run("--noise", 12) == 0
    assert (desk.file.read().epsilon, desk.file.read().delta) == (4.0, 1e-6)
    assert desk.run("--delta", 1e-8) == 0
    assert (desk.file.read().epsilon, desk.file.read().delta) == (4.0, 1e-8)


def test_no_limit_is_said_too(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("--no-privacy-budget") == 0
    told = capsys.readouterr().out
    assert "no privacy is guaranteed" in told and "no limit" in told
    assert desk.file.read().epsilon == inf
    assert "leave out --no-privacy-budget" in one_sentence(desk.run("--no-privacy-budget", "--epsilon", 1))


def test_who_does_not_agree_has_changed_nothing(desk: Desk) -> None:
    desk.patch.setattr("typer.confirm", lambda _: False)
    assert desk.deltaml("trainer", "run", "--task", 1, "--data", desk.data, "--no-privacy-budget") != 0
    assert not desk.file.exists


def test_a_name_outlives_a_change_of_the_data(desk: Desk) -> None:
    assert desk.run("--data-set", "ward-7", "--epsilon", 2) == 0
    desk.data.write_text(desk.data.read_text() + desk.data.read_text().splitlines()[-1] + "\n")
    assert desk.run("--data-set", "ward-7") == 0
    assert "--epsilon" in one_sentence(desk.run())


def test_what_a_sealed_model_can_not_promise_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = SealedStage(monkeypatch)
    desk = Desk(monkeypatch, tmp_path, stage.market, stage.store)
    csv_of(desk.data, rows(0))
    desk.run("--no-privacy-budget")
    assert "which you can't see" in capsys.readouterr().out


def test_the_budget_shows_every_task_of_every_data_set(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    noisy, bare = Release(2.0, 10.0, projections=1), Release(2.0, 0.0, projections=1)
    desk.file.allow(4.0, 1e-6)
    desk.file.change(lambda b: b.reserve("1/0xab/7/0xcd", noisy, 5).spend("1/0xab/7/0xcd", 0, noisy))
    other = BudgetFile(desk.folder / "budgets" / "other.json")
    other.allow(inf, 1e-6)
    other.change(lambda b: b.spend("1/0xab/8/0xcd", 3, bare))
    assert desk.deltaml("trainer", "budget") == 0
    everything = capsys.readouterr().out
    assert "1/0xab/7/0xcd" in everything and "1/0xab/8/0xcd" in everything
    assert f"{gaussian_epsilon(1e-6, 5.0):.4g}" in everything and "∞" in everything and "4, δ = 1e-06" in everything
    assert desk.deltaml("trainer", "budget", "--data", desk.data) == 0
    mine = capsys.readouterr().out
    assert "1/0xab/7/0xcd" in mine and "1/0xab/8/0xcd" not in mine
    assert desk.deltaml("trainer", "budget", "--data-set", "other") == 0
    assert "1/0xab/8/0xcd" in capsys.readouterr().out
    assert "there is no privacy budget" in one_sentence(desk.deltaml("trainer", "budget", "--data-set", "nothing"))
