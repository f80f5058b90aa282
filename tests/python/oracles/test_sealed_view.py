"""What a member sees of a sealed-model task: broken tasks are named, posts of others cost nobody else, sums reach the
owner and nothing else of the committee's does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from deltaml.chain.events import Announced
from deltaml.chain.types import ProgressRule
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.actions import OpenWork, PostShares, PostSums
from deltaml.protocol.blobs import close_masked, close_update
from deltaml.protocol.document import Document, fetch_sealed, publish, publish_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import ScoreShares, Sums, Work
from deltaml.protocol.sealed.blobs import ciphertexts_in
from deltaml.protocol.sealed.messages import (
    OwnerOpenings,
    OwnerStep,
    SealedModel,
    SealedState,
    SealedUpdate,
    to_words,
)
from deltaml.protocol.sealed.round import SealedView
from deltaml.sealing import Identity, Opening, draw_seeds, encrypt
from deltaml.storage import encode_block, put_vector
from oracles.evidence import sealed_model_blobs
from oracles.view import BrokenTask, SealedMaterial
from tests.python.board.fakes import account, params
from tests.python.oracles.sealed_stage import LIMIT, OWNER_ACCOUNT, SealedStage
from tests.python.oracles.stage import UNITS, Stage
from tests.python.protocol.sealed.board import make_spec
from tests.python.sealing.owner_keys import ALICE, BOB

pytestmark = pytest.mark.unit

KEY = ALICE.public


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SealedStage:
    return SealedStage(monkeypatch)


def repost(stage: Stage, **changes: Any) -> None:
    """Other parameters on chain, for the same task."""
    stage.market.change(stage.task_id, params=replace(stage.market.tasks[stage.task_id].state.params, **changes))


def specified(stage: SealedStage, **changes: Any) -> None:
    repost(stage, spec_digest=stage.store.put(replace(stage.spec, **changes).encode()))


def initial(stage: SealedStage, **changes: Any) -> None:
    repost(stage, model_digest=publish(replace(stage.state(), carried=(), **changes).document(), stage.store))


def modelled(stage: SealedStage, model: SealedModel) -> None:
    initial(stage, model=publish(model.document(), stage.store))


def encrypted(stage: SealedStage, number: int, count: int | None = None) -> SealedModel:
    return SealedModel(number, encrypt(stage.spec.public_key, [0] * (count or stage.spec.n_parameters)))


# ---------------------------------------------------------------------- material


def test_a_good_task_is_read_once(stage: SealedStage) -> None:
    material = stage.views[0].material(stage.snapshot())
    assert isinstance(material, SealedMaterial) and material.spec == stage.spec
    stage.store.blocks.clear()
    assert stage.views[0].material(stage.snapshot()) is material


BROKEN: list[tuple[str, Callable[[SealedStage], None], str]] = [
    ("an even key", lambda s: specified(s, key=(KEY.n - 1).to_bytes(256, "big")), r"spec\.key"),
    ("a short key", lambda s: specified(s, key=b"\x07"), r"spec\.key"),
    ("another's key", lambda s: specified(s, key=BOB.public.n.to_bytes(256, "big")), "key_proof"),
    ("no proof", lambda s: specified(s, key_proof=b""), "key_proof"),
    ("bits that don't fit", lambda s: specified(s, fraction_bits=32, data_bits=32, gradient_bits=32), "may need"),
    ("paid by progress", lambda s: repost(s, progress_rule=ProgressRule.MEASURED), "pays per round"),
    ("a fine for harm", lambda s: repost(s, harm_penalty_bps=1), "no penalty for harm"),
    ("too many rounds", lambda s: repost(s, rounds=5), "use at most 4 rounds"),
    ("more trainers than sums allow", lambda s: repost(s, max_trainers=1000), "max_weight_sum"),
    ("no state", lambda s: repost(s, model_digest=s.store.put(encode_block({}))), "sealed-state"),
    ("progress before it began", lambda s: initial(s, progress_wad=1), "not a round 0"),
    ("a state of round 1", lambda s: repost(s, model_digest=publish(ROUND_1.document(), s.store)), "not a round 0"),
    ("a model of round 1", lambda s: modelled(s, encrypted(s, 1)), "one of round 1"),
    ("a larger model", lambda s: modelled(s, encrypted(s, 0, 4)), "vector"),
    ("a smaller model", lambda s: modelled(s, encrypted(s, 0, 2)), "vector"),
    ("a model that is a state", lambda s: initial(s, model=state_digest(s)), "sealed-model"),
    ("a model of zeros", lambda s: initial(s, model=publish(zeros(s), s.store)), "ciphertext"),
    ("the digest of a blob", lambda s: initial(s, model=s.submit(0).digest), "sealed-model"),
]


def state_digest(stage: SealedStage) -> bytes:
    return stage.market.tasks[stage.task_id].state.params.model_digest


ROUND_1 = SealedState(1, bytes(32), (0,) * len(UNITS), 0)


def zeros(stage: SealedStage) -> Document:
    """A model whose first ciphertext is no unit."""
    good = encrypted(stage, 0)
    words = to_words(good.weights.to_octets())
    words[: len(words) // 3] = 0
    blocks = good.document().blocks
    top = {"type": SealedModel.TYPE, "round": 0, "weights": put_vector(blocks, words)}
    return Document.of(top, blocks)


@pytest.mark.parametrize(("name", "spoil", "why"), BROKEN, ids=[case[0] for case in BROKEN])
def test_broken_tasks_are_named_by_every_member(
    stage: SealedStage, name: str, spoil: Callable[[SealedStage], None], why: str
) -> None:
    spoil(stage)
    for views in (stage._views(0), stage._views(3)):
        with pytest.raises(BrokenTask, match=why):
            views.material(stage.snapshot())


def test_what_can_not_be_had_now_is_not_broken(stage: SealedStage) -> None:
    given = stage.market.tasks[stage.task_id].state.params
    model = stage.state().model
    views = stage._views(1)
    for digest in (given.spec_digest, given.model_digest, model):
        block = stage.store.blocks.pop(digest)
        with pytest.raises(Unavailable):
            views.material(stage.snapshot())
        stage.store.put(block)
    assert views.material(stage.snapshot())


def test_a_state_is_not_taken_for_that_of_a_task_of_another_kind(
    stage: SealedStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may post an open-model task that starts from a sealed one's digest. Members who have the sealed state at
    hand must find it broken and vote so, not stumble: who doesn't vote is slashed (R6)."""
    views = stage.views[0]
    views.material(stage.snapshot())
    stage.state()
    open_stage = Stage(monkeypatch)
    stage.store.blocks.update(open_stage.store.blocks)
    readable = publish_sealed(
        fetch_sealed(open_stage.spec.validation, open_stage.members[0], open_stage.store, LIMIT),
        [member.recipient for member in stage.members],
        stage.store,
    )
    spec_digest = stage.store.put(replace(open_stage.spec, validation=readable).encode())
    given = params(spec_digest=spec_digest, model_digest=stage.market.tasks[stage.task_id].state.params.model_digest)
    first = stage.task_id
    stage.task_id = stage.market.post(given, [trainer.recipient for trainer in stage.trainers], UNITS)
    with pytest.raises(BrokenTask, match="state"):
        views.material(stage.snapshot())
    # And a sealed task of another size that starts from the first one's state.
    five = make_spec(owner_recipient=stage.spec.owner_recipient)
    terms = {"progress_rule": ProgressRule.PER_ROUND}
    given = replace(given, spec_digest=stage.store.put(five.encode()), **terms)
    stage.task_id = stage.market.post(given, [trainer.recipient for trainer in stage.trainers], UNITS)
    with pytest.raises(BrokenTask, match="vector"):
        views.material(stage.snapshot())
    stage.task_id = first
    assert views.material(stage.snapshot())


# ---------------------------------------------------------------------- views


def view(stage: SealedStage, seat: int = 0) -> SealedView:
    views, snapshot = stage.views[seat], stage.snapshot()
    found = views.round_view(snapshot, tuple(stage.market.committee), seat, views.material(snapshot))
    assert isinstance(found, SealedView)
    return found


def test_nobody_is_waited_for_while_trainers_submit(stage: SealedStage) -> None:
    stage.submit(0)
    seen = view(stage, 2)
    assert (seen.seat, seen.n, seen.units) == (2, 4, UNITS)
    assert seen.ballot.equal_rounds == 3 and seen.state.round == 0
    assert set(seen.masked) == set(seen.blobs) == {0} and seen.beacon is None
    assert not (seen.works or seen.sums or seen.shares or seen.owner_openings or seen.steps)
    assert repr(seen.salt) not in repr(seen)


def test_what_a_member_announced_is_counted_whatever_becomes_of_it(stage: SealedStage) -> None:
    close(stage)
    for kind in (Kind.SUMS, Kind.SUMS, Kind.SHARES):
        stage.market.say(stage.task_id, Announced, 0, account(1), kind, bytes(32))
    # Not another's, not another round's, not of a kind that nobody knows.
    stage.market.say(stage.task_id, Announced, 0, account(2), Kind.SHARES, bytes(32))
    stage.market.say(stage.task_id, Announced, 1, account(1), Kind.SHARES, bytes(32))
    stage.market.say(stage.task_id, Announced, 0, account(1), 250, bytes(32))
    seen = view(stage)
    assert dict(seen.announced) == {Kind.SUMS: 2, Kind.SHARES: 1}
    assert seen.has_unread(Kind.SUMS, seen.sums) and seen.has_unread(Kind.SHARES, seen.shares)
    assert not seen.has_unread(Kind.WORK, [])


# ---------------------------------------------------------------------- blobs


def blobs(stage: SealedStage, seat: int = 0) -> Any:
    evidence = stage.views[seat]._evidence
    return evidence.blobs(stage.snapshot(), sealed_model_blobs(stage.spec, 4, seat))


def test_good_blobs_are_opened(stage: SealedStage) -> None:
    stage.submit_all()
    for seat in range(4):
        found = blobs(stage, seat)
        assert set(found.opened) == set(found.masked) == {0, 1, 2} and not found.refused


def malformed(stage: SealedStage, index: int, words: Any) -> Document:
    """A blob with good seeds around any words."""
    recipients = [member.recipient for member in stage.members]
    return close_masked(SealedUpdate, stage.header(account(101 + index)), words, draw_seeds(4), recipients)


def words_with(stage: SealedStage, value: int) -> Any:
    """Ciphertexts of which the second is `value`."""
    good = encrypted(stage, 0).weights
    size = KEY.ciphertext_octets
    octets = good.to_octets()
    return to_words(octets[:size] + value.to_bytes(size, "big") + octets[2 * size :])


MALFORMED: dict[str, Callable[[SealedStage], Any]] = {
    "zero": lambda s: words_with(s, 0),
    "n squared": lambda s: words_with(s, KEY.n**2),
    "all bits": lambda s: words_with(s, 2**4096 - 1),
    "a multiple of n": lambda s: words_with(s, 5 * KEY.n),
    "a factor in common with n": lambda s: words_with(s, ALICE.q * 99),
    "one too few": lambda s: to_words(encrypted(s, 0, 2).weights.to_octets()),
    "one too many": lambda s: to_words(encrypted(s, 0, 4).weights.to_octets()),
    "none": lambda s: np.zeros(0, dtype=np.uint64),
}


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_malformed_ciphertexts_are_refused_by_everybody(stage: SealedStage, name: str) -> None:
    stage.submit(0, malformed(stage, 0, MALFORMED[name](stage)))
    stage.submit(1)
    for seat in range(4):
        found = blobs(stage, seat)
        assert set(found.opened) == set(found.masked) == {1} and set(found.refused) == {0}


def test_an_open_models_blob_is_none_here(stage: SealedStage) -> None:
    recipients = [member.recipient for member in stage.members]
    document = close_update(stage.header(account(101)), np.zeros(192, dtype=np.int64), recipients)
    stage.submit(0, document)
    assert set(blobs(stage).refused) == {0}


def test_a_copied_blob_is_refused_and_the_original_is_not(stage: SealedStage) -> None:
    original = stage.submit(0)
    stage.submit(1, original)
    found = blobs(stage)
    assert set(found.opened) == {0} and set(found.refused) == {1} and 1 not in found.masked


# ---------------------------------------------------------------------- the owner's posts


def close(stage: SealedStage) -> None:
    """Past the close: posts are looked at."""
    stage.market.now = stage.market.tasks[stage.task_id].rounds[0].closes_at + 5


def step_of(stage: SealedStage, **changes: Any) -> OwnerStep:
    model = changes.pop("model", None) or encrypted(stage, stage.snapshot().task.round + 1)
    digest = publish(model.document(), stage.store)
    zero = np.zeros(stage.spec.n_parameters, dtype=np.int64)
    values = {
        "header": stage.header(OWNER_ACCOUNT),
        "summed": b"\x07",
        "model": digest,
        "direction": zero,
        "openings": [Opening(0, 1)] * 3,
        "memory": bytes(32),
    }
    return OwnerStep(**(values | changes))


def openings_of(stage: SealedStage, **changes: Any) -> OwnerOpenings:
    openings = {0: [Opening(5, 7)], 2: [Opening(8, 9)]}
    return OwnerOpenings(**({"header": stage.header(OWNER_ACCOUNT), "openings": openings} | changes))


def steps(stage: SealedStage, seat: int = 0) -> list[Any]:
    return stage.views[seat]._evidence.steps(stage.snapshot(), stage.spec)


def owner_openings(stage: SealedStage, seat: int = 0) -> list[Any]:
    return stage.views[seat]._evidence.owner_openings(stage.snapshot(), stage.spec)


def test_the_owners_posts_are_read_in_order(stage: SealedStage) -> None:
    close(stage)
    first, second = stage.post_openings(openings_of(stage)), stage.post_openings(openings_of(stage, openings={}))
    stage.market.now += 3
    step = stage.post_step(step_of(stage))
    for seat in range(4):
        assert [post.digest for post in owner_openings(stage, seat)] == [first, second]
        (post,) = steps(stage, seat)
        assert (post.seat, post.at, post.digest) == (0, stage.market.now, step)
    seen = view(stage)
    assert len(seen.owner_openings) == 2 and len(seen.steps) == 1


@pytest.mark.parametrize("sender", [account(1), account(101), account(55)])
def test_nobody_speaks_for_the_owner(stage: SealedStage, sender: str) -> None:
    """Neither a member, nor a trainer, nor a stranger: not even fetched. And nobody spoils what he posts."""
    for document, kind, read in (
        (step_of(stage).document(KEY), Kind.OWNER_STEP, steps),
        (openings_of(stage).document(KEY), Kind.OWNER_OPENINGS, owner_openings),
    ):
        digest = stage.announce(document, kind, sender)
        with capture_logs() as logs:
            assert read(stage) == []
        assert logs == []
        stage.market.say(stage.task_id, Announced, 0, OWNER_ACCOUNT, int(kind), digest)
        assert len(read(stage)) == 1


def test_a_stranger_in_the_header_is_refused(stage: SealedStage) -> None:
    for header in (stage.header(account(1)), replace(stage.header(OWNER_ACCOUNT), round=1)):
        stage.post_step(step_of(stage, header=header))
        stage.post_openings(openings_of(stage, header=header))
    with capture_logs() as logs:
        assert steps(stage) == owner_openings(stage) == []
    assert [entry["event"] for entry in logs] == ["post refused"] * 4


def test_a_post_that_was_announced_twice_counts_as_often(stage: SealedStage) -> None:
    """In the order of the announcements; members take the first that holds, whichever it is the same one."""
    digest = stage.post_step(step_of(stage))
    stage.market.say(stage.task_id, Announced, 0, OWNER_ACCOUNT, int(Kind.OWNER_STEP), digest)
    assert [post.digest for post in steps(stage)] == [digest, digest]


def test_a_post_under_another_kind_is_refused(stage: SealedStage) -> None:
    stage.announce(step_of(stage).document(KEY), Kind.OWNER_OPENINGS)
    stage.announce(openings_of(stage).document(KEY), Kind.OWNER_STEP)
    assert steps(stage) == owner_openings(stage) == []


@pytest.mark.parametrize("read", [steps, owner_openings])
def test_a_post_that_is_not_there_yet_is_read_later(stage: SealedStage, read: Any) -> None:
    digest = stage.post_step(step_of(stage)) if read is steps else stage.post_openings(openings_of(stage))
    block = stage.store.blocks.pop(digest)
    with capture_logs() as logs:
        assert read(stage) == []
    assert logs[0]["event"] == "post not to be had"
    stage.store.put(block)
    assert [post.digest for post in read(stage)] == [digest]


def test_a_step_is_none_until_its_model_can_be_read(stage: SealedStage) -> None:
    """Members would vote for a model that the trainers of the next round could not fetch."""
    model = encrypted(stage, 1)
    stage.post_step(step_of(stage, model=model))
    for digest in model.document().blocks.blocks:  # type: ignore[attr-defined]
        block = stage.store.blocks.pop(digest)
        assert steps(stage) == []
        stage.store.put(block)
    assert len(steps(stage)) == 1


@pytest.mark.parametrize("number", [0, 2, 200])
def test_a_step_leads_to_the_model_of_the_next_round(stage: SealedStage, number: int) -> None:
    stage.post_step(step_of(stage, model=encrypted(stage, number)))
    with capture_logs() as logs:
        assert steps(stage) == []
    assert "round" in logs[0]["why"]


def test_a_step_whose_model_is_none_is_refused(stage: SealedStage) -> None:
    for model in (state_digest(stage), stage.market.tasks[stage.task_id].state.params.spec_digest):
        stage.post_step(replace(step_of(stage), model=model))
    stage.post_step(step_of(stage, model=encrypted(stage, 1, 4)))
    assert steps(stage) == []


@pytest.mark.parametrize(
    "openings", [{3: [Opening(5, 7)]}, {0: []}, {0: [Opening(5, 7)] * 2}, {0: [Opening(2**2047, 1)], 1: []}]
)
def test_openings_fit_the_task(stage: SealedStage, openings: dict[int, list[Opening]]) -> None:
    stage.post_openings(openings_of(stage, openings=openings))
    assert owner_openings(stage) == []


# ---------------------------------------------------------------------- audience


def recipients(stage: SealedStage) -> Any:
    stage.views[0].material(stage.snapshot())
    return stage.views[0].audience(stage.snapshot(), [member.recipient for member in stage.members])


def test_mask_sums_reach_the_owner_and_works_and_shares_do_not(stage: SealedStage) -> None:
    """With the members' work or shares he could open what the committee alone may open."""
    snapshot, audience = stage.snapshot(), recipients(stage)
    header = stage.header(account(1))
    documents = {
        Kind.SUMS: PostSums(Sums(header, b"\x07", {}, {})),
        Kind.SHARES: PostShares(ScoreShares(header, bytes(32), {})),
        Kind.WORK: OpenWork(Work(header, b"\x00", np.zeros((3, 0, 2), dtype=np.uint64)), bytes(32)),
    }
    for kind, action in documents.items():
        stage.oracles[0]._actor.act(action, snapshot, audience)
        (event,) = stage.announced(kind)
        for reader in stage.members:
            stage.opened(event.digest, reader)
        outsiders = [stage.trainers[0], Identity.generate()]
        for reader in [stage.owner_identity, *outsiders]:
            if kind is Kind.SUMS and reader is stage.owner_identity:
                stage.opened(event.digest, reader)
            else:
                with pytest.raises(InvalidMessage, match="does not open"):
                    stage.opened(event.digest, reader)


def test_an_open_models_sums_are_the_committees(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.views[0].material(stage.snapshot())
    members = [member.recipient for member in stage.members]
    assert stage.views[0].audience(stage.snapshot(), members).sums == members


def test_states_are_for_all_who_work_on_the_task(stage: SealedStage) -> None:
    audience = recipients(stage)
    everybody = [*stage.members, *stage.trainers, stage.owner_identity]
    assert audience.states == [identity.recipient for identity in everybody]


def test_an_owner_with_a_useless_key_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch, owner_recipient=(1).to_bytes(32, "little"))
    assert recipients(stage).sums == [member.recipient for member in stage.members]


def test_ciphertexts_of_two_trainers_are_told_apart(stage: SealedStage) -> None:
    stage.submit_all()
    found = blobs(stage).masked
    assert len({ciphertexts_in(masked, stage.spec).values for masked in found.values()}) == 3
