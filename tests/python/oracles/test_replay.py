"""Past rounds derived again: what the committee agreed on comes out, and a lie on chain does not."""

from dataclasses import replace
from typing import Any

import pytest

from deltaml.chain.events import QuorumReached, RoundRevealed
from deltaml.chain.types import Outcome
from deltaml.errors import InvalidInput, Unavailable
from deltaml.protocol.kinds import Kind
from deltaml.protocol.score_tree import pack_scores, unpack_scores
from deltaml.sealing import Identity
from oracles.replay import Row, compare
from tests.python.board.fakes import account
from tests.python.oracles.sealed_stage import SealedStage
from tests.python.oracles.stage import UNITS, Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Two rounds of an open-model task, the second without the second trainer."""
    stage = Stage(monkeypatch)
    for index in range(len(UNITS)):
        stage.submit(index)
    stage.play()
    stage.market.now += 5
    for index in (0, 2):
        stage.submit(index)
    stage.market.change_round(stage.task_id, 1, closes_at=stage.market.now)
    stage.play(until_round=2)
    return stage


def replayed(stage: Stage, number: int = 0, identity: Identity | None = None) -> tuple[dict[str, Row], str]:
    where: Any = stage.market
    rows, remark = compare(where, stage.store, identity or stage.members[1], stage.snapshot(), number)
    return {row.what: row for row in rows}, remark


def forge(stage: Stage, number: int = 0, kind: type = RoundRevealed, **changes: Any) -> None:
    """Another event on chain than the committee's."""
    events = stage.market.tasks[stage.task_id].events
    for index, event in enumerate(events):
        if isinstance(event, kind) and event.round == number:  # type: ignore[attr-defined]
            events[index] = replace(event, **changes)


def revealed(stage: Stage, number: int = 0) -> RoundRevealed:
    found: RoundRevealed = stage.snapshot().reveals[number]
    return found


def differing(rows: dict[str, Row]) -> set[str]:
    return {what for what, row in rows.items() if not row.agrees}


@pytest.mark.parametrize("number", [0, 1])
def test_every_row_agrees_for_every_member(stage: Stage, number: int) -> None:
    for member in stage.members:
        rows, remark = replayed(stage, number, member)
        assert list(rows) == [
            "hash with the quorum",
            "root of the scores",
            "members whose work is right",
            "outcome",
            "accepted trainers",
            "next model",
            "progress (1e18)",
            "scores",
        ]
        assert not differing(rows) and not remark
    assert rows["accepted trainers"].derived == ("0, 1, 2" if number == 0 else "0, 2")


def test_long_after_the_task_and_with_members_posts_in_any_order(stage: Stage) -> None:
    stage.market.now += 10**6
    assert not differing(replayed(stage, 1)[0])


def test_forged_scores_model_and_progress_are_seen(stage: Stage) -> None:
    words = unpack_scores(revealed(stage).scores)
    forge(stage, scores=pack_scores([words[0] + 1, *words[1:]]))
    assert differing(replayed(stage)[0]) == {"hash with the quorum", "root of the scores", "scores"}
    forge(stage, model_digest=bytes(32))
    assert "next model" in differing(replayed(stage)[0])
    forge(stage, progress_wad=17, outcome=Outcome.OWNER_STALLED)
    assert {"progress (1e18)", "outcome"} <= differing(replayed(stage)[0])


def test_who_was_vouched_for_without_work_is_seen(stage: Stage) -> None:
    rows = replayed(stage)[0]
    assert rows["members whose work is right"].derived == "0, 1, 2, 3"
    stage.market.change_round(stage.task_id, 0, vouched_mask=0b0111)
    assert differing(replayed(stage)[0]) == {"members whose work is right"}
    opened = {event.sender: event for event in stage.snapshot().announcements(0, Kind.WORK)}
    stage.store.blocks.pop(opened[account(4)].digest)
    assert not differing(replayed(stage)[0])


def test_a_quorum_for_something_else_is_seen(stage: Stage) -> None:
    forge(stage, kind=QuorumReached, report_hash=bytes(32))
    assert differing(replayed(stage)[0]) == {"hash with the quorum"}


@pytest.mark.parametrize("who", ["trainer", "stranger"])
def test_who_is_no_member_sees_what_is_public(stage: Stage, who: str) -> None:
    identity = stage.trainers[0] if who == "trainer" else Identity.generate()
    rows, remark = replayed(stage, 0, identity)
    assert list(rows) == ["hash with the quorum", "root of the scores"] and not differing(rows)
    assert "This identity is no member's" in remark


def test_a_round_that_was_not_revealed(stage: Stage) -> None:
    with pytest.raises(InvalidInput, match="round 7 of task 1 is not revealed; revealed are: 0, 1"):
        replayed(stage, 7)


def test_posts_that_are_gone_leave_a_report_that_can_not_be_derived(stage: Stage) -> None:
    for event in stage.snapshot().announcements(0, Kind.SHARES):
        stage.store.blocks.pop(event.digest)
    rows, _ = replayed(stage)
    assert differing(rows) == {"report"}
    assert rows["report"].derived == "can't be derived: score masks of others"


def test_a_model_that_is_gone_is_said(stage: Stage) -> None:
    for event in stage.snapshot().announcements(0, Kind.STATE):
        stage.store.blocks.pop(event.digest)
    with pytest.raises(Unavailable, match="of round 1 is not to be had"):
        replayed(stage, 1)
    assert not differing(replayed(stage, 0)[0])


def test_an_aborted_task_is_replayed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, max_weight_sum=1)
    for index in range(len(UNITS)):
        stage.submit(index)
    stage.play()
    rows, _ = replayed(stage)
    assert not differing(rows) and rows["outcome"].derived == "aborted"


def test_a_round_aborted_for_want_of_blocks(stage: Stage) -> None:
    """Members that could not finish said so; whoever could, sees that they need not have."""
    forge(stage, outcome=Outcome.ABORTED, scores=b"")
    assert "outcome" in differing(replayed(stage)[0])
    for event in stage.snapshot().announcements(0, Kind.PROPOSAL):
        stage.store.blocks.pop(event.digest)
    rows, remark = replayed(stage)
    assert "outcome" not in rows and "nothing can be derived: Propose is missing" in remark


def test_sealed_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch)
    stage.play(2)
    for number in (0, 1):
        for member in stage.members:
            rows, remark = replayed(stage, number, member)
            assert len(rows) == 8 and not differing(rows) and not remark
    forge(stage, 1, model_digest=bytes(32))
    assert "next model" in differing(replayed(stage, 1)[0])


def test_a_round_that_a_sealed_model_s_owner_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch)
    stage.play(1, owner=False, seconds=2000)
    assert revealed(stage).outcome is Outcome.OWNER_STALLED
    rows, _ = replayed(stage)
    assert not differing(rows) and rows["outcome"].derived == "owner_stalled"
