"""The agent and its owner's privacy budget: no task that could take too much, no round that would, nothing twice."""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deltaml.board import snapshot as snapshot_module
from deltaml.chain.events import TrainerJoined
from deltaml.chain.types import Status
from deltaml.client.budget_file import BudgetFile
from deltaml.client.disclosure import round_release
from deltaml.client.owner import prepare, publish_task
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.errors import Refused, Unavailable
from deltaml.learning import PrivacyBudget, TaskAccount, noise_multiplier_for
from deltaml.protocol.spec import MICRO
from deltaml.storage import MemoryStore
from tests.python.board.fakes import WHERE, FakeLog, FakeMarket, FakeWriter, account, params
from tests.python.client.drafts import draft, table
from tests.python.client.test_trainer import ME, OWNER, SEATS, TRAINER
from tests.python.oracles.sealed_stage import SealedStage, rows

pytestmark = pytest.mark.unit

ROUNDS, DELTA, CLIP = 2, 1e-6, 1.0
ENOUGH = 2 * CLIP * noise_multiplier_for(1.0, DELTA, ROUNDS)
"""Noise per weight that makes all rounds together (1, DELTA)-private for exchanging all of the data."""


@pytest.fixture(autouse=True)
def _no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)


@pytest.fixture
def file(tmp_path: Path) -> BudgetFile:
    found = BudgetFile(tmp_path / "mine.json")
    found.allow(1.0, DELTA)
    return found


class Stage:
    """A task of two rounds, and agents of its third trainer."""

    def __init__(self, file: BudgetFile, task_noise: float = 0.0, status: Status = Status.TRAINING) -> None:
        self.file, self.store, self.market = file, MemoryStore(), FakeMarket()
        self.market.committee = list(SEATS)
        prepared = prepare(draft(privacy__noise=task_noise), table(), OWNER.recipient)
        spec_digest, model_digest = publish_task(prepared, tuple(SEATS), self.store)
        given = params(spec_digest=spec_digest, model_digest=model_digest, rounds=ROUNDS)
        self.task_id = self.market.post(given, [TRAINER.recipient] * 5, [2] * 5)
        self.name = f"31337/{WHERE.market}/{self.task_id}/{ME}"
        if status is Status.JOINING:
            self.market.change(self.task_id, status=status, join_ends_at=self.market.now + 100)
            events = self.market.tasks[self.task_id].events
            events[:] = [event for event in events if not isinstance(event, TrainerJoined)]

    def agent(self, noise: float = 0.0, account: str = ME) -> TrainerAgent:
        self.writer = FakeWriter(self.market, account)
        return TrainerAgent(
            self.market,  # type: ignore[arg-type]
            self.market,  # type: ignore[arg-type]
            self.writer,
            self.store,
            TRAINER,
            account,
            Consent(self.task_id, 2, round(noise * MICRO)),
            table(),
            budget=self.file,
        )

    @property
    def account(self) -> TaskAccount:
        return self.file.read().tasks.get(self.name, TaskAccount())


def test_a_task_that_could_take_too_much_is_not_joined(file: BudgetFile) -> None:
    stage = Stage(file, status=Status.JOINING)
    with capture_logs() as logs:
        assert stage.agent(0.99 * ENOUGH).tick(), "it has nothing to wait for"
    assert stage.writer.sent == [] and not file.read().tasks
    assert logs[-1]["event"] == "not joining: over the privacy budget"
    assert "wants 2 rounds, but 1 are left within ε = 1, δ = 1e-06; noise of" in logs[-1]["why"]


def test_a_task_without_noise_takes_a_consent_without_a_limit(file: BudgetFile) -> None:
    stage = Stage(file, status=Status.JOINING)
    with capture_logs() as logs:
        assert stage.agent().tick()
    assert "would go out without noise" in logs[-1]["why"]
    file.allow(inf, DELTA)
    assert not stage.agent().tick()
    assert stage.writer.names[-1] == "join"


@pytest.mark.parametrize(("own", "asked"), [(ENOUGH, 0.0), (0.0, ENOUGH)])
def test_all_rounds_are_reserved_before_any_money_moves(file: BudgetFile, own: float, asked: float) -> None:
    stage = Stage(file, task_noise=asked * (1 + 1e-6), status=Status.JOINING)
    agent = stage.agent(own * (1 + 1e-6))
    stage.writer.failures["approve"] = Refused("no tokens")
    assert not agent.tick()
    assert stage.account.planned == ROUNDS
    assert file.read().promised_epsilon == pytest.approx(1.0, rel=1e-4)
    stage.writer.failures.clear()
    assert not agent.tick()
    assert stage.writer.names[-1] == "join" and stage.account.planned == ROUNDS


def test_another_task_finds_what_the_first_left(file: BudgetFile) -> None:
    first = Stage(file, status=Status.JOINING)
    first.agent(ENOUGH * 1.01).tick()
    second = Stage(file, status=Status.JOINING)
    second.name = second.name.replace(f"/{second.task_id}/", "/99/")
    assert second.agent(ENOUGH * 1.01, account(105)).tick()
    assert second.writer.sent == []


def test_a_round_is_on_disk_before_its_update_is_anywhere(file: BudgetFile, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(file)
    known: list[set[int]] = []
    put = stage.store.put
    monkeypatch.setattr(stage.store, "put", lambda data: (known.append(set(stage.account.rounds)), put(data))[1])
    stage.agent(ENOUGH * 1.01).tick()
    assert stage.writer.names == ["submitUpdate"]
    assert known and all(rounds == {0} for rounds in known)


def test_a_round_made_again_after_a_crash_counts_once(file: BudgetFile) -> None:
    stage = Stage(file)
    agent = stage.agent(ENOUGH * 1.01)
    stage.writer.failures["submitUpdate"] = Unavailable("killed")
    agent.tick()
    once = stage.account
    assert set(once.rounds) == {0}
    assert not stage.agent(ENOUGH * 1.01).tick()
    assert stage.writer.names == ["submitUpdate"] and stage.account == once


def test_training_that_fails_takes_nothing(file: BudgetFile) -> None:
    stage = Stage(file)
    agent = stage.agent(ENOUGH * 1.01)
    agent.table = None
    assert not agent.tick()
    assert not stage.account.rounds


def test_a_round_beyond_the_budget_stays_here_and_is_said_once(file: BudgetFile) -> None:
    stage = Stage(file)
    file.allow(0.1, DELTA)
    before = set(stage.store.blocks)
    with capture_logs() as logs:
        agent = stage.agent(ENOUGH)
        assert not agent.tick() and not agent.tick()
    assert stage.writer.sent == [] and set(stage.store.blocks) == before
    assert [log["event"] for log in logs] == ["sending nothing: over the privacy budget"]
    assert "round 0 of task" in logs[0]["why"]
    file.allow(1.0, DELTA)
    assert not stage.agent(ENOUGH * 1.01).tick()
    assert stage.writer.names == ["submitUpdate"]


def test_who_ran_out_of_budget_still_collects(file: BudgetFile) -> None:
    stage = Stage(file)
    file.allow(0.1, DELTA)
    agent = stage.agent(ENOUGH)
    agent.tick()
    stage.market.change(stage.task_id, status=Status.COMPLETED)
    agent.tick()
    assert stage.writer.names == ["leave"]


def test_rounds_that_only_the_chain_remembers_are_counted(file: BudgetFile) -> None:
    stage = Stage(file)
    stage.agent(ENOUGH * 1.01).tick()
    lost = stage.account.rounds
    file.path.unlink()
    file.allow(1.0, DELTA)
    assert not stage.agent(ENOUGH * 1.01).tick()
    assert stage.writer.sent == [] and stage.account.rounds == lost


def test_what_a_finished_task_did_not_use_is_free_again(file: BudgetFile) -> None:
    stage = Stage(file, status=Status.JOINING)
    stage.agent(ENOUGH * 1.01).tick()
    reserved = file.read()
    assert reserved.left < reserved.total / 10
    stage.market.change(stage.task_id, status=Status.TRAINING)
    assert stage.agent(ENOUGH * 1.01).tick(), "it started without this trainer"
    assert file.read() == PrivacyBudget(1.0, DELTA)


def test_the_rounds_of_a_finished_task_stay_spent(file: BudgetFile) -> None:
    stage = Stage(file)
    agent = stage.agent(ENOUGH * 1.01)
    agent.tick()
    stage.market.change(stage.task_id, status=Status.FAILED, unsettled=1)
    assert not agent.tick()
    assert stage.account.planned == 0 and set(stage.account.rounds) == {0}
    assert 0 < file.read().spent_epsilon == file.read().promised_epsilon < 1


def test_two_accounts_with_one_data_set_show_twice_as_much(file: BudgetFile) -> None:
    stage = Stage(file)
    stage.agent(ENOUGH * 1.01).tick()
    stage.agent(ENOUGH * 1.01, account(104)).tick()
    assert len(file.read().tasks) == 2
    one = max(task.spent for task in file.read().tasks.values())
    assert sum(task.spent for task in file.read().tasks.values()) == pytest.approx(2 * one)


def test_a_budget_that_is_lost_stops_the_agent(file: BudgetFile) -> None:
    stage = Stage(file)
    file.path.unlink()
    with capture_logs() as logs:
        assert not stage.agent(ENOUGH).tick()
    assert stage.writer.sent == [] and "there is no privacy budget" in logs[-1]["why"]


# ---------------------------------------------------------------------- sealed-model tasks


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., SealedStage]:
    return lambda **changes: SealedStage(monkeypatch, **changes)


def sealed_agent(stage: SealedStage, file: BudgetFile, noise: float) -> TrainerAgent:
    agent = stage.new_trainer(0, rows(0), round(noise * MICRO))
    agent._budget = file
    return agent


def test_a_sealed_round_is_counted_too(sealed: Callable[..., SealedStage], file: BudgetFile) -> None:
    stage = sealed()
    noise = 30 * stage.spec.clip_norm
    agent = sealed_agent(stage, file, noise)
    agent.tick()
    (account,) = file.read().tasks.values()
    assert account.rounds == {0: pytest.approx((2 * stage.spec.clip_norm / noise) ** 2, rel=1e-3)}
    assert set(stage.snapshot().submissions(0)) == {0}


def test_a_sealed_round_beyond_the_budget_stays_here(sealed: Callable[..., SealedStage], file: BudgetFile) -> None:
    stage = sealed()
    sealed_agent(stage, file, 0.0).tick()
    assert not stage.snapshot().submissions(0) and not file.read().tasks


def test_rounding_counts_as_part_of_what_a_sealed_update_shows(sealed: Callable[..., SealedStage]) -> None:
    spec = sealed().spec
    fine, coarse = (round_release(replace(spec, data_bits=bits), MICRO) for bits in (32, 8))
    assert 2 * spec.clip_norm < fine.sensitivity < coarse.sensitivity
    assert fine.facts == spec.n_checks + 1
