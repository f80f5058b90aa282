"""What chain and IPFS say of a task, as one frozen view; states are found by their digest, whoever announced them."""

from dataclasses import replace
from typing import Any

import pytest

from deltaml.board import PublishedStates, StateReader, TaskReader, read_spec
from deltaml.board import snapshot as module
from deltaml.board import states as states_module
from deltaml.chain.events import Announced, RoundRevealed, RoundSettled, UpdateSubmitted
from deltaml.chain.types import Outcome, Status
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.document import publish, publish_sealed
from deltaml.protocol.kinds import Kind
from deltaml.sealing import Identity
from deltaml.storage import MemoryStore, encode_block
from tests.python.board.fakes import FakeLog, FakeMarket, account, params
from tests.python.protocol.board import make_spec, make_validation
from tests.python.protocol.samples import STATE

pytestmark = pytest.mark.unit

SPEC = make_spec()
READER = Identity.generate()
FIRST = replace(STATE, round=0, carried=(), weights=STATE.weights[:4], gradient=STATE.gradient[:4])
SECOND = replace(FIRST, round=1, carried=(0, -3))


class Stage:
    def __init__(self) -> None:
        self.market, self.store = FakeMarket(), MemoryStore()
        given = params(model_digest=publish(FIRST.document(), self.store), spec_digest=self.store.put(SPEC.encode()))
        self.task_id = self.market.post(given, [bytes([i]) * 32 for i in (1, 2)], [3, 1])
        self.states = StateReader(self.store, READER)

    def snapshot(self) -> Any:
        return TaskReader(self.market).snapshot(self.task_id, self.market.head())  # type: ignore[arg-type]

    def read(self, number: int) -> Any:
        return self.states.read(self.snapshot(), SPEC, number)

    def reveal(self, digest: bytes) -> None:
        self.market.say(self.task_id, RoundRevealed, 0, Outcome.SCORED, digest, 0, 0, bytes(32), bytes(16))
        self.market.change(self.task_id, round=1)

    def announce(self, digest: bytes, kind: int = Kind.STATE, number: int = 0) -> None:
        self.market.say(self.task_id, Announced, number, account(1), kind, digest)

    def sealed(self, state: Any = SECOND, to: Identity = READER) -> bytes:
        return publish_sealed(state.document(), [to.recipient], self.store)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(module, "EventLog", FakeLog)
    return Stage()


def test_trainers_in_the_order_of_joining(stage: Stage) -> None:
    events = stage.market.tasks[1].events
    events.reverse()
    trainers = stage.snapshot().trainers
    assert [(t.account, t.units, t.recipient[0]) for t in trainers] == [(account(101), 3, 1), (account(102), 1, 2)]


def test_events_by_round_and_kind(stage: Stage) -> None:
    stage.market.say(1, UpdateSubmitted, 0, account(102), 1, bytes([7]) * 32)
    stage.market.say(1, UpdateSubmitted, 1, account(101), 0, bytes([8]) * 32)
    stage.announce(bytes(32), Kind.SUMS)
    stage.announce(bytes([1]) * 32, Kind.STATE)
    stage.announce(bytes([2]) * 32, Kind.STATE, number=1)
    stage.market.say(1, RoundSettled, 0, 1, 1)
    snapshot = stage.snapshot()
    assert snapshot.submissions(0) == {1: bytes([7]) * 32} and snapshot.submissions(1) == {0: bytes([8]) * 32}
    assert [event.digest[0] for event in snapshot.announcements(0, Kind.STATE)] == [1]
    assert snapshot.settled == {0}


def test_a_snapshot_ends_at_its_block(stage: Stage) -> None:
    before = stage.snapshot()
    stage.market.now += 1
    stage.announce(bytes(32))
    old = TaskReader(stage.market).snapshot(1, before.block)  # type: ignore[arg-type]
    assert not old.announcements(0, Kind.STATE) and stage.snapshot().announcements(0, Kind.STATE)


def test_only_the_last_three_statuses_are_final(stage: Stage) -> None:
    final = []
    for status in Status:
        stage.market.change(1, status=status)
        final += [status] if stage.snapshot().is_final else []
    assert final == [Status.COMPLETED, Status.FAILED, Status.CANCELLED]


def test_an_earlier_round_of_the_same_block(stage: Stage) -> None:
    stage.reveal(SECOND.document().digest)
    snapshot = stage.snapshot()
    earlier = snapshot.for_round(0, stage.market.tasks[1].rounds[0])
    assert (snapshot.task.round, earlier.task.round) == (1, 0)
    assert earlier.round.opened_at and earlier.events == snapshot.events


def test_states_by_round(stage: Stage) -> None:
    stage.reveal(SECOND.document().digest)
    stage.announce(stage.sealed())
    assert stage.read(0).round == 0 and stage.read(0).carried == (0, 0)
    assert stage.read(1).carried == (0, -3)


def test_a_state_nobody_announced_is_waited_for(stage: Stage) -> None:
    stage.reveal(SECOND.document().digest)
    with pytest.raises(Unavailable, match="of round 1 is not to be had yet"):
        stage.read(1)


def test_false_announcements_do_not_hide_the_true_one(stage: Stage) -> None:
    """Another state, one sealed to others, one that is gone, one that is junk: the digest that was voted decides."""
    stage.reveal(SECOND.document().digest)
    stage.announce(stage.sealed(replace(SECOND, loss_micro=1)))
    stage.announce(stage.sealed(to=Identity.generate()))
    stage.announce(bytes([9]) * 32)
    stage.announce(stage.store.put(encode_block("junk")))
    with pytest.raises(Unavailable, match="announced another state") as error:
        stage.read(1)
    assert str(error.value).count(account(1)) == 4
    stage.announce(stage.sealed())
    assert stage.read(1).loss_micro == SECOND.loss_micro


def test_a_broken_initial_state_is_the_owners_fault(stage: Stage) -> None:
    given = replace(stage.market.tasks[1].state.params, model_digest=stage.store.put(encode_block({})))
    stage.market.change(1, params=given)
    with pytest.raises(InvalidMessage):
        stage.read(0)


def test_states_are_kept_and_old_ones_dropped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states_module, "STATES_KEPT", 1)
    stage.reveal(SECOND.document().digest)
    stage.announce(stage.sealed())
    snapshot = stage.snapshot()
    kept = stage.states.read(snapshot, SPEC, 1)
    stage.store.blocks.clear()
    assert stage.states.read(snapshot, SPEC, 1) is kept
    with pytest.raises(Unavailable):
        stage.states.read(snapshot, SPEC, 0)


def test_specifications(stage: Stage) -> None:
    assert read_spec(stage.store, stage.store.put(SPEC.encode())) == SPEC
    with pytest.raises(InvalidMessage):
        read_spec(stage.store, stage.store.put(encode_block({})))
    with pytest.raises(Unavailable):
        read_spec(stage.store, bytes(32))
    assert len(make_validation().X) == SPEC.validation_rows


def test_a_state_is_published_when_everybody_can_open_it(stage: Stage) -> None:
    others = [Identity.generate().recipient for _ in range(2)]
    everybody = [READER.recipient, *others]

    def published(readers: list[bytes] = everybody) -> bool:
        return states.is_published(stage.snapshot(), 1, readers)

    states = PublishedStates(stage.store, READER)
    assert states.is_published(stage.snapshot(), 0, everybody)
    stage.reveal(SECOND.document().digest)
    assert not published()
    stage.announce(publish_sealed(FIRST.document(), everybody, stage.store))
    stage.announce(stage.sealed())
    assert not published() and stage.states.has(stage.snapshot(), SPEC, 1)
    late = publish_sealed(SECOND.document(), everybody, stage.store)
    stage.announce(late)
    block = stage.store.blocks.pop(late)
    assert not published()
    stage.store.put(block)
    assert published() and not published(everybody[:2])
    stage.store.blocks.clear()
    assert published(), "it is looked for once"


def test_an_announcement_that_leads_elsewhere_is_read_once(stage: Stage) -> None:
    states = PublishedStates(stage.store, READER)
    stage.reveal(SECOND.document().digest)
    stage.announce(stage.sealed(FIRST))
    stage.announce(stage.store.put(encode_block({"not": "sealed"})))
    assert not states.is_published(stage.snapshot(), 1, [READER.recipient])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage.store, "get", lambda *_: pytest.fail("read again"))
        assert not states.is_published(stage.snapshot(), 1, [READER.recipient])


def test_only_the_state_that_the_chain_names_is_kept(stage: Stage) -> None:
    stage.reveal(SECOND.document().digest)
    assert not stage.states.has(stage.snapshot(), SPEC, 1)
    with pytest.raises(InvalidMessage, match="not the state of round 1"):
        stage.states.keep(stage.snapshot(), SPEC, 1, FIRST)
    stage.states.keep(stage.snapshot(), SPEC, 1, SECOND)
    assert stage.read(1) is SECOND
