"""Oracles over a market in memory: a whole round, and a tick that nothing may break, stop or make talk."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from deltaml.board import OwnPosts
from deltaml.chain.events import Announced, RoundRevealed, RoundSettled, Voted, WorkOpened
from deltaml.chain.types import Status
from deltaml.errors import DeltaMLError, InvalidInput, Refused, Unavailable
from deltaml.protocol.document import fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import State
from deltaml.protocol.score_tree import MISSED, unpack_scores
from oracles import evidence
from oracles.tick import _earned
from tests.python.board.fakes import account, round_state
from tests.python.oracles.stage import UNITS, Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def revealed(stage: Stage) -> RoundRevealed:
    return next(e for e in stage.market.tasks[stage.task_id].events if isinstance(e, RoundRevealed))


def submit_all(stage: Stage) -> None:
    for index in range(len(UNITS)):
        stage.submit(index)


def test_a_round_from_submissions_to_reveal(stage: Stage) -> None:
    submit_all(stage)
    stage.play()
    report = revealed(stage)
    assert all(0 < score < MISSED - 1 for score in unpack_scores(report.scores))
    announced = [e for e in stage.snapshot().announcements(0, Kind.STATE)]
    for reader in (*stage.members, *stage.trainers):
        document = fetch_sealed(announced[0].digest, reader, stage.store, 1 << 20)
        assert document.digest == report.model_digest
        assert State.decode(document, 4, len(UNITS)).round == 1


def test_a_vector_that_is_lost_after_it_was_checked_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are fetched again when they are added up: who lacks one that others accepted may not go on without it."""
    monkeypatch.setattr(evidence, "MAX_KEPT_BYTES", 0)
    stage = Stage(monkeypatch)
    submit_all(stage)
    stage.play(seconds=4)
    room: Any = stage.views[0]._evidence
    vectors = room._blobs[stage.task_id, 0].masked.values()
    lost = {digest: stage.store.blocks.pop(digest) for vector in vectors for digest in vector.digests}
    stage.play(seconds=60)
    assert {tuple(writer.names) for writer in stage.writers} == {("commitWork", "multicall")}
    stage.store.blocks.update(lost)
    stage.play()
    assert len(unpack_scores(revealed(stage).scores)) == len(UNITS)


def test_who_can_not_read_what_others_accepted_posts_no_smaller_sum(stage: Stage) -> None:
    """The difference of two sums would be an update."""
    submit_all(stage)
    stage.play(seconds=4)
    room: Any = stage.views[0]._evidence
    del room._blobs[stage.task_id, 0].masked[2]
    room._blobs[stage.task_id, 0].refused[2] = "for the test"
    stage.play(seconds=100)
    assert stage.writers[0].names == ["commitWork", "multicall"]
    assert all("announce" in writer.names for writer in stage.writers[1:])


def test_one_act_per_task_per_tick(stage: Stage) -> None:
    submit_all(stage)
    stage.market.now += 2
    for _ in range(40):
        for seat, oracle in enumerate(stage.oracles):
            before = len(stage.writers[seat].sent)
            oracle.tick()
            assert len(stage.writers[seat].sent) <= before + 1
        stage.market.now += 2


def test_one_member_gone_of_four(stage: Stage) -> None:
    submit_all(stage)
    stage.play(seats=(0, 2, 3))
    assert revealed(stage).scores


def test_a_restart_in_the_middle_changes_nothing(stage: Stage) -> None:
    """kill -9: the salt is the same, the work opens, the votes agree."""
    submit_all(stage)
    for _ in range(25):
        stage.market.now += 2
        for seat in range(4):
            stage.views[seat] = stage._views(seat)
            stage.oracles[seat] = stage.oracle(seat)
            stage.oracles[seat].tick()
    assert revealed(stage).scores
    assert len(stage.snapshot().of_round(WorkOpened, 0)) == 4
    assert len({vote.report_hash for vote in stage.snapshot().of_round(Voted, 0)}) == 1


def test_nothing_is_sent_twice_for_want_of_news(stage: Stage) -> None:
    stage.market.now += 1
    for _ in range(3):
        stage.oracles[0].tick()
    assert stage.writers[0].sent == []


def test_who_reads_confirmed_blocks_posts_nothing_twice(stage: Stage) -> None:
    """Found by chaos: whatever the board does not refuse a second time came again in every tick until it was seen."""
    market: Any = stage.market
    for oracle in stage.oracles:
        oracle._confirmations, oracle._own_posts = 7, OwnPosts(market, market, 7)
    submit_all(stage)
    stage.play(seconds=900)
    assert revealed(stage).scores
    events = stage.snapshot().of_round(Announced, 0)
    posted = Counter((event.sender, Kind(event.kind)) for event in events)
    for kind in (Kind.SUMS, Kind.PROPOSAL, Kind.SHARES):
        assert {count for (_, posted_kind), count in posted.items() if posted_kind is kind} == {1}


def test_a_trainer_with_a_useless_key_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A point of low order can be registered on chain; states are sealed to everybody else."""
    stage = Stage(monkeypatch)
    events = stage.market.tasks[stage.task_id].events
    index = next(i for i, event in enumerate(events) if getattr(event, "trainer", None) == account(102))
    events[index] = replace(events[index], recipient=(1).to_bytes(32, "little"))  # type: ignore[call-arg]
    submit_all(stage)
    stage.play()
    assert revealed(stage).scores


# ---------------------------------------------------------------------- what may not escape


@pytest.mark.parametrize(
    "error", [Unavailable("node gone"), Refused("no contract there"), InvalidInput("garbage"), DeltaMLError("other")]
)
def test_a_chain_that_fails_is_logged(stage: Stage, error: Exception) -> None:
    stage.market.failure = error
    with capture_logs() as logs:
        stage.oracles[0].tick()
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert value(stage, "deltaml_failures_total", cause="chain") == 1
    assert value(stage, "deltaml_ticks_total") == 0


def value(stage: Stage, name: str, **labels: str) -> float:
    return stage.metrics[0].registry.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (Refused("somebody was faster"), "info"),
        (Unavailable("mempool full"), "warning"),
        (InvalidInput("does not fit the ABI"), "error"),
        (ZeroDivisionError("a bug"), "error"),
    ],
)
def test_a_failing_act_is_logged_and_tried_again(stage: Stage, error: Exception, level: str) -> None:
    submit_all(stage)
    stage.market.now += 2
    stage.writers[0].failures["commitWork"] = error
    with capture_logs() as logs:
        stage.oracles[0].tick()
    assert [entry["log_level"] for entry in logs if str(entry.get("why", error)) == str(error)][-1] == level
    assert stage.writers[0].sent == []
    stage.writers[0].failures.clear()
    stage.oracles[0].tick()
    assert stage.writers[0].names == ["commitWork"]


@pytest.mark.parametrize("error", [Refused("x"), Unavailable("x"), InvalidInput("x"), ValueError("x"), MemoryError()])
def test_one_bad_task_costs_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    other = stage.post()
    for index in range(len(UNITS)):
        stage.submit(index, task_id=other)
    submit_all(stage)
    stage.market.now += 2
    good = stage.views[0].material

    def material(snapshot: Any, seats: Any) -> Any:
        if snapshot.task_id == stage.task_id:
            raise error
        return good(snapshot, seats)

    monkeypatch.setattr(stage.views[0], "material", material)
    stage.oracles[0].tick()
    assert [(call.function_name, call.args[0]) for call in stage.writers[0].sent] == [("commitWork", other)]


def test_strangers_tasks_are_left_alone(stage: Stage) -> None:
    submit_all(stage)
    stage.market.now += 2
    stage.market.committee[0] = replace(stage.market.committee[0], account=account(77))
    stage.oracles[0].tick()
    assert stage.writers[0].sent == []


# ---------------------------------------------------------------------- broken tasks


def test_a_broken_task_is_voted_down(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, max_weight_sum=1)
    submit_all(stage)
    stage.play()
    report = revealed(stage)
    assert report.outcome == 2 and report.scores == b"" and report.model_digest == stage.state.document().digest
    assert all("vote" in writer.names and "commitWork" not in writer.names for writer in stage.writers)


# ---------------------------------------------------------------------- the end


def end_task(stage: Stage, **changes: Any) -> None:
    stage.market.change(stage.task_id, status=Status.COMPLETED, **changes)


def test_a_task_is_closed_and_fees_collected_and_then_forgotten(stage: Stage) -> None:
    submit_all(stage)
    stage.play()
    stage.market.now += 2_000
    stage.market.change(stage.task_id, round=0, unsettled=1)
    end_task(stage)
    for oracle in stage.oracles:
        oracle.tick()
    assert {call.args for writer in stage.writers for call in writer.sent[-1:] if call.function_name == "settle"} == {
        (stage.task_id, 0)
    }
    stage.market.say(stage.task_id, RoundSettled, 0, 7, 0)
    stage.market.change_round(stage.task_id, 0, settled=True, fee_share=7, matched_mask=15, opened_mask=15)
    end_task(stage, unsettled=0)
    sent = [len(writer.sent) for writer in stage.writers]
    for oracle in stage.oracles:
        oracle.tick()
    closers = [writer for writer, before in zip(stage.writers, sent, strict=True) if len(writer.sent) > before]
    assert [writer.names[-1] for writer in closers] == ["close"], "one of four, not four of four"
    end_task(stage, committee_released=True)
    for oracle, writer in zip(stage.oracles, stage.writers, strict=True):
        oracle.tick()
        assert writer.sent[-1].function_name == "claimFees"
        assert writer.sent[-1].args == (stage.task_id, (0,), writer.address)
    stage.market.claimed = 1
    sent = [len(writer.sent) for writer in stage.writers]
    for oracle in (*stage.oracles, *stage.oracles):
        oracle.tick()
    assert sent == [len(writer.sent) for writer in stage.writers]
    assert not stage.views[0]._materials and not stage.views[0]._memos and not stage.views[0]._evidence._blobs


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"matched_mask": 0b0010, "opened_mask": 0b0010, "vouched_mask": 0b0010, "fee_share": 5}, True),
        ({"matched_mask": 0b0010, "opened_mask": 0b1101, "vouched_mask": 0b1111, "fee_share": 5}, False),
        ({"matched_mask": 0b0010, "opened_mask": 0b0010, "vouched_mask": 0b1101, "fee_share": 5}, False),
        ({"matched_mask": 0b0010, "opened_mask": 0b0010, "fee_share": 5, "slash_share": 1}, True),
        ({"matched_mask": 0b0010, "opened_mask": 0, "fee_share": 5, "slash_share": 1}, True),
        ({"matched_mask": 0b1101, "opened_mask": 0b1111, "fee_share": 5, "slash_share": 1}, False),
        ({"matched_mask": 0b0010, "opened_mask": 0b0010}, False),
    ],
)
def test_only_rounds_that_pay_are_claimed(changes: dict[str, Any], expected: bool) -> None:
    """The market refuses a claim of nothing: asking for one would keep the member at it for ever."""
    assert _earned(round_state(**changes), seat=1) is expected


def test_a_late_vote_is_cast_and_holds_up_nothing(stage: Stage) -> None:
    submit_all(stage)
    stage.play(seats=(0, 1, 2))
    assert stage.market.tasks[stage.task_id].state.round == 1
    for _ in range(8):
        stage.market.now += 2
        stage.oracles[3].tick()
    assert "vote" in stage.writers[3].names
    votes = [call.args for call in stage.writers[3].sent if call.function_name == "vote"]
    assert votes[0][:2] == (stage.task_id, 0)
    assert votes[0][2] == stage.writers[0].sent[stage.writers[0].names.index("vote")].args[2]


def test_an_old_round_that_can_not_be_had_does_not_stop_the_current_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_all(stage)
    stage.play(seats=(0, 1, 2))
    good = stage.views[3].round_view

    def round_view(snapshot: Any, *args: Any) -> Any:
        if snapshot.task.round == 0:
            raise Unavailable("the blocks of that round are gone")
        return good(snapshot, *args)

    monkeypatch.setattr(stage.views[3], "round_view", round_view)
    stage.market.change_round(stage.task_id, 1, closes_at=stage.market.now)
    stage.market.now += 2
    stage.oracles[3].tick()
    assert [call.args[:2] for call in stage.writers[3].sent] == [(stage.task_id, 1)]


# ---------------------------------------------------------------------- secrets


def test_no_secret_is_logged(stage: Stage, capsys: pytest.CaptureFixture) -> None:
    """A whole round and every failure of it, with everything that is said: no key, no salt, no seed."""
    submit_all(stage)
    with capture_logs() as logs:
        stage.play(until_round=1)
        for name in ("commitWork", "multicall", "announce", "vote"):
            for writer in stage.writers:
                writer.failures[name] = Refused("no")
        stage.play(until_round=2, seconds=40)
    assert logs and revealed(stage).scores
    printed = capsys.readouterr()
    said = repr(logs) + printed.out + printed.err
    secrets = [*stage.salt_keys, *salts(stage), *seeds(stage)]
    assert len(secrets) > 8
    for secret in secrets:
        assert secret.hex() not in said.lower() and repr(secret) not in said
    for identity in (*stage.members, *stage.trainers):
        assert str(identity._key) not in said
    assert "AGE-SECRET" not in said


def salts(stage: Stage) -> list[bytes]:
    return [views._salt(stage.snapshot(), number) for views in stage.views for number in (0, 1)]


def seeds(stage: Stage) -> list[bytes]:
    found = [
        seed
        for views in stage.views
        for blobs in views._evidence._blobs.values()
        for blob in blobs.opened.values()
        for seed in blob.seeds.values()
    ]
    assert found
    return found


def test_actions_do_not_print_their_salt(stage: Stage) -> None:
    submit_all(stage)
    stage.market.now += 2
    seen: list[Any] = []
    actor: Any = stage.oracles[0]._actor
    act = actor.act
    actor.act = lambda action, *rest: (seen.append(action), act(action, *rest))
    stage.oracles[0].tick()
    assert seen and repr(seen[0].salt) not in repr(seen[0]) and "salt" not in repr(seen[0])


def test_reasons_are_logged_once(stage: Stage) -> None:
    with capture_logs() as logs:
        for _ in range(5):
            stage.oracles[0].tick()
    assert [entry["event"] for entry in logs] == ["trainers submit"]


def test_a_vote_says_whom_it_does_not_vouch_for_and_why(stage: Stage) -> None:
    submit_all(stage)
    stage.play(seats=(0, 1, 2), seconds=100)
    with capture_logs() as logs:
        stage.play(seats=(0, 1, 2))
    said = [entry for entry in logs if entry["event"] == "Vote"]
    assert said and all(entry["not_vouched_for"] == {3: "opened no work"} for entry in said)
    assert {vote.vouched for vote in stage.snapshot().of_round(Voted, 0)} == {0b0111}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"vouched_mask": 0b1101}, "your work was not vouched for by t+1 members"),
        ({"opened_mask": 0b1101}, "you opened no work"),
        ({"matched_mask": 0b1101}, None),
        ({}, None),
    ],
)
def test_who_gets_no_fee_is_told_why_once(stage: Stage, changes: dict[str, int], why: str | None) -> None:
    submit_all(stage)
    stage.play()
    masks = {"matched_mask": 0b1111, "opened_mask": 0b1111, "vouched_mask": 0b1111, **changes}
    stage.market.change_round(stage.task_id, 0, settled=True, fee_share=7, **masks)
    stage.market.say(stage.task_id, RoundSettled, 0, 7, 0)
    stage.market.change(stage.task_id, round=0)
    end_task(stage, unsettled=0, committee_released=True)
    with capture_logs() as logs:
        for _ in range(3):
            stage.oracles[1].tick()
    told = [entry for entry in logs if entry["event"] == "no fee"]
    assert [(entry["task"], entry["round"], entry["why"]) for entry in told] == ([(1, 0, why)] if why else [])
