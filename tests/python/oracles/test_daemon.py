"""Settings keep their secrets, and a process is built of what they say or not at all."""

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deltaml.chain import DryRunSender
from deltaml.connection import Connection
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity
from deltaml.serving import Vitals
from deltaml.storage import MemoryStore
from oracles import __main__ as command
from oracles import daemon
from oracles.metrics import Metrics
from oracles.settings import Settings
from tests.python.board.fakes import WHERE, FakeMarket, account

pytestmark = pytest.mark.unit


def settings(folder: Path, who: str | None = None) -> Settings:
    identity = folder / "identity.txt"
    if not identity.exists():
        Identity.generate().to_file(identity)
    return Settings(
        Connection(
            rpc=("https://gateway.example/v2/S3CRETKEY",),
            deployment=folder / "deployment.json",
            ipfs=("/ip4/127.0.0.1/tcp/5001",),
            keystore=None,
            passphrase_file=folder / "phrase",
            identity_file=identity,
            max_fee_gwei=1,
        ),
        account=who,
        tick_seconds=0.01,
        confirmations=0,
        metrics_host="127.0.0.1",
        metrics_port=0,
        pin_gib=1,
        watchdog_seconds=0,
    )


def test_settings_do_not_print_the_rpc_address(tmp_path: Path) -> None:
    given = settings(tmp_path)
    for said in (repr(given), str(given), f"{given}", f"{[given]!r}"):
        assert "S3CRETKEY" not in said and "gateway" not in said and "phrase" not in said
        assert "deployment.json" in said


class NoPool:
    def report(self) -> tuple[()]:
        return ()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "open_pool", lambda _: (FakeMarket(), NoPool()))
    monkeypatch.setattr(daemon, "load_deployment", lambda *_: WHERE)


def test_without_a_key_or_an_address_there_is_nothing_to_do(tmp_path: Path, offline: None) -> None:
    with pytest.raises(InvalidInput, match="give a keystore to work, or an account"):
        daemon.build(settings(tmp_path))


def test_a_dry_run_sends_nothing(tmp_path: Path, offline: None) -> None:
    process = daemon.build(settings(tmp_path, account(1)))
    oracle = process.oracle
    assert isinstance(oracle._actor._writer, DryRunSender) and isinstance(oracle._actor._store, MemoryStore)
    assert process.keeper is None and process.purse is None
    oracle._market = FakeMarket()  # type: ignore[assignment]
    oracle.tick()
    assert process.metrics.registry.get_sample_value("deltaml_ticks_total") == 1
    assert process.vitals.ticked_at is not None


def test_it_ticks_until_it_is_told_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SIGTERM the act at hand is finished and the process returns."""
    handlers: dict[int, Any] = {}
    ticks: list[int] = []

    class Ticking:
        def tick(self) -> None:
            ticks.append(threading.get_ident())
            if len(ticks) == 3:
                handlers[signal.SIGTERM](signal.SIGTERM, None)

    process = daemon.Process(Ticking(), Metrics.create(), Vitals())
    monkeypatch.setattr(daemon, "build", lambda *_: process)
    monkeypatch.setattr(daemon.signal, "signal", lambda number, handler: handlers.update({number: handler}))
    daemon.run(settings(tmp_path))
    assert len(ticks) >= 3 and threading.get_ident() not in ticks
    assert set(handlers) == {signal.SIGTERM, signal.SIGINT}


@pytest.mark.parametrize("words", [[], ["run"], ["once"], ["check"], ["replay"]])
def test_help(words: list[str]) -> None:
    result = CliRunner().invoke(command.app, [*words, "--help"])
    assert result.exit_code == 0 and "Usage" in result.output


def test_what_is_expected_to_go_wrong_is_one_sentence(
    tmp_path: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path)
    where = given.connection
    words = ["--rpc", *where.rpc, "--deployment", "d.json", "--identity", str(where.identity_file), "once"]
    monkeypatch.setattr(sys, "argv", ["oracles", *words])
    monkeypatch.setattr(command, "configure_logs", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert str(ended.value.code).startswith("error: give a keystore") and "S3CRETKEY" not in str(ended.value.code)


def test_metrics_have_names_an_operator_can_find() -> None:
    metrics = Metrics.create()
    metrics.acts.labels("Vote").inc()
    metrics.failures.labels("chain").inc()
    names = {family.name for family in metrics.registry.collect()}
    assert names == {
        "deltaml_ticks",
        "deltaml_acts",
        "deltaml_failures",
        "deltaml_last_tick_seconds",
        "deltaml_tick_seconds",
        "deltaml_last_act_seconds",
        "deltaml_tasks",
        "deltaml_head_block",
        "deltaml_head_age_seconds",
        "deltaml_balance_wei",
        "deltaml_rounds_left",
        "deltaml_replicated",
        "deltaml_pinned_bytes",
    }


def test_the_watchdog_ends_only_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(daemon.os, "_exit", ended.append)
    daemon.Watchdog(Vitals(ticked_at=1.0), 60).look()
    assert not ended, "a wrong clock is no reason"
    daemon.Watchdog(Vitals(returned_at=time.monotonic() - 61), 60).look()
    assert ended == [daemon.STUCK] and ended[0] != 0
