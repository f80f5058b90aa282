"""Rounds of a sealed model in which a trainer, a member or the owner lies: real oracles, agent and trainers, over a
market in memory. What each kind of lying member changes in pay is in test_one_liar."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.chain.events import Announced, WorkOpened
from deltaml.chain.types import Outcome
from deltaml.client.sealed_trainer import fixed_point_data
from deltaml.learning import BFGS
from deltaml.protocol.blobs import close_masked
from deltaml.protocol.document import Document, publish
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Sums
from deltaml.protocol.score_tree import MISSED
from deltaml.protocol.sealed.blobs import close_sealed_update
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, SealedModel, SealedUpdate, to_words
from deltaml.protocol.sealed.opening import check_directions
from deltaml.sealing import Ciphertexts, Opening, Rerandomiser, draw_seeds, encrypt, inner_products
from tests.python.board.fakes import account
from tests.python.oracles.sealed_stage import OWNER_ACCOUNT, SealedStage, clear_training, reveal, rows, words
from tests.python.oracles.stage import UNITS, N
from tests.python.sealing.owner_keys import ALICE

pytestmark = pytest.mark.unit

KEY = ALICE.public


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SealedStage:
    return SealedStage(monkeypatch)


# ---------------------------------------------------------------------- trainers who lie


def play_with(stage: SealedStage, document: Document, index: int = 0) -> None:
    """A round in which one trainer's blob is this one; the others are honest."""
    stage.submit(index, document)
    stage.submit_all(but=(index,))
    stage.play(trainers=False)


def four(monkeypatch: pytest.MonkeyPatch, **given: Any) -> SealedStage:
    """Four trainers, so that three are left for a sum."""
    monkeypatch.setattr("tests.python.oracles.stage.UNITS", [1, 2, 1, 1])
    monkeypatch.setattr("tests.python.oracles.sealed_stage.UNITS", [1, 2, 1, 1])
    return SealedStage(monkeypatch, **given)


def words_of(values: list[int]) -> Any:
    return to_words(b"".join(value.to_bytes(KEY.ciphertext_octets, "big") for value in values))


def closed(stage: SealedStage, vector: Any, index: int) -> Document:
    recipients = [member.recipient for member in stage.members]
    return close_masked(SealedUpdate, stage.header(account(101 + index)), vector, draw_seeds(4), recipients)


@pytest.mark.parametrize("value", [0, ALICE.p], ids=["zero", "a factor of n"])
def test_malformed_ciphertexts_cost_their_sender_and_the_round_goes_on(
    monkeypatch: pytest.MonkeyPatch, value: int
) -> None:
    stage = four(monkeypatch)
    good = encrypt(KEY, [0, 0, 0]).values
    play_with(stage, closed(stage, words_of([good[0], value, good[2]]), 3), 3)
    assert words(stage)[3] == MISSED and all(0 < score < MISSED for score in words(stage)[:3])
    assert stage.weights(1) == clear_training(stage, 1)[0]


def test_an_update_beyond_the_bound_is_left_out_and_the_round_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = four(monkeypatch)
    matrix, offset = fixed_point_data(stage.spec, rows(3))
    recipients = [member.recipient for member in stage.members]
    long = close_sealed_update(
        stage.spec,
        stage.header(account(104)),
        stage.model(),
        matrix,
        [value + (1 << 70) for value in offset],
        recipients,
        Rerandomiser(KEY),
    )
    play_with(stage, long, 3)
    assert words(stage)[3] == 0 and all(0 < score < MISSED for score in words(stage)[:3])
    assert stage.weights(1) == clear_training(stage, 1)[0]


def test_a_first_sum_that_can_not_be_read_does_not_stop_the_owner_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of an odd number modulo n, where the check has an even entry, spoils the sum (one chance in two for the
    liar). The model stays; the owner has nothing to remember; the next round must go on, or he would pay R7 for it."""
    stage = SealedStage(monkeypatch, BFGS(1.0, 0.3))
    # The beacon is the block after the last submission; a clock that stands still lets this liar choose it.
    while True:
        beacon = stage.market.block_at(stage.market.now + 1).hash
        entries = check_directions(stage.spec, beacon)[0]
        lucky = next((j for j, entry in enumerate(entries) if entry % 2 == 0), None)
        if lucky is not None:
            break
        stage.market.now += 1
    half = (KEY.n + 1) // 2
    recipients = [member.recipient for member in stage.members]
    spoiler = close_sealed_update(
        stage.spec,
        stage.header(account(101)),
        stage.model(),
        np.zeros((3, 3), dtype=np.int64),
        [half if j == lucky else 0 for j in range(3)],
        recipients,
        Rerandomiser(KEY),
    )
    play_with(stage, spoiler)
    assert words(stage) == UNITS, "by units: nobody can be told apart"
    assert not stage.owner_step().direction.any() and stage.owner_step().memory == bytes(32)
    assert stage.weights(1) == [0, 0, 0]
    stage.owner = stage.new_owner()
    stage.play(2)
    assert reveal(stage, 1).outcome is Outcome.SCORED
    assert stage.weights(2) == clear_training(stage, 1)[0]


# ---------------------------------------------------------------------- members who lie


def test_a_member_who_says_bytes_stops_neither_owner_nor_round(stage: SealedStage) -> None:
    """Bitmaps of work and of sums are any bytes on chain and board: of another length, or of trainers there are not."""
    stage.market.change_round(stage.task_id, 0, closes_at=stage.market.now + 100)
    stage.submit_all()
    liar = account(2)
    stage.market.now += 5
    for summed in (b"", b"\x08", b"\xff" * 128, b"\x07\x00", b"\x00"):
        bodies = {index: np.zeros(6, dtype=np.uint64) for index in (0, 2, 3)}
        hashes = {index: bytes(32) for index in bodies}
        document = Sums(stage.header(liar), summed, hashes, bodies).document()
        members = [member.recipient for member in stage.members]
        stage.announce(document, Kind.SUMS, liar, to=[*members, stage.owner_identity.recipient])
    stage.market.say(stage.task_id, WorkOpened, 0, liar, 1, bytes(32), b"\xff\xff\xff")
    stage.play(seats=(0, 2, 3))
    assert stage.weights(1) == clear_training(stage, 1)[0]


def test_a_member_who_posts_his_sums_again_hides_no_stall(stage: SealedStage) -> None:
    """A member and an owner together: the sums are complete, the owner goes, and the member repeats his until the last
    call. Were the owner's time counted from the last of them, the round would be aborted and he would pay nobody."""
    until_sums(stage)
    digest = next(event.digest for event in stage.announced(Kind.SUMS) if event.sender == account(3))
    for _ in range(200):
        stage.market.say(stage.task_id, Announced, 0, account(3), int(Kind.SUMS), digest)
        stage.step_clock(owner=False)
        if stage.reveals():
            break
    assert reveal(stage).outcome is Outcome.OWNER_STALLED and words(stage) == UNITS


def test_a_member_whose_key_is_none_does_not_keep_the_owner_from_posting(stage: SealedStage) -> None:
    stage.play(seconds=10)
    stage.market.committee[3] = replace(stage.market.committee[3], recipient=(1).to_bytes(32, "little"))
    stage.play(seats=(0, 1, 2))
    assert reveal(stage).outcome is Outcome.SCORED


# ---------------------------------------------------------------------- an owner who lies


def forged_step(stage: SealedStage, direction: list[int], weights: list[int], twist: int = 0) -> bytes:
    """A step of the owner's own making: any direction, proven unless twisted, and any weights."""
    row = np.array([direction], dtype=np.int64)
    products = [inner_products(stage.ciphertexts(index), row).values[0] for index in range(len(UNITS))]
    openings = ALICE.open(Ciphertexts(KEY, products))
    openings[0] = Opening((openings[0].plaintext + twist) % KEY.n, openings[0].randomness)
    model = SealedModel(stage.snapshot().task.round + 1, encrypt(KEY, weights))
    digest = publish(model.document(), stage.store)
    step = OwnerStep(stage.header(OWNER_ACCOUNT), b"\x07", digest, row[0], openings, bytes(32))
    return stage.post_step(step)


def until_sums(stage: SealedStage) -> None:
    """Everybody does his part up to the sums; then the owner's agent is held back."""
    while len(stage.announced(Kind.SUMS)) < N:
        stage.step_clock(owner=not stage.announced(Kind.OWNER_OPENINGS))
    assert not stage.announced(Kind.OWNER_STEP)


def test_the_first_of_two_steps_counts_for_everybody(stage: SealedStage) -> None:
    until_sums(stage)
    first = forged_step(stage, [-1000, 0, 0], [7, 7, 7])
    forged_step(stage, [0, -1000, 0], [8, 8, 8])
    stage.play(owner=False)
    assert stage.weights(1) == [7, 7, 7]
    shares = stage.announced(Kind.SHARES)
    assert len(shares) == N, "one direction each"
    proposals = {stage.opened(event.digest).top["proposal"] for event in shares}
    assert proposals == {first}


def test_a_wrong_score_is_caught_and_the_true_step_after_it_counts(stage: SealedStage) -> None:
    until_sums(stage)
    forged_step(stage, [-1000, 0, 0], [7, 7, 7], twist=1)
    stage.step_clock(owner=False)
    assert not stage.announced(Kind.SHARES)
    forged_step(stage, [-1000, 0, 0], [8, 8, 8])
    stage.play(owner=False)
    assert stage.weights(1) == [8, 8, 8] and len(stage.announced(Kind.SHARES)) == N


def test_a_wrong_score_alone_counts_as_silence(stage: SealedStage) -> None:
    until_sums(stage)
    forged_step(stage, [-1000, 0, 0], [7, 7, 7], twist=1 << 64)
    stage.play(owner=False, seconds=1_400)
    assert reveal(stage).outcome is Outcome.OWNER_STALLED and not stage.announced(Kind.SHARES)


def test_a_step_for_another_set_of_trainers_is_not_looked_at(stage: SealedStage) -> None:
    until_sums(stage)
    row = np.array([[1, 0, 0]], dtype=np.int64)
    products = [inner_products(stage.ciphertexts(0), row).values[0]]
    model = SealedModel(1, encrypt(KEY, [0, 0, 0]))
    digest = publish(model.document(), stage.store)
    openings = ALICE.open(Ciphertexts(KEY, products))
    stage.post_step(OwnerStep(stage.header(OWNER_ACCOUNT), b"\x01", digest, row[0], openings, bytes(32)))
    stage.step_clock(owner=False)
    stage.step_clock(owner=False)
    assert not stage.announced(Kind.SHARES)


def test_a_member_answers_one_direction_also_after_a_restart_without_the_blocks(stage: SealedStage) -> None:
    """The owner posts a step, takes its blocks away and posts another. A member who is restarted in between can't read
    the first one any more, nor what he answered it; on chain it says that he did."""
    until_sums(stage)
    first = forged_step(stage, [-1000, 0, 0], [7, 7, 7])
    stage.market.now += 5
    for seat in (0, 1):
        stage.oracles[seat].tick()
    assert len(stage.announced(Kind.SHARES)) == 2
    block = stage.store.blocks.pop(first)
    forged_step(stage, [0, -1000, 0], [8, 8, 8])
    for seat in (0, 1):
        stage.views[seat] = stage._views(seat)
        stage.oracles[seat] = stage.oracle(seat)
    for _ in range(3):
        stage.step_clock(seats=(0, 1), owner=False)
    assert len(stage.announced(Kind.SHARES)) == 2, "one direction each"
    # The block is back: all agree on the first.
    stage.store.put(block)
    stage.play(owner=False)
    assert stage.weights(1) == [7, 7, 7]


def test_openings_in_two_posts_are_made_once_more_in_one(stage: SealedStage) -> None:
    """The owner's first posts had some trainers each, as blobs came late: members take only one that opens all."""
    stage.market.change_round(stage.task_id, 0, closes_at=stage.market.now + 100)
    stage.submit_all()
    stage.market.now += 5
    for seat in range(N):
        stage.oracles[seat].tick()
    snapshot = stage.snapshot()
    directions = check_directions(stage.spec, stage.market.block_at(snapshot.round.closes_at + 1).hash)
    for group in ((0, 1), (2,)):
        opened = {i: ALICE.open(inner_products(stage.ciphertexts(i), directions)) for i in group}
        stage.post_openings(OwnerOpenings(stage.header(OWNER_ACCOUNT), opened))
    # He must be able to read his own posts.
    for event in stage.announced(Kind.OWNER_OPENINGS):
        document = stage.opened(event.digest)
        stage.market.tasks[stage.task_id].events.remove(event)
        stage.announce(
            Document(document.digest, document.blocks),
            Kind.OWNER_OPENINGS,
            to=[*(member.recipient for member in stage.members), stage.owner_identity.recipient],
        )
    stage.play(trainers=False)
    assert len(stage.announced(Kind.OWNER_OPENINGS)) == 3
    assert stage.weights(1) == clear_training(stage, 1)[0]
