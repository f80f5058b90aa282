"""The data owner's agent against a market in memory: what it sends, in which order, and when it keeps still."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltaml.board import snapshot as snapshot_module
from deltaml.chain.events import RoundRevealed, TrainerJoined
from deltaml.chain.types import Dispute, Outcome, SeatState, Status
from deltaml.client.owner import prepare, publish_task
from deltaml.client.table import Table
from deltaml.client.trainer import Consent, TrainerAgent, earns
from deltaml.errors import Refused, Unavailable
from deltaml.protocol.blobs import open_update
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.protocol.score_tree import HARMFUL, MISSED, merkle_root, pack_scores, score_leaves, verify
from deltaml.protocol.spec import MICRO
from deltaml.sealing import Identity
from deltaml.storage import MemoryStore
from tests.python.board.fakes import MARKET_BYTES, WHERE, FakeLog, FakeMarket, FakeWriter, account, params, round_state
from tests.python.client.drafts import draft, table

pytestmark = pytest.mark.unit

ME = account(103)
MEMBERS = [Identity.generate() for _ in range(4)]
SEATS = [SeatState(account(i), member.recipient, 1, False) for i, member in enumerate(MEMBERS)]
OWNER, TRAINER = Identity.generate(), Identity.generate()
PREPARED = prepare(draft(), table(), OWNER.recipient)


@pytest.fixture(autouse=True)
def _no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)


class Stage:
    """A posted task with four other trainers, and the agent of the third."""

    def __init__(self, rows: Table | None = None, units: int = 2, noise: int = 0, keep: Path | None = None) -> None:
        self.store, self.market = MemoryStore(), FakeMarket()
        self.market.committee = list(SEATS)
        spec_digest, model_digest = publish_task(PREPARED, tuple(SEATS), self.store)
        given = params(spec_digest=spec_digest, model_digest=model_digest)
        self.task_id = self.market.post(given, [TRAINER.recipient] * 5, [2] * 5)
        self.writer = FakeWriter(self.market, ME)
        self.agent = TrainerAgent(
            self.market,  # type: ignore[arg-type]
            self.market,  # type: ignore[arg-type]
            self.writer,
            self.store,
            TRAINER,
            ME,
            Consent(self.task_id, units, noise),
            table() if rows is None else rows,
            keep,
        )

    def joining(self) -> "Stage":
        self.market.change(self.task_id, status=Status.JOINING, join_ends_at=self.market.now + 100)
        self.drop(TrainerJoined)
        return self

    def drop(self, kind: type) -> None:
        events = self.market.tasks[self.task_id].events
        events[:] = [event for event in events if not isinstance(event, kind)]

    def ended(self, status: Status = Status.COMPLETED, scores: tuple[tuple[int, ...], ...] = ()) -> "Stage":
        """A task that is over, with one revealed and settled round per row of scores."""
        for number, row in enumerate(scores):
            packed = pack_scores(row)
            root = merkle_root(score_leaves(31337, WHERE.market, self.task_id, number, row))
            self.market.say(
                self.task_id, RoundRevealed, number, Outcome.SCORED, bytes([number]) * 32, 0, 10**18, root, packed
            )
            self.market.tasks[self.task_id].rounds[number] = round_state(
                revealed_at=1, basis=1000, total_score=sum(s for s in row if s < HARMFUL), root=root, settled=True
            )
        self.market.change(self.task_id, status=status, round=max(0, len(scores) - 1))
        return self

    def trainer(self, **changes: Any) -> None:
        trainers = self.market.tasks[self.task_id].trainers
        trainers[2] = replace(trainers[2], **changes)


# ---------------------------------------------------------------------- joining


def test_it_deposits_what_is_missing_and_joins() -> None:
    stage = Stage().joining()
    stage.market.free[ME] = 50
    assert not stage.agent.tick()
    assert stage.writer.names == ["approve", "deposit", "join"]
    approve, deposit, join = stage.writer.sent
    assert approve.args == (WHERE.vault, 150) and deposit.args == (ME, 150)
    assert join.args == (stage.task_id, 2, TRAINER.recipient)


def test_it_joins_at_once_when_the_stake_is_there() -> None:
    stage = Stage().joining()
    stage.market.free[ME] = 200
    stage.agent.tick()
    assert stage.writer.names == ["join"]


def test_an_allowance_is_used() -> None:
    stage = Stage().joining()
    stage.market.allowed = 200
    stage.agent.tick()
    assert stage.writer.names == ["deposit", "join"]


def test_it_does_not_join_without_stake() -> None:
    stage = Stage().joining()
    stage.writer.failures["deposit"] = Refused("no tokens")
    assert not stage.agent.tick()
    assert stage.writer.names == ["approve"]


def test_it_joins_once_and_in_time() -> None:
    stage = Stage().joining()
    stage.market.say(stage.task_id, TrainerJoined, ME, 0, 2, TRAINER.recipient)
    stage.agent.tick()
    late = Stage().joining()
    late.market.now += 100
    late.agent.tick()
    assert stage.writer.sent == late.writer.sent == []


@pytest.mark.parametrize("broken", ["glucose", "ill"])
def test_a_file_that_does_not_fit_is_found_before_any_money_moves(broken: str) -> None:
    columns = {name: cells for name, cells in table().columns.items() if name != broken}
    stage = Stage(Table(columns)).joining()
    assert not stage.agent.tick()
    assert stage.writer.sent == []


def test_a_committee_that_nothing_can_be_sealed_to_is_found_before_any_money_moves() -> None:
    stage = Stage().joining()
    stage.market.committee[3] = replace(SEATS[3], recipient=(1).to_bytes(32, "little"))
    stage.agent.tick()
    assert stage.writer.sent == []


def test_who_was_left_out_is_done() -> None:
    stage = Stage()
    stage.drop(TrainerJoined)
    assert stage.agent.tick()
    assert stage.writer.sent == []


def test_who_was_left_out_is_done_when_that_is_certain() -> None:
    """A reorganisation may take the start of the task back, and then there is a seat again."""
    stage = Stage()
    stage.drop(TrainerJoined)
    stage.agent._confirmations = 3
    newest = stage.market.status
    stage.market.status = lambda task, at: newest(task, at) if at.number == stage.market.now else Status.JOINING  # type: ignore[method-assign]
    assert not stage.agent.tick()
    stage.market.status = newest  # type: ignore[method-assign]
    assert stage.agent.tick()


# ---------------------------------------------------------------------- training


def opened(stage: Stage, seat: int = 0) -> Any:
    (call,) = stage.writer.sent
    header = Header(31337, MARKET_BYTES, stage.task_id, 0, bytes.fromhex(ME[2:]))
    return open_update(Document(call.args[2], stage.store), header, 4, seat, MEMBERS[seat], 5)


def test_it_submits_a_blob_that_every_member_can_open(tmp_path: Path) -> None:
    stage = Stage(keep=tmp_path / "kept")
    assert not stage.agent.tick()
    assert stage.writer.names == ["submitUpdate"]
    assert stage.writer.sent[0].args[:2] == (stage.task_id, 0)
    for seat in range(4):
        assert len(opened(stage, seat).seeds) == 3
    kept = np.load(tmp_path / "kept" / f"{stage.task_id}-0-{ME}.npy", allow_pickle=False)
    assert kept.dtype == np.int64 and 0 < np.linalg.norm(kept * 2.0**-24) <= 1 + 1e-6


def test_nothing_of_the_table_leaves_in_the_clear() -> None:
    stage = Stage()
    before = set(stage.store.blocks)
    stage.agent.tick()
    cells = [cell.encode() for cells in table().columns.values() for cell in cells if len(cell) > 4]
    for digest in set(stage.store.blocks) - before:
        assert not any(cell in stage.store.blocks[digest] for cell in cells)


def test_it_submits_once() -> None:
    stage = Stage()
    for _ in range(3):
        stage.agent.tick()
    assert stage.writer.names == ["submitUpdate"]


def test_it_does_nothing_after_the_close() -> None:
    stage = Stage()
    stage.market.now = stage.market.tasks[stage.task_id].rounds[0].closes_at
    assert not stage.agent.tick()
    assert stage.writer.sent == []


def test_it_never_trains_without_data() -> None:
    stage = Stage()
    stage.agent.table = None
    assert not stage.agent.tick()
    assert stage.writer.sent == []


@pytest.mark.parametrize("failure", [Unavailable("gone"), Refused("closed")])
def test_a_failed_submission_is_tried_again(failure: Exception) -> None:
    stage = Stage()
    stage.writer.failures["submitUpdate"] = failure
    assert not stage.agent.tick()
    stage.writer.failures.clear()
    stage.agent.tick()
    assert stage.writer.names == ["submitUpdate"]


def test_a_node_that_is_gone_is_waited_for() -> None:
    stage = Stage()
    stage.market.failure = Unavailable("no node")
    assert not stage.agent.tick()
    stage.market.failure = None
    stage.agent.tick()
    assert stage.writer.names == ["submitUpdate"]


def test_the_owner_of_the_data_may_ask_for_more_noise() -> None:
    spec, states = PREPARED.spec, [PREPARED.state]
    quiet, loud = Stage().agent, Stage(noise=1000 * MICRO).agent
    assert np.linalg.norm(quiet.make_update(spec, states) * 2.0**-24) <= 1 + 1e-6
    assert np.linalg.norm(loud.make_update(spec, states) * 2.0**-24) > 50


# ---------------------------------------------------------------------- collecting


ROUNDS = ((5, 5, 10, 0, 0), (5, 5, 0, 0, 0), (1, 2, HARMFUL, 0, 0), (1, 2, MISSED, 0, 0), (0, 0, 7, 0, MISSED))


def test_it_claims_then_leaves_then_withdraws() -> None:
    stage = Stage().ended(scores=ROUNDS)
    assert not stage.agent.tick()
    (claim,) = stage.writer.sent
    task_id, claims, to = claim.args
    assert (task_id, to) == (stage.task_id, ME)
    assert [(c.round, c.score) for c in claims] == [(0, 10), (4, 7)]
    for c in claims:
        leaves = score_leaves(31337, WHERE.market, task_id, c.round, ROUNDS[c.round])
        assert verify(stage.market.tasks[task_id].rounds[c.round].root, leaves[2], c.proof)
    stage.market.claimed = 0b10001
    assert not stage.agent.tick()
    stage.trainer(left=True)
    stage.market.free[ME] = 200
    assert stage.agent.tick()
    assert stage.writer.names == ["claim", "leave", "withdraw"]
    assert stage.writer.sent[-1].args == (ME, 200)


def test_it_ends_when_its_last_withdrawal_is_certain() -> None:
    """A reorganisation may take it back, and nobody would be there to withdraw again."""
    stage = Stage().ended()
    stage.market.now += 10
    stage.agent._confirmations = 3
    stage.trainer(left=True)
    stage.market.free[ME] = 200
    withdrawn_at = stage.market.now
    stage.market.free_of = lambda _, at: 200 if at.number <= withdrawn_at else 0  # type: ignore[method-assign]
    assert not stage.agent.tick()
    stage.market.now += 3
    assert not stage.agent.tick()
    stage.market.now += 1
    assert stage.agent.tick()
    assert stage.writer.names == ["withdraw"]


def test_it_waits_until_all_rounds_are_settled() -> None:
    stage = Stage().ended(scores=ROUNDS)
    stage.market.change(stage.task_id, unsettled=1)
    assert not stage.agent.tick()
    assert stage.writer.sent == []


def test_many_rounds_are_claimed_in_several_transactions() -> None:
    stage = Stage().ended(scores=((1, 1, 1, 1, 1),) * 20)
    stage.agent.tick()
    assert [c.round for c in stage.writer.sent[0].args[1]] == list(range(16))
    stage.market.claimed = (1 << 16) - 1
    stage.agent.tick()
    assert [c.round for c in stage.writer.sent[1].args[1]] == [16, 17, 18, 19]


def test_a_cancelled_task_gives_the_stake_back() -> None:
    """Joined, but too few others did: the stake is locked until the trainer leaves."""
    stage = Stage().ended(Status.CANCELLED)
    assert not stage.agent.tick()
    stage.trainer(left=True)
    stage.market.free[ME] = 200
    assert stage.agent.tick()
    assert stage.writer.names == ["leave", "withdraw"]


def test_a_failed_task_shares_what_silent_members_lost() -> None:
    stage = Stage().ended(Status.FAILED)
    stage.trainer(submitted_rounds=1)
    stage.agent.tick()
    assert stage.writer.names == ["claimExpired", "leave"]
    nothing = Stage().ended(Status.FAILED)
    nothing.trainer(submitted_rounds=1)
    nothing.writer.failures["claimExpired"] = Refused("nothing to claim")
    nothing.agent.tick()
    assert nothing.writer.names == ["leave"]
    absent = Stage().ended(Status.FAILED)
    absent.agent.tick()
    assert absent.writer.names == ["leave"]


def test_an_aborted_round_has_no_scores_to_claim() -> None:
    stage = Stage().ended(Status.FAILED)
    stage.market.say(stage.task_id, RoundRevealed, 0, Outcome.ABORTED, bytes(32), 0, 0, bytes(32), b"")
    stage.market.change_round(stage.task_id, 0, revealed_at=1)
    stage.agent.tick()
    assert stage.writer.names == ["leave"]


PLAIN = round_state(basis=100, total_score=10)
FINED = params(miss_penalty=10, harm_penalty_bps=100)
CASES: list[tuple[str, Any, int, Any, bool]] = [
    ("a score pays its share", PLAIN, 1, FINED, True),
    ("no score, no pay", PLAIN, 0, FINED, False),
    ("missed", PLAIN, MISSED, FINED, False),
    ("harmful", PLAIN, HARMFUL, FINED, False),
    ("a share that rounds to nothing", round_state(basis=9, total_score=10), 1, FINED, False),
    ("a share of exactly one wei", round_state(basis=10, total_score=10), 1, FINED, True),
    ("two shares that only together make a wei", round_state(basis=5, harm_pot=5, total_score=10), 1, FINED, False),
    ("a share of what harm cost others", round_state(harm_pot=10, total_score=10), 1, FINED, True),
    ("nobody scored", round_state(basis=100), 0, FINED, False),
    ("misses of others are shared by all who came", round_state(miss_share=3), 0, FINED, True),
    ("also by who harmed", round_state(miss_share=3), HARMFUL, FINED, True),
    ("not by who missed", round_state(miss_share=3), MISSED, FINED, False),
    ("overturned: the fine comes back", replace(PLAIN, dispute=Dispute.OVERTURNED), MISSED, FINED, True),
    ("overturned: and the harm's", replace(PLAIN, dispute=Dispute.OVERTURNED), HARMFUL, FINED, True),
    ("overturned: nothing for scores", replace(PLAIN, dispute=Dispute.OVERTURNED), 5, FINED, False),
    (
        "overturned: no fine, nothing back",
        replace(PLAIN, dispute=Dispute.OVERTURNED),
        MISSED,
        params(miss_penalty=0),
        False,
    ),
    ("overturned: no harm fine", replace(PLAIN, dispute=Dispute.OVERTURNED), HARMFUL, params(), False),
    ("upheld is as ever", replace(PLAIN, dispute=Dispute.UPHELD), 1, FINED, True),
]


@pytest.mark.parametrize(("name", "state", "score", "task", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_earns(name: str, state: Any, score: int, task: Any, expected: bool) -> None:
    assert earns(state, score, task, units=2) is expected


def test_killed_at_any_moment_it_goes_on() -> None:
    """It keeps no database: a fresh agent does what the old one would."""
    stage = Stage()
    stage.agent.tick()
    writer = FakeWriter(stage.market, ME)
    again = TrainerAgent(
        stage.market,  # type: ignore[arg-type]
        stage.market,  # type: ignore[arg-type]
        writer,
        stage.store,
        TRAINER,
        ME,
        Consent(stage.task_id, 2),
        table(),
    )
    assert not again.tick()
    assert writer.sent == []
    stage.ended(scores=((1, 1, 1, 1, 1),))
    again.tick()
    assert writer.names == ["claim"]
