"""Rounds of a sealed model with the real oracles, owner's agent and trainers over a market in memory: honest ones, and
those in which somebody is killed, gone or late."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from deltaml.board import OwnPosts
from deltaml.chain.events import Voted, WorkOpened
from deltaml.chain.types import Outcome, ProgressRule
from deltaml.client.owner import export_model, predict
from deltaml.client.owner_agent import OwnerAgent
from deltaml.client.sealed_owner import Stepper, quadratic_loss
from deltaml.client.table import Table
from deltaml.errors import Refused, Unavailable
from deltaml.learning import BFGS, Momentum, Plain
from deltaml.protocol.kinds import Kind
from deltaml.protocol.score_tree import MISSED, unpack_scores
from deltaml.protocol.spec import MICRO, Target
from tests.python.oracles.sealed_stage import SealedStage, clear_training, reveal, rows, words
from tests.python.oracles.stage import UNITS, N, Stage
from tests.python.sealing.owner_keys import ALICE, BOB

pytestmark = pytest.mark.unit

WAD = 10**18
KEY = ALICE.public


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SealedStage:
    return SealedStage(monkeypatch)


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
