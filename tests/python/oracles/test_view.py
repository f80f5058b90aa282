"""From chain and posts to what a member decides on: broken tasks are named, salts and beacons are what they must be."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.board import read_beacon
from deltaml.chain.types import Dispute, Status
from deltaml.errors import InvalidInput, Unavailable
from deltaml.protocol.document import Document, publish, publish_sealed
from deltaml.protocol.stepping import Validation
from deltaml.protocol.validation import validation_document
from deltaml.sealing import usable
from deltaml.storage import encode_block
from oracles import view as view_module
from oracles.view import BrokenTask
from tests.python.board.fakes import account, params, round_state
from tests.python.oracles.stage import UNITS, Stage
from tests.python.protocol.board import make_validation

pytestmark = pytest.mark.unit


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def repost(stage: Stage, **changes: Any) -> None:
    """Other parameters on chain, for the same task."""
    stage.market.change(stage.task_id, params=replace(stage.market.tasks[stage.task_id].state.params, **changes))


def validated_by(stage: Stage, digest: bytes) -> None:
    repost(stage, spec_digest=stage.store.put(replace(stage.spec, validation=digest).encode()))


def sealed_validation(stage: Stage, document: Document) -> None:
    validated_by(stage, publish_sealed(document, [member.recipient for member in stage.members], stage.store))


def classes(X: np.ndarray, y: np.ndarray) -> Document:
    return validation_document("classes", Validation(X, y))


def initial(stage: Stage, **changes: Any) -> None:
    repost(stage, model_digest=publish(replace(stage.state, **changes).document(), stage.store))


def test_a_good_task_is_read_once(stage: Stage) -> None:
    material = stage.views[0].material(stage.snapshot(), tuple(stage.market.committee))
    assert material.spec == stage.spec and np.array_equal(material.validation.X, stage.validation.X)
    stage.store.blocks.clear()
    assert stage.views[0].material(stage.snapshot(), tuple(stage.market.committee)) is material


WIDE = make_validation()
BROKEN: list[tuple[str, Callable[[Stage], None], str]] = [
    ("no specification", lambda s: repost(s, spec_digest=s.store.put(encode_block({"type": "x"}))), "spec.type"),
    ("not a block", lambda s: repost(s, spec_digest=s.store.put(b"\xff")), "CBOR|ends|block"),
    (
        "a field out of range",
        lambda s: repost(s, spec_digest=s.store.put(replace(s.spec, epochs=0).encode())),
        "spec.epochs",
    ),
    ("more trainers than sums allow", lambda s: repost(s, max_trainers=1000), "max_weight_sum"),
    (
        "sealed to others",
        lambda s: validated_by(s, publish_sealed(s.state.document(), [s.trainers[0].recipient], s.store)),
        "does not open",
    ),
    ("not sealed", lambda s: validated_by(s, s.store.put(encode_block(1))), "expected a map"),
    ("other rows", lambda s: sealed_validation(s, validation_document("classes", make_validation(61))), "rows"),
    ("other columns", lambda s: sealed_validation(s, classes(WIDE.X[:, :2], WIDE.y)), "vector"),
    ("other labels", lambda s: sealed_validation(s, classes(WIDE.X, WIDE.y + 5)), "label"),
    ("another document", lambda s: sealed_validation(s, s.state.document()), "validation set"),
    ("no state", lambda s: repost(s, model_digest=s.store.put(encode_block({}))), "state"),
    ("a state of another round", lambda s: initial(s, round=1, carried=(0,) * len(UNITS)), "round 0"),
    ("a false gradient", lambda s: initial(s, gradient=-s.state.gradient), "gradient differs"),
    ("a false loss", lambda s: initial(s, loss_micro=1), "loss differs"),
    ("false progress", lambda s: initial(s, progress_wad=10**18), "progress"),
    ("weights at the edge", lambda s: initial(s, weights=s.state.weights + (2**63 - 1 - 2**24)), "beyond"),
    ("another size", lambda s: initial(s, weights=s.state.weights[:2]), "vector"),
]


@pytest.mark.parametrize(("name", "spoil", "why"), BROKEN, ids=[case[0] for case in BROKEN])
def test_broken_tasks_are_named_by_every_member(
    stage: Stage, name: str, spoil: Callable[[Stage], None], why: str
) -> None:
    spoil(stage)
    for views in stage.views:
        with pytest.raises(BrokenTask, match=why):
            views.material(stage.snapshot(), tuple(stage.market.committee))


def test_numbers_that_can_not_be_computed_with_are_the_owners_fault(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else is wrong with the input: a member who can't even vote to abort would lose stake."""

    def overflow(*_: object) -> None:
        raise InvalidInput("a gradient that is not finite")

    monkeypatch.setattr(view_module, "check_initial", overflow)
    with pytest.raises(BrokenTask, match="not finite"):
        stage.views[0].material(stage.snapshot(), tuple(stage.market.committee))


def test_what_can_not_be_had_now_is_not_broken(stage: Stage) -> None:
    given = stage.market.tasks[stage.task_id].state.params
    for digest in (given.spec_digest, stage.spec.validation, given.model_digest):
        block = stage.store.blocks.pop(digest)
        with pytest.raises(Unavailable):
            stage.views[0].material(stage.snapshot(), tuple(stage.market.committee))
        stage.store.put(block)
    assert stage.views[0].material(stage.snapshot(), tuple(stage.market.committee))


def test_two_tasks_may_start_from_one_state(stage: Stage) -> None:
    """The second has more trainers: what is kept of the first must not be taken for its own."""
    snapshot = stage.snapshot()
    first = stage.views[0]._states.read(snapshot, stage.spec, 0)
    recipients = [trainer.recipient for trainer in (*stage.trainers, *stage.members)]
    given = stage.market.tasks[stage.task_id].state.params
    stage.task_id = stage.market.post(given, recipients, [1] * len(recipients))
    second = stage.views[0]._states.read(stage.snapshot(), stage.spec, 0)
    assert (len(first.carried), len(second.carried)) == (len(UNITS), len(UNITS) + 4)


def test_salts_are_secret_stable_and_each_of_one_round(stage: Stage) -> None:
    snapshot = stage.snapshot()
    salts = [views._salt(snapshot, number) for views in stage.views for number in range(3)]
    other = stage.market.post(params(), [], [])
    stage.task_id = other
    salts += [views._salt(stage.snapshot(), 0) for views in stage.views]
    assert len(set(salts)) == len(salts) == 16 and {len(salt) for salt in salts} == {32}
    assert stage._views(0)._salt(snapshot, 1) == salts[1]
    assert not any(key in salts for key in stage.salt_keys)


def test_the_beacon_is_the_first_block_after_the_close(stage: Stage) -> None:
    where: Any = stage.market
    closes_at = stage.market.tasks[stage.task_id].rounds[0].closes_at
    for now in (closes_at - 1, closes_at):
        stage.market.now = now
        assert read_beacon(where, stage.snapshot()) is None
    for now in (closes_at + 1, closes_at + 50):
        stage.market.now = now
        assert read_beacon(where, stage.snapshot()) == stage.market.block_at(closes_at + 1).hash


def test_nobody_is_waited_for_while_trainers_submit(stage: Stage) -> None:
    stage.submit(0)
    snapshot = stage.snapshot()
    views = stage.views[2]
    view = views.round_view(
        snapshot, tuple(stage.market.committee), 2, views.material(snapshot, tuple(stage.market.committee))
    )
    assert (view.seat, view.n, view.units) == (2, 4, UNITS)
    assert set(view.masked) == {0} and view.beacon is None and view.state_published
    assert not view.works and not view.sums and not view.proposals and not view.shares
    assert repr(view.salt) not in repr(view)


def test_pending_blobs_are_told_from_refused_ones(stage: Stage) -> None:
    late = stage.submit(0)
    stage.submit(1, stage.blob(2))
    stage.store.blocks.pop(late.digest)
    snapshot = stage.snapshot()
    view = stage.views[0].round_view(
        snapshot, tuple(stage.market.committee), 0, stage.views[0].material(snapshot, tuple(stage.market.committee))
    )
    assert view.pending == {0} and not view.masked


def test_useless_recipients_are_passed_over(stage: Stage) -> None:
    good = stage.members[0].recipient
    low = [bytes(32), (1).to_bytes(32, "little")]
    assert usable([low[0], good, low[1], good]) == [good, good]
    readers = stage.views[0].audience(stage.snapshot(), [good]).states
    assert readers == [good, *(trainer.recipient for trainer in stage.trainers)]
    stage.views[0].material(stage.snapshot(), tuple(stage.market.committee))
    assert stage.views[0].audience(stage.snapshot(), [good]).states[-1] == stage.spec.owner_recipient


def test_rounds_under_dispute_are_not_final(stage: Stage) -> None:
    rounds = {
        0: round_state(vote_ends_at=500, revealed_at=450),
        1: round_state(vote_ends_at=500, revealed_at=100),
        2: round_state(vote_ends_at=500, revealed_at=450, dispute=Dispute.OPEN),
        3: round_state(vote_ends_at=500, revealed_at=450, dispute=Dispute.UPHELD),
    }
    view = stage.views[0].task_view(stage.snapshot(), rounds, 0, 4, [1], False)
    assert view.final_at == {0: 550, 1: 500, 3: 550} and view.unclaimed == (1,)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.JOINING, "joining"),
        (Status.TRAINING, "training"),
        (Status.COMPLETED, "final"),
        (Status.FAILED, "final"),
        (Status.CANCELLED, "final"),
    ],
)
def test_status_in_the_words_of_the_protocol(stage: Stage, status: Status, expected: str) -> None:
    stage.market.change(stage.task_id, status=status)
    assert stage.views[0].task_view(stage.snapshot(), {}, 0, 4, (), False).status == expected


def test_seats_are_told_by_address(stage: Stage) -> None:
    ballot = stage.views[1].ballot(stage.snapshot(), stage.market.committee, 1, 5)
    assert ballot.header.sender == bytes.fromhex(account(2)[2:])
    assert ballot.quorum_hash is None and ballot.voted == frozenset()
