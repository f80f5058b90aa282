"""Rounds of a sealed model with the real oracles, owner's agent and trainers over a market in memory: honest ones, and
those in which somebody is killed, gone, late, or lies."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from deltaml.board import OwnPosts
from deltaml.chain.events import Announced, Voted, WorkOpened
from deltaml.chain.types import Outcome, ProgressRule
from deltaml.client.owner import export_model, predict
from deltaml.client.owner_agent import OwnerAgent
from deltaml.client.sealed_owner import Stepper, quadratic_loss
from deltaml.client.sealed_trainer import fixed_point_data
from deltaml.client.table import Table
from deltaml.errors import Refused, Unavailable
from deltaml.learning import BFGS, Momentum, Plain
from deltaml.protocol.blobs import close_masked
from deltaml.protocol.document import Document, publish
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Sums
from deltaml.protocol.score_tree import MISSED, unpack_scores
from deltaml.protocol.sealed.blobs import close_sealed_update
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, SealedModel, SealedUpdate, to_words
from deltaml.protocol.sealed.opening import check_directions
from deltaml.protocol.spec import MICRO, Target
from deltaml.sealing import Ciphertexts, Opening, Rerandomiser, draw_seeds, encrypt, inner_products
from tests.python.board.fakes import account
from tests.python.oracles.sealed_stage import OWNER_ACCOUNT, SealedStage, rows
from tests.python.oracles.stage import UNITS, N, Stage
from tests.python.sealing.owner_keys import ALICE, BOB

pytestmark = pytest.mark.unit

WAD = 10**18
KEY = ALICE.public


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SealedStage:
    return SealedStage(monkeypatch)


def words(stage: Stage, number: int = 0) -> list[int]:
    return unpack_scores(reveal(stage, number).scores)


def reveal(stage: Stage, number: int = 0) -> Any:
    return next(e for e in stage.snapshot().reveals.values() if e.round == number)


def clear_training(stage: SealedStage, rounds: int, who: tuple[int, ...] = (0, 1, 2)) -> list[list[int]]:
    """The weights of every round, by the same integers without any lock."""
    stepper = Stepper(stage.spec, stage.optimiser, quadratic_loss(stage.spec, rows(99)))
    data = {i: fixed_point_data(stage.spec, rows(i)) for i in who}
    weights, memory, found = np.zeros(3, dtype=np.int64), None, []
    for _ in range(rounds):
        total = [0] * 3
        for index, (matrix, offset) in data.items():
            for row in range(3):
                product = sum(int(a) * int(w) for a, w in zip(matrix[row], weights, strict=True))
                total[row] += UNITS[index] * (product + offset[row])
        stepped = stepper(weights, memory, total, sum(UNITS[i] for i in who))
        weights, memory = stepped.weights, stepped.memory
        found.append([int(weight) for weight in weights])
    return found


# ---------------------------------------------------------------------- honest


def test_an_owner_who_reads_confirmed_blocks_posts_nothing_twice(stage: SealedStage) -> None:
    market: Any = stage.market
    stage.owner._confirmations, stage.owner._own_posts = 7, OwnPosts(market, market, 7)
    stage.play()
    assert stage.owner_writer.names == ["announce", "announce"]
    assert stage.weights(1) == clear_training(stage, 1)[0]


def test_a_round_from_submissions_to_reveal(stage: SealedStage) -> None:
    stage.play()
    report = reveal(stage)
    assert report.outcome is Outcome.SCORED and report.progress_wad == WAD // 3
    assert all(0 < score < MISSED - 1 for score in words(stage))
    assert stage.owner_writer.names == ["announce", "announce"]
    assert stage.state(1).round == 1 and stage.weights(1) == clear_training(stage, 1)[0]
    announced = stage.announced(Kind.STATE)[0]
    for reader in (*stage.members, *stage.trainers, stage.owner_identity):
        assert stage.opened(announced.digest, reader).digest == report.model_digest


def test_two_rounds_of_momentum_give_the_weights_of_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch, Momentum(0.2, 0.5))
    stage.play(2)
    assert [stage.weights(number) for number in (1, 2)] == clear_training(stage, 2)


def test_three_rounds_of_bfgs_give_the_weights_of_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new agent in every round, as if the owner were killed every night."""
    stage = SealedStage(monkeypatch, BFGS(1.0, 0.3))
    for number in (1, 2, 3):
        stage.play(number)
        stage.owner = stage.new_owner()
    assert [stage.weights(number) for number in (1, 2, 3)] == clear_training(stage, 3)
    assert [event.progress_wad for event in stage.reveals()] == [WAD // 3, 2 * WAD // 3, WAD]
    loss = quadratic_loss(stage.spec, rows(99)).loss
    losses = [loss(stage.spec.weights_format().decode(np.array(stage.weights(n)))) for n in (0, 1, 2, 3)]
    assert losses[1] < losses[0] and losses[3] < 0.5 * losses[0]


def test_what_is_remembered_makes_a_difference(stage: SealedStage) -> None:
    """Or the test above would not notice an owner who forgets: without memory BFGS takes another second step."""
    stage.optimiser = BFGS(1.0, 0.3)
    first, second = clear_training(stage, 2)
    stepper = Stepper(stage.spec, stage.optimiser, quadratic_loss(stage.spec, rows(99)))
    remembered = stepper(np.zeros(3, dtype=np.int64), None, [1 << 40, 1 << 39, 0], 4).memory
    assert remembered["gradient"] is not None and first != second
    steps = [stepper(np.array(first), memory, [1 << 40, 0, 1 << 38], 4).weights for memory in (None, remembered)]
    assert (steps[0] != steps[1]).any()


def test_a_logistic_model_is_trained_too(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("y", "classes", ("no", "yes"), 0, MICRO)

    def labelled(seed: int) -> Table:
        columns = rows(seed).columns
        return Table({**columns, "y": ["yes" if float(y) > 0.5 else "no" for y in columns["y"]]})

    class LogisticStage(SealedStage):
        def new_owner(self, *_: Any) -> OwnerAgent:
            where: Any = self.market
            stepper = Stepper(self.spec, self.optimiser, quadratic_loss(self.spec, labelled(99)))
            store, identity = self.store, self.owner_identity
            return OwnerAgent(where, where, self.owner_writer, store, identity, ALICE, self.task_id, stepper)

        def new_trainer(self, index: int, *_: Any) -> Any:
            return super().new_trainer(index, labelled(index))

    stage = LogisticStage(monkeypatch, Plain(2.0), family="logistic", target=target)
    stage.play(2)
    assert all(score > 0 for score in words(stage))
    exported = export_model(stage.spec, 2, np.array(stage.weights(2)), {})
    answers = predict(exported, labelled(7))
    right = sum(a == b for a, b in zip(answers, labelled(7).columns["y"], strict=True))
    assert right >= 25, "of 30"


# ---------------------------------------------------------------------- the owner is killed


def test_the_owner_is_killed_after_every_post(stage: SealedStage) -> None:
    """A new agent, with nothing but key and file, at every tick: no post is made twice, and the model is the same."""
    for _ in range(40):
        stage.owner = stage.new_owner()
        stage.step_clock()
        if stage.reveals():
            break
    assert stage.owner_writer.names == ["announce", "announce"]
    assert stage.weights(1) == clear_training(stage, 1)[0]


@pytest.mark.parametrize(("failure", "nth"), [(Refused("reverted"), 1), (Unavailable("no node"), 2)])
def test_a_post_that_did_not_get_through_is_made_again(stage: SealedStage, failure: Exception, nth: int) -> None:
    """Killed, or refused, after publishing and before announcing: the step is another encryption of the same model."""
    send, seen = stage.owner_writer.send, []

    def flaky(call: Any) -> None:
        seen.append(call)
        if len(seen) == nth:
            stage.owner = stage.new_owner()
            raise failure
        send(call)

    stage.owner_writer.send = flaky  # type: ignore[method-assign]
    stage.play()
    assert len(seen) == 3 and stage.owner_writer.names == ["announce", "announce"]
    assert stage.weights(1) == clear_training(stage, 1)[0]


def test_everybody_is_killed_all_the_time(stage: SealedStage) -> None:
    for _ in range(40):
        stage.owner = stage.new_owner()
        for seat in range(N):
            stage.views[seat] = stage._views(seat)
            stage.oracles[seat] = stage.oracle(seat)
        stage.trainers_at_work = [stage.new_trainer(index) for index in range(len(UNITS))]
        stage.step_clock()
        if stage.reveals():
            break
    assert stage.weights(1) == clear_training(stage, 1)[0]
    assert len(stage.snapshot().of_round(WorkOpened, 0)) == 4
    assert len({vote.report_hash for vote in stage.snapshot().of_round(Voted, 0)}) == 1


def test_memory_that_is_gone_is_waited_for_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step without what BFGS learnt would be another training; the block comes back when the node does."""
    stage = SealedStage(monkeypatch, BFGS(1.0, 0.3))
    stage.play(1)
    step = stage.announced(Kind.OWNER_STEP)[0].digest
    for digest in (step, stage.owner_step().memory):
        block = stage.store.blocks.pop(digest)
        stage.owner = stage.new_owner()
        sent = len(stage.owner_writer.sent)
        with capture_logs() as logs:
            for _ in range(4):
                stage.step_clock()
        assert len(stage.owner_writer.sent) == sent
        assert any(entry["event"] == "try again" for entry in logs)
        stage.store.put(block)
    stage.play(2)
    assert stage.weights(2) == clear_training(stage, 2)[1]


def test_another_optimiser_in_the_middle_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch, BFGS(1.0, 0.3))
    stage.play(1)
    stage.owner = stage.new_owner(optimiser=Momentum(0.1, 0.5))
    with capture_logs() as logs:
        stage.play(2, seconds=40)
    assert any("stored state" in entry.get("why", "") for entry in logs if entry["log_level"] == "error")


def test_an_owner_with_another_key_is_told(stage: SealedStage) -> None:
    stage.owner = stage.new_owner(key=BOB)
    with capture_logs() as logs:
        assert not stage.owner.tick()
    assert [entry["why"] for entry in logs] == [f"task {stage.task_id} was posted under another key"]
    assert stage.owner_writer.sent == []


def test_the_agent_of_an_open_models_owner_is_told(stage: SealedStage, monkeypatch: pytest.MonkeyPatch) -> None:
    open_stage = Stage(monkeypatch)
    stage.store.blocks.update(open_stage.store.blocks)
    params = open_stage.market.tasks[open_stage.task_id].state.params
    stage.task_id = stage.market.post(params, [], [])
    stage.owner = stage.new_owner()
    with capture_logs() as logs:
        stage.owner.tick()
    assert "has an open model" in logs[0]["why"]


# ---------------------------------------------------------------------- who is gone


def test_one_member_gone_of_four(stage: SealedStage) -> None:
    stage.play(seats=(0, 2, 3))
    assert stage.weights(1) == clear_training(stage, 1)[0]


def test_a_round_that_stands_still_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second round one trainer sends nothing: too few for a sum. The third goes on from the model of the first,
    with what BFGS remembered then."""
    stage = SealedStage(monkeypatch, BFGS(1.0, 0.3))
    stage.play(1)
    for _ in range(120):
        stage.market.now += 5
        stage.submit_all(but=(1,))
        stage.owner.tick()
        for oracle in stage.oracles:
            oracle.tick()
        if len(stage.reveals()) == 2:
            break
    assert words(stage, 1) == [0, MISSED, 0]
    assert reveal(stage, 1).outcome is Outcome.SCORED and reveal(stage, 1).progress_wad == 2 * WAD // 3
    assert stage.state(2).model == stage.state(1).model and stage.state(2).round == 2
    stage.owner = stage.new_owner()
    stage.play(3)
    assert [stage.weights(number) for number in (1, 2, 3)] == [
        clear_training(stage, 1)[0],
        clear_training(stage, 1)[0],
        clear_training(stage, 2)[1],
    ]


def test_the_first_round_stands_still_and_the_second_goes_on(stage: SealedStage) -> None:
    """There is a model of round 0 in round 1, and nothing to remember."""
    for _ in range(60):
        stage.market.now += 10
        stage.submit_all(but=(0, 1, 2))
        stage.owner.tick()
        for oracle in stage.oracles:
            oracle.tick()
        if stage.reveals():
            break
    assert words(stage) == [MISSED] * 3
    stage.play(2)
    assert stage.weights(2) == clear_training(stage, 1)[0]


def test_an_owner_who_is_gone_pays_who_submitted(stage: SealedStage) -> None:
    stage.play(owner=False, seconds=1_400)
    report = reveal(stage)
    assert report.outcome is Outcome.OWNER_STALLED and words(stage) == UNITS
    assert report.progress_wad == WAD // 3
    # Nothing that a member knows leads further: the model is the one that the round began with.
    assert report.model_digest == stage.state(0).document().digest or stage.state(0).round == 0


def test_a_broken_task_is_voted_down(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch, terms={"harm_penalty_bps": 5})
    stage.play()
    assert reveal(stage).outcome is Outcome.ABORTED
    assert all("vote" in writer.names and "commitWork" not in writer.names for writer in stage.writers)


def test_trainers_stay_away_from_terms_that_tell_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch, terms={"rounds": 5})
    stage.submit_all()
    assert stage.snapshot().submissions(0) == {}


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


# ---------------------------------------------------------------------- the price of a round


def test_an_open_model_task_may_be_paid_per_round_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """R2: the report says (round + 1) / rounds, whatever the committee measured; the state keeps what it measured."""
    stage = Stage(monkeypatch)
    params = stage.market.tasks[stage.task_id].state.params
    stage.market.change(stage.task_id, params=replace(params, progress_rule=ProgressRule.PER_ROUND, rounds=7))
    for index in range(len(UNITS)):
        stage.submit(index)
    stage.play()
    report = reveal(stage)
    assert report.outcome is Outcome.SCORED and report.progress_wad == WAD // 7
    assert all(score > 0 for score in unpack_scores(report.scores))
    state = stage.views[0]._states.read(stage.snapshot(), stage.spec, 1)
    assert 0 < state.progress_wad != report.progress_wad
    for index in range(len(UNITS)):
        stage.submit(index)
    stage.play(until_round=2)
    assert reveal(stage, 1).progress_wad == 2 * WAD // 7


# ---------------------------------------------------------------------- secrets


def test_no_secret_is_logged(stage: SealedStage, capsys: pytest.CaptureFixture) -> None:
    """A round and a half with everything that is said: no prime, no weight, no mask, no seed, no opened residue."""
    with capture_logs() as logs:
        stage.play()
        weights = stage.weights(1)
        stage.owner_writer.failures["announce"] = Refused("no")
        stage.play(2, seconds=30)
    printed = capsys.readouterr()
    said = repr(logs) + printed.out + printed.err + repr(vars(stage.owner))
    for prime in (ALICE.p, ALICE.q):
        assert str(prime) not in said and f"{prime:x}" not in said.lower()
    assert "AGE-SECRET" not in said and repr(weights) not in said
    seeds = [
        seed
        for views in stage.views
        for blobs in views._evidence._blobs.values()
        for blob in blobs.opened.values()
        for seed in blob.seeds.values()
    ]
    assert seeds
    for secret in [*seeds, *stage.salt_keys]:
        assert secret.hex() not in said.lower() and repr(secret) not in said
