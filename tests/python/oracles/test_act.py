"""Each decision becomes exactly the transaction it means, after the block it points to is on IPFS."""

from typing import Any

import pytest

from deltaml.chain import Call, calls
from deltaml.chain.types import Outcome
from deltaml.chain.types import Report as ChainReport
from deltaml.protocol import actions as action_module
from deltaml.protocol.actions import (
    Action,
    CancelTask,
    ClaimExpired,
    ClaimFees,
    CloseTask,
    CommitWork,
    ExpireTask,
    OpenWork,
    PostShares,
    PostSums,
    Propose,
    PublishState,
    Report,
    Reveal,
    SettleRound,
    StartTask,
    Vote,
    Wait,
)
from deltaml.protocol.document import fetch_sealed
from deltaml.protocol.hashes import work_commitment
from deltaml.protocol.kinds import Kind
from deltaml.sealing import Identity
from deltaml.storage import MemoryStore
from oracles.act import Actor
from oracles.view import Audience
from tests.python.board.fakes import WHERE, account
from tests.python.oracles.stage import Stage
from tests.python.protocol.samples import PROPOSAL, SHARES, STATE, SUMS, WORK

pytestmark = pytest.mark.unit

ME = account(1)
MEMBER, TRAINER, STRANGER = Identity.generate(), Identity.generate(), Identity.generate()
COMMITTEE, READERS = [MEMBER.recipient], [MEMBER.recipient, TRAINER.recipient]
SALT = bytes([5]) * 32
REPORT = Report(Report.SCORED, bytes([6]) * 32, 10**17, bytes(24))
SHOWN = ChainReport(Outcome.SCORED, bytes([6]) * 32, 10**17, bytes(24))
TASK, ROUND = 1, 4


class Recorder:
    """A writer that only remembers, and what was on IPFS when it was asked."""

    address = ME

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.sent: list[Call] = []
        self.stored: list[set[bytes]] = []

    def simulate(self, call: Call) -> tuple[Any, ...]:
        raise AssertionError("nobody simulates here")

    def send(self, call: Call) -> None:
        assert call.data
        self.sent.append(call)
        self.stored.append(set(self.store.blocks))


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch) -> Any:
    stage = Stage(monkeypatch)
    stage.market.change(TASK, round=ROUND)
    return stage.snapshot()


def acted(action: Action, snapshot: Any) -> tuple[Call | None, MemoryStore]:
    store = MemoryStore()
    writer = Recorder(store)
    Actor(WHERE, writer, store, ME).act(action, snapshot, Audience(COMMITTEE, COMMITTEE, READERS))
    assert len(writer.sent) == (0 if isinstance(action, Wait) else 1)
    assert not writer.stored or writer.stored[0] == set(store.blocks), "first the block, then the digest"
    return (writer.sent[0] if writer.sent else None), store


PLAIN: list[tuple[Action, Call]] = [
    (StartTask(), calls.start(WHERE, TASK)),
    (CancelTask(), calls.cancel(WHERE, TASK)),
    (ExpireTask(), calls.expire(WHERE, TASK)),
    (SettleRound(2), calls.settle(WHERE, TASK, 2)),
    (CloseTask(), calls.close(WHERE, TASK)),
    (ClaimExpired(), calls.claim_expired(WHERE, TASK)),
    (ClaimFees((0, 3)), calls.claim_fees(WHERE, TASK, (0, 3), ME)),
    (Vote(bytes([9]) * 32, 0b1011, {2: "nothing opened"}), calls.vote(WHERE, TASK, ROUND, bytes([9]) * 32, 0b1011)),
    (Reveal(REPORT, None), calls.reveal(WHERE, TASK, ROUND, SHOWN)),
    (
        CommitWork(WORK, SALT),
        calls.commit_work(
            WHERE, TASK, ROUND, work_commitment(WORK.document().digest, WORK.accepted, SALT, ME, TASK, ROUND)
        ),
    ),
]


@pytest.mark.parametrize(("action", "expected"), PLAIN, ids=lambda value: type(value).__name__)
def test_one_call_and_no_post(action: Action, expected: Call, snapshot: Any) -> None:
    call, store = acted(action, snapshot)
    assert call == expected
    assert not store.blocks


def test_waiting_sends_nothing(snapshot: Any) -> None:
    assert acted(Wait("for others"), snapshot)[0] is None


POSTS: list[tuple[Action, Kind, Any]] = [
    (PostSums(SUMS), Kind.SUMS, SUMS),
    (Propose(PROPOSAL), Kind.PROPOSAL, PROPOSAL),
    (PostShares(SHARES), Kind.SHARES, SHARES),
]


@pytest.mark.parametrize(("action", "kind", "message"), POSTS, ids=lambda value: type(value).__name__)
def test_posts_are_sealed_to_the_committee_and_announced(
    action: Action, kind: Kind, message: Any, snapshot: Any
) -> None:
    call, store = acted(action, snapshot)
    assert call is not None and call.function_name == "announce"
    assert call.args[:3] == (TASK, ROUND, kind)
    assert fetch_sealed(call.args[3], MEMBER, store, 1 << 20).digest == message.document().digest
    for outsider in (TRAINER, STRANGER):
        with pytest.raises(ValueError, match="does not open"):
            fetch_sealed(call.args[3], outsider, store, 1 << 20)


def the_calls(call: Call | None) -> tuple[bytes, ...]:
    """Calldata of each call in a multicall."""
    assert call is not None and call.function_name == "multicall"
    return tuple(call.args[0])


def test_work_is_opened_and_announced_in_one_transaction(snapshot: Any) -> None:
    call, store = acted(OpenWork(WORK, SALT), snapshot)
    opening, announcement = the_calls(call)
    digest = WORK.document().digest
    assert opening == calls.open_work(WHERE, TASK, ROUND, digest, WORK.accepted, SALT).data
    sealed = announcement[-32:]
    assert announcement == calls.announce(WHERE, TASK, ROUND, Kind.WORK, sealed).data
    assert fetch_sealed(sealed, MEMBER, store, 1 << 20).digest == digest


def test_a_reveal_publishes_the_state_it_leads_to(snapshot: Any) -> None:
    call, store = acted(Reveal(REPORT, STATE), snapshot)
    reveal, announcement = the_calls(call)
    assert reveal == calls.reveal(WHERE, TASK, ROUND, SHOWN).data
    sealed = announcement[-32:]
    assert announcement == calls.announce(WHERE, TASK, ROUND, Kind.STATE, sealed).data
    for reader in (MEMBER, TRAINER):
        assert fetch_sealed(sealed, reader, store, 1 << 20).digest == STATE.document().digest


def test_a_state_published_later_belongs_to_the_round_before(snapshot: Any) -> None:
    call, store = acted(PublishState(STATE), snapshot)
    assert call is not None and call.args[:3] == (TASK, ROUND - 1, Kind.STATE)
    assert fetch_sealed(call.args[3], TRAINER, store, 1 << 20).digest == STATE.document().digest


def test_every_action_is_known_here() -> None:
    tested = {type(case[0]) for case in [*PLAIN, *POSTS]} | {Wait, OpenWork, PublishState}
    assert tested == set(action_module.Action.__args__)


def test_what_is_no_action_is_a_bug(snapshot: Any) -> None:
    with pytest.raises(TypeError, match="no transaction is known"):
        acted("dance", snapshot)  # type: ignore[arg-type]


def test_nothing_is_sent_when_the_post_fails(snapshot: Any) -> None:
    class Full(MemoryStore):
        def put(self, data: bytes) -> bytes:
            raise OSError("disk full")

    store = Full()
    writer = Recorder(store)
    with pytest.raises(OSError, match="disk full"):
        Actor(WHERE, writer, store, ME).act(PostSums(SUMS), snapshot, Audience(COMMITTEE, COMMITTEE, READERS))
    assert writer.sent == []
