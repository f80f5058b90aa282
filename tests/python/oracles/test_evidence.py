"""What members and trainers posted: good posts are read once, bad ones cost their sender, late ones are waited for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import joblib
import pytest
from structlog.testing import capture_logs

from deltaml.chain.events import Announced, WorkOpened
from deltaml.errors import Unavailable
from deltaml.protocol import spread
from deltaml.protocol.document import Document, publish_octets, publish_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Sums, Work
from deltaml.protocol.opening import n_checks
from deltaml.storage import StoredVector, encode_block
from oracles import evidence as evidence_module
from oracles.evidence import open_model_blobs
from tests.python.board.fakes import account
from tests.python.oracles.stage import UNITS, Stage
from tests.python.protocol.samples import words

pytestmark = pytest.mark.unit

LENGTH = 4
CHECKS = n_checks(LENGTH)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def evidence(stage: Stage, seat: int = 0) -> Any:
    return stage.views[seat]._evidence


def blobs(stage: Stage, seat: int = 0) -> Any:
    return evidence(stage, seat).blobs(stage.snapshot(), open_model_blobs(4, seat, LENGTH))


def sums_of(stage: Stage, seat: int) -> Sums:
    return Sums(stage.header(account(seat + 1)), b"\x07", {0: bytes([seat]) * 32}, {})


def announce(stage: Stage, sender: str, kind: int, digest: bytes) -> None:
    stage.market.say(stage.task_id, Announced, 0, sender, kind, digest)


def sealed(stage: Stage, document: Document) -> bytes:
    return publish_sealed(document, [member.recipient for member in stage.members], stage.store)


def sums(stage: Stage, seat: int = 0) -> list[Any]:
    return evidence(stage, seat).sums(stage.snapshot(), tuple(stage.market.committee), LENGTH)


# ---------------------------------------------------------------------- blobs


def test_good_blobs_are_opened(stage: Stage) -> None:
    for index in range(len(UNITS)):
        stage.submit(index)
    found = blobs(stage)
    assert set(found.opened) == set(found.masked) == {0, 1, 2} and not found.refused


def test_a_copied_blob_is_refused_and_the_original_is_not(stage: Stage) -> None:
    """R15: the chain takes the same digest from anybody; the sender sealed inside says whose it is."""
    original = stage.submit(0)
    stage.submit(1, original)
    with capture_logs() as logs:
        found = blobs(stage)
    assert set(found.opened) == {0} and set(found.refused) == {1} and 1 not in found.masked
    assert [entry["event"] for entry in logs] == ["blob refused"] and logs[0]["trainer"] == 1


def test_a_copy_that_was_first_does_not_hurt_the_original(stage: Stage) -> None:
    stage.submit(1, stage.blob(0))
    stage.submit(0, stage.blob(0))
    assert set(blobs(stage).opened) == {0}


def test_a_refused_blob_is_not_read_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.submit(1, stage.blob(0))
    blobs(stage)
    monkeypatch.setattr(stage.store, "get", lambda *_: pytest.fail("read again"))
    assert set(blobs(stage).refused) == {1}


def test_a_blob_that_is_not_there_yet_is_read_later(stage: Stage) -> None:
    document = stage.submit(0)
    block = stage.store.blocks.pop(document.digest)
    with capture_logs() as logs:
        found = blobs(stage)
    assert not found.masked and not found.refused
    assert logs[0]["event"] == "blob not to be had"
    stage.store.put(block)
    assert set(blobs(stage).opened) == {0}


def spoiled(stage: Stage, seat_of_victim: int) -> Document:
    """A blob whose seed number 0 opens for nobody; others' seeds are good."""
    document = stage.blob(0)
    top = {**document.top, "seeds": [b"spoiled", *document.top["seeds"][1:]]}
    return Document(document.blocks.put(encode_block(top)), document.blocks)


def test_a_vector_is_read_although_the_own_seeds_do_not_open(stage: Stage) -> None:
    """Others may have accepted it, and then the sum needs it."""
    stage.submit(0, spoiled(stage, 0))
    found = blobs(stage)
    assert set(found.masked) == {0} and not found.opened and set(found.refused) == {0}
    assert set(blobs(stage, seat=3).opened) == {0}


def test_a_vector_of_a_refused_blob_is_tried_again(stage: Stage) -> None:
    """Its chunk is late: giving up for good would keep this member from every sum that others open."""
    document = stage.submit(0, spoiled(stage, 0))
    chunks = {digest: block for digest, block in stage.store.blocks.items() if digest != document.digest}
    missing = set(document.blocks.blocks) - {document.digest}  # type: ignore[attr-defined]
    for digest in missing:
        stage.store.blocks.pop(digest, None)
    assert not blobs(stage).masked
    stage.store.blocks.update(chunks)
    found = blobs(stage)
    assert set(found.masked) == {0} and set(found.refused) == {0}


def test_a_blob_of_another_round_or_task_is_refused(stage: Stage) -> None:
    first = stage.blob(0)
    other = stage.post()
    stage.submit(0, stage.blob(0, other))
    stage.market.change(stage.task_id, round=1)
    stage.market.open_round(stage.task_id, 1)
    stage.submit(1, first)
    stage.submit(0, first)
    assert set(blobs(stage).refused) == {0, 1}


# ---------------------------------------------------------------------- posts


def test_posts_are_read_with_seat_time_and_digest(stage: Stage) -> None:
    digest = sealed(stage, sums_of(stage, 1).document())
    stage.market.now += 7
    announce(stage, account(2), Kind.SUMS, digest)
    (post,) = sums(stage)
    assert (post.seat, post.at, post.digest) == (1, stage.market.now, digest)
    assert dict(post.message.hashes) == {0: bytes([1]) * 32}


BAD: list[Callable[[Stage], bytes]] = [
    lambda s: sealed(s, sums_of(s, 2).document()),
    lambda s: sealed(s, Work(s.header(account(2)), b"\x00", words(0)).document()),
    lambda s: publish_octets(b"not an age file", s.store),
    lambda s: publish_sealed(sums_of(s, 1).document(), [s.trainers[0].recipient], s.store),
    lambda s: s.store.put(encode_block({"type": "deltaml/sealed/1", "length": 1, "chunks": [b"x"]})),
    lambda s: s.store.put(encode_block(["not", "a", "map"])),
    lambda s: s.store.put(b"\xff\xff"),
    lambda s: sealed(s, replace(sums_of(s, 1), header=replace(s.header(account(2)), round=9)).document()),
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_post_is_left_out_and_logged_once(stage: Stage, bad: Callable[[Stage], bytes]) -> None:
    announce(stage, account(2), Kind.SUMS, bad(stage))
    announce(stage, account(3), Kind.SUMS, sealed(stage, sums_of(stage, 2).document()))
    with capture_logs() as logs:
        assert [post.seat for post in sums(stage)] == [2]
        assert [post.seat for post in sums(stage)] == [2]
    assert [(entry["event"], entry["seat"]) for entry in logs] == [("post refused", 1)]


def test_a_post_that_is_not_there_yet_is_read_later(stage: Stage) -> None:
    digest = sealed(stage, sums_of(stage, 1).document())
    block = stage.store.blocks.pop(digest)
    announce(stage, account(2), Kind.SUMS, digest)
    with capture_logs() as logs:
        assert sums(stage) == []
    assert logs[0]["event"] == "post not to be had"
    stage.store.put(block)
    assert [post.seat for post in sums(stage)] == [1]


@pytest.mark.parametrize("kind", [Kind.SUMS, Kind.PROPOSAL, Kind.SHARES])
@pytest.mark.parametrize("first", [True, False])
def test_announcing_anothers_post_neither_hides_nor_doubles_it(stage: Stage, kind: Kind, first: bool) -> None:
    """A liar who sees a digest in the mempool may announce it first, under any kind: it must not become a bad post of
    its author's, nor count as the liar's own."""
    digest = sealed(stage, sums_of(stage, 1).document())
    announcements = [(account(4), kind), (account(2), Kind.SUMS)]
    for sender, said in announcements if first else reversed(announcements):
        announce(stage, sender, said, digest)
    snapshot, seats = stage.snapshot(), tuple(stage.market.committee)
    room = evidence(stage)
    assert room.proposals(snapshot, seats, stage.spec, 1) == []
    assert room.shares(snapshot, seats, {}) == []
    assert [post.seat for post in sums(stage)] == [1]


def test_strangers_announcements_are_not_even_fetched(stage: Stage) -> None:
    announce(stage, account(99), Kind.SUMS, bytes([9]) * 32)
    with capture_logs() as logs:
        assert sums(stage) == []
    assert logs == []


# ---------------------------------------------------------------------- work


def work_of(stage: Stage, seat: int = 1) -> Work:
    return Work(stage.header(account(seat + 1)), b"\x03", words(3 * 2 * CHECKS).reshape(3, 2, CHECKS))


def open_on_chain(stage: Stage, work: Work, seat: int = 1, accepted: bytes = b"\x03") -> None:
    stage.market.say(stage.task_id, WorkOpened, 0, account(seat + 1), seat, work.document().digest, accepted)


def works(stage: Stage) -> dict[int, Work]:
    return evidence(stage).works(stage.snapshot(), tuple(stage.market.committee), CHECKS)


def test_work_that_was_opened_is_read(stage: Stage) -> None:
    work = work_of(stage)
    open_on_chain(stage, work)
    assert works(stage) == {}
    announce(stage, account(2), Kind.WORK, sealed(stage, work.document()))
    assert (works(stage)[1].openings == work.openings).all()


def test_work_that_was_not_opened_does_not_count(stage: Stage) -> None:
    announce(stage, account(2), Kind.WORK, sealed(stage, work_of(stage).document()))
    assert works(stage) == {}


def test_other_work_than_was_opened_is_refused_and_the_right_one_still_counts(stage: Stage) -> None:
    work = work_of(stage)
    other = replace(work, openings=work.openings + 1)
    open_on_chain(stage, work)
    announce(stage, account(2), Kind.WORK, sealed(stage, other.document()))
    with capture_logs() as logs:
        assert works(stage) == {}
    assert "differs from what was opened" in logs[0]["why"]
    announce(stage, account(2), Kind.WORK, sealed(stage, work.document()))
    assert set(works(stage)) == {1}


@pytest.mark.parametrize("accepted", [b"", b"\x03\x00", b"\x0b", b"\x01"])
def test_a_bitmap_that_does_not_fit_is_refused(stage: Stage, accepted: bytes) -> None:
    work = work_of(stage)
    open_on_chain(stage, work, accepted=accepted)
    announce(stage, account(2), Kind.WORK, sealed(stage, work.document()))
    assert works(stage) == {}


def test_memory_is_given_back(stage: Stage) -> None:
    stage.submit(0)
    blobs(stage)
    announce(stage, account(2), Kind.SUMS, sealed(stage, sums_of(stage, 1).document()))
    sums(stage)
    room = evidence(stage)
    room.forget_before(stage.task_id, 0)
    room.forget_before(stage.task_id + 1, 1)
    room.forget(stage.task_id + 1)
    assert room._blobs and room.posts._posts
    room.forget_before(stage.task_id, 1)
    assert not room._blobs and not room.posts._posts
    blobs(stage)
    sums(stage)
    room.forget(stage.task_id)
    assert not room._blobs and not room.posts._posts


# ---------------------------------------------------------------------- many blobs


def test_of_blobs_only_seeds_and_digests_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors stay in the store, apart from a bounded number of bytes."""
    monkeypatch.setattr(evidence_module, "MAX_KEPT_BYTES", 0)
    stage = Stage(monkeypatch)
    for index in range(len(UNITS)):
        stage.submit(index)
    found = blobs(stage)
    stored = [*found.masked.values(), *(blob.masked for blob in found.opened.values())]
    assert all(isinstance(vector, StoredVector) for vector in stored)
    stage.store.blocks.clear()
    with pytest.raises(Unavailable):
        stored[0].read()


def test_blobs_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_module, "BLOBS_AT_A_TIME", 2)
    stage = Stage(monkeypatch)
    for index in range(len(UNITS)):
        stage.submit(index)
    assert set(blobs(stage).opened) == {0, 1, 2}


def test_one_bad_blob_of_a_part_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "LEAST_SECONDS", 0)
    stage = Stage(monkeypatch)
    stage.submit(0)
    stage.submit(1, stage.blob(2))
    late = stage.submit(2)
    stage.store.blocks.pop(late.digest)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        found = blobs(stage)
    assert set(found.opened) == {0} and set(found.refused) == {1} and not found.masked.get(2)
