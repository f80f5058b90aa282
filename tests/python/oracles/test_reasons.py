"""One line for each change and a heartbeat while nothing changes: neither silence nor chatter."""

import json
import logging
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from deltaml.errors import Refused, Unavailable
from deltaml.logs import configure_logs
from oracles.reasons import HEARTBEAT_SECONDS, DropRepeats, Reasons
from tests.python.oracles.stage import UNITS, Stage

pytestmark = pytest.mark.unit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_reason_is_told_when_it_changes_and_at_every_heartbeat() -> None:
    clock = Clock()
    reasons = Reasons(clock)
    told = []
    for second in range(int(3 * HEARTBEAT_SECONDS)):
        clock.now = float(second)
        if reasons.is_news("task", "trainers submit"):
            told.append(second)
    assert told == [0, 600, 1200]
    assert reasons.is_news("task", "others commit") and reasons.is_news("task", "trainers submit")
    assert reasons.is_news("another task", "trainers submit")
    reasons.forget("task")
    assert reasons.is_news("task", "trainers submit")


def said(stage: Stage, ticks: int) -> list[dict[str, Any]]:
    with capture_logs() as logs:
        for _ in range(ticks):
            stage.oracles[0].tick()
    return [dict(entry) for entry in logs]


def test_a_tick_says_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = said(Stage(monkeypatch), 5)
    assert line == {
        "event": "trainers submit",
        "log_level": "info",
        "task": 1,
        "round": 0,
        "status": "training",
        "block": 1000,
    }


@pytest.mark.parametrize("error", [Refused("somebody was faster"), Unavailable("mempool full")])
def test_a_failure_that_lasts_is_told_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    stage = Stage(monkeypatch)
    for index in range(len(UNITS)):
        stage.submit(index)
    stage.market.now += 2
    stage.writers[0].failures["commitWork"] = error
    assert [line.get("why") for line in said(stage, 6) if "why" in line] == [str(error)]
    stage.market.failure = Unavailable("node gone")
    assert [line["event"] for line in said(stage, 6)] == ["chain not to be had"]


def test_what_is_said_of_one_blob_at_every_tick_is_written_once() -> None:
    clock = Clock()
    drop = DropRepeats(clock)
    line = {"event": "blob not to be had", "task": 1, "round": 0, "trainer": 3, "why": "nobody has it"}
    assert drop(None, "warning", dict(line)) == line
    with pytest.raises(structlog.DropEvent):
        drop(None, "warning", dict(line))
    for changed in ({"trainer": 4}, {"why": "it is too long"}, {"round": 1}):
        drop(None, "warning", {**line, **changed})
    clock.now += HEARTBEAT_SECONDS
    drop(None, "warning", {**line, "why": "it is too long"})
    for _ in range(3):
        drop(None, "info", {"event": "sent", "task": 1})


def test_libraries_speak_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure_logs(DropRepeats())
        logging.getLogger("deltaml.chain.sender").warning("replacing it at %d wei", 7)
        structlog.get_logger().info("oracle ready", account="0x1")
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:], logging.getLogger().level = before
    assert [(line["event"], line["level"]) for line in lines] == [
        ("replacing it at 7 wei", "warning"),
        ("oracle ready", "info"),
    ]
    assert all("timestamp" in line for line in lines)
