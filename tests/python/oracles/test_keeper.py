"""What a running task needs stays on every endpoint, pinned, and no longer than the task runs."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from deltaml.chain.types import Status
from deltaml.errors import Unavailable
from deltaml.protocol.kinds import Kind
from deltaml.sealing import Identity
from deltaml.serving import Vitals
from deltaml.storage import MemoryStore, Replicas, encode_block, link
from oracles import keeper as keeper_module
from oracles.keeper import Keeper, Watched
from oracles.metrics import Metrics
from tests.python.oracles.sealed_stage import SealedStage
from tests.python.oracles.stage import UNITS, Stage

pytestmark = pytest.mark.unit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class House:
    """A keeper over two endpoints, of which the first has what the stage has."""

    def __init__(self, stage: Stage, budget_bytes: int = 1 << 30, identity: Identity | None = None) -> None:
        self.stage, self.clock = stage, Clock()
        self.first, self.second = stage.store, MemoryStore()
        self.store = Replicas([("first", self.first), ("second", self.second)], clock=self.clock)
        self.watched, self.metrics, self.vitals = Watched(), Metrics.create(), Vitals()
        self.keeper = Keeper(
            self.store,
            identity or stage.members[0],
            self.watched,
            self.metrics,
            self.vitals,
            budget_bytes,
            clock=self.clock,
        )

    def run(self) -> list[Any]:
        self.watched.snapshots[self.stage.task_id] = self.stage.snapshot()
        with capture_logs() as logs:
            self.keeper.run()
        return logs


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage(monkeypatch)
    for index in range(len(UNITS)):
        stage.submit(index)
    stage.play()
    return stage


def test_everything_that_was_posted_comes_to_every_endpoint(stage: Stage) -> None:
    house = House(stage)
    before = set(stage.store.blocks)
    house.run()
    assert set(house.second.blocks) >= before and house.second.pinned >= before
    assert house.metrics.registry.get_sample_value("deltaml_replicated_total") == len(before)
    assert house.metrics.registry.get_sample_value("deltaml_pinned_bytes") == sum(
        len(stage.store.blocks[digest]) for digest in before
    )


def test_what_an_endpoint_lost_it_is_given_again(stage: Stage) -> None:
    house = House(stage)
    house.run()
    lost = set(house.second.blocks)
    house.second.blocks.clear()
    house.run()
    assert len(house.second.blocks) == 1, "only the probe: it was looked at a moment ago"
    house.clock.now += keeper_module.CHECK_AGAIN_SECONDS
    logs = house.run()
    assert set(house.second.blocks) == lost
    assert any(entry["event"] == "gave blocks to an endpoint that lacked them" for entry in logs)


def test_what_nobody_has_is_tried_ever_more_rarely_and_told_once(stage: Stage) -> None:
    house = House(stage)
    (digest, *_) = stage.snapshot().submissions(0).values()
    stage.store.blocks.pop(digest)
    told = 0
    for _ in range(20):
        told += sum(entry.get("digest") == digest.hex() for entry in house.run())
        house.clock.now += keeper_module.FIRST_RETRY_SECONDS
    assert told == 1
    entry = house.keeper._kept[stage.task_id][digest]
    assert 3 <= entry.failures <= 6


def test_links_to_more_than_a_document_may_hold_are_not_followed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever announces decides what his block links to; it must not be our disk that pays."""
    monkeypatch.setattr(keeper_module, "MAX_DOCUMENT_BYTES", 100_000)
    bombs = [stage.store.put(encode_block(bytes([i]) * 60_000)) for i in range(4)]
    top = stage.store.put(encode_block([link(bomb) for bomb in bombs]))
    stage.market.say(stage.task_id, keeper_module.Announced, 0, stage.oracles[0]._account, int(Kind.SUMS), top)
    house = House(stage)
    logs = house.run()
    assert any("leads to more than 100000 bytes" in str(entry.get("why")) for entry in logs)
    assert not set(bombs) & set(house.second.blocks)


def test_the_budget_is_kept_and_the_newest_come_first(stage: Stage) -> None:
    house = House(stage, budget_bytes=20_000)
    logs = house.run()
    kept = house.metrics.registry.get_sample_value("deltaml_pinned_bytes")
    assert kept is not None and 0 < kept <= 20_000
    assert any("--pin-gib" in str(entry.get("why")) for entry in logs)
    assert stage.snapshot().task.params.spec_digest in house.second.pinned


def test_when_a_task_is_over_all_is_let_go_but_what_its_owner_may_still_want(stage: Stage) -> None:
    house = House(stage)
    house.run()
    stage.market.change(stage.task_id, status=Status.COMPLETED, committee_released=True)
    house.watched.over.add(stage.task_id)
    house.run()
    assert not house.watched.snapshots and not house.keeper._kept
    params = stage.snapshot().task.params
    (state,) = stage.snapshot().announcements(0, Kind.STATE)
    stays = {params.spec_digest, params.model_digest, state.digest}
    assert stays <= house.second.pinned
    let_go = {*stage.snapshot().submissions(0).values(), stage.spec.validation}
    assert not let_go & (house.first.pinned | house.second.pinned)


def test_another_task_keeps_what_both_need(stage: Stage) -> None:
    house = House(stage)
    house.run()
    other = stage.task_id + 1
    shared = stage.spec.validation
    house.keeper._kept[other] = {shared: keeper_module.Kept(1)}
    house.watched.over.add(stage.task_id)
    house.run()
    assert shared in house.second.pinned


def test_after_a_restart_an_old_task_is_let_go_of_as_well(stage: Stage) -> None:
    House(stage).run()
    house = House(stage)
    house.watched.over.add(stage.task_id)
    house.run()
    assert not set(stage.snapshot().submissions(0).values()) & house.first.pinned


def test_the_blocks_of_a_sealed_model_are_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch)
    stage.play(1)
    house = House(stage)
    house.run()
    model = stage.state(1).model
    assert model in house.second.pinned
    assert stage.owner_step(0).model == model
    house.watched.over.add(stage.task_id)
    house.run()
    assert model in house.second.pinned, "the owner has not fetched it yet"


def test_ipfs_that_is_down_is_told_to_health_and_raises_nothing(stage: Stage) -> None:
    house = House(stage)

    def fail(*_: Any) -> Any:
        raise Unavailable("connection refused")

    for store in (house.first, house.second):
        store.put = fail  # type: ignore[method-assign]
    house.run()
    assert "connection refused" in str(house.vitals.ipfs_problem)
    del house.first.put
    house.clock.now += 100
    house.run()
    assert house.vitals.ipfs_problem is None


def test_it_works_a_while_and_leaves_the_rest_for_later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(stage)
    replicate = house.store.replicate

    def slow(digest: bytes) -> int:
        house.clock.now += 10
        return replicate(digest)

    monkeypatch.setattr(house.store, "replicate", slow)
    house.run()
    some = len(house.second.blocks)
    house.run()
    assert 0 < some < len(house.second.blocks)
