"""The data owner's agent in a sealed-model task: refuses what would tell too much before money moves, adds the noise it
was told to, and sends nothing but ciphertexts that keep the bound."""

from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from deltaml.chain.events import TrainerJoined
from deltaml.chain.types import ProgressRule, Status
from deltaml.client.sealed_trainer import SealedTraining, fixed_point_data
from deltaml.client.table import Table
from deltaml.client.trainer import TrainerAgent
from deltaml.errors import Unavailable
from deltaml.protocol.document import Document
from deltaml.protocol.sealed.blobs import ciphertexts_in, open_sealed_update
from deltaml.protocol.spec import MICRO
from deltaml.sealing import ring_masks
from tests.python.board.fakes import account
from tests.python.oracles.sealed_stage import SealedStage, rows
from tests.python.protocol.sealed.board import make_spec
from tests.python.sealing.owner_keys import ALICE

pytestmark = pytest.mark.unit

ME = 0


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SealedStage:
    return SealedStage(monkeypatch)


def joining(stage: SealedStage, agent: TrainerAgent | None = None) -> list[str]:
    """What the agent sends while trainers join."""
    stage.market.change(stage.task_id, status=Status.JOINING, join_ends_at=stage.market.now + 100)
    events = stage.market.tasks[stage.task_id].events
    events[:] = [event for event in events if not isinstance(event, TrainerJoined)]
    agent = agent or stage.trainers_at_work[ME]
    assert not agent.tick()
    names: list[str] = agent._writer.names  # type: ignore[attr-defined]
    return names


# ---------------------------------------------------------------------- before money moves


def test_it_joins_a_task_whose_terms_are_good(stage: SealedStage) -> None:
    assert joining(stage) == ["approve", "deposit", "join"]


TERMS: list[tuple[dict[str, Any], str]] = [
    ({"rounds": 5}, "use at most 4 rounds"),
    ({"progress_rule": ProgressRule.MEASURED}, "pays per round"),
    ({"harm_penalty_bps": 1}, "no penalty for harm"),
]


@pytest.mark.parametrize(("terms", "said"), TERMS)
def test_terms_that_tell_too_much_are_refused(
    monkeypatch: pytest.MonkeyPatch, terms: dict[str, Any], said: str
) -> None:
    stage = SealedStage(monkeypatch, terms=terms)
    with capture_logs() as logs:
        assert joining(stage) == []
    assert said in logs[-1]["why"]


@pytest.mark.parametrize("changes", [{"key_proof": b""}, {"fraction_bits": 33}])
def test_a_specification_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    assert joining(SealedStage(monkeypatch, **changes)) == []


def without(name: str) -> Table:
    return Table({other: cells for other, cells in rows(0).columns.items() if other != name})


def with_cell(name: str, cell: str) -> Table:
    columns = rows(0).columns
    return Table({**columns, name: [cell, *columns[name][1:]]})


@pytest.mark.parametrize(
    "table",
    [without("x1"), without("y"), with_cell("x0", "many"), with_cell("y", "nan"), with_cell("x0", "1e200")],
    ids=["no column", "no target", "a word", "no number", "squares that overflow"],
)
def test_a_file_that_does_not_fit_is_found_before_any_money_moves(stage: SealedStage, table: Table) -> None:
    assert joining(stage, stage.new_trainer(ME, table)) == []


# ---------------------------------------------------------------------- what is sent


def opened(stage: SealedStage, document: Document | None = None, index: int = ME) -> list[int]:
    """What a blob holds, by the owner and the whole committee together."""
    document = document or Document(stage.snapshot().submissions(0)[index], stage.store)
    seeds: dict[int, bytes] = {}
    for seat, member in enumerate(stage.members):
        blob = open_sealed_update(stage.spec, document, stage.header(account(101 + index)), 4, seat, member)
        seeds |= blob.seeds
    residues = ALICE.decrypt(ciphertexts_in(blob.masked, stage.spec))
    masks = ring_masks([seeds[index] for index in sorted(seeds)], len(residues), ALICE.public)
    n = ALICE.public.n
    values = [(residue - mask) % n for residue, mask in zip(residues, masks, strict=True)]
    return [value - n if value > n // 2 else value for value in values]


def test_it_sends_its_gradient_under_both_locks(stage: SealedStage) -> None:
    agent = stage.trainers_at_work[ME]
    assert not agent.tick() and not agent.tick()
    assert agent._writer.names == ["submitUpdate"], "once"  # type: ignore[attr-defined]
    # At weights of zero the gradient is -b.
    assert opened(stage) == fixed_point_data(stage.spec, rows(ME))[1]


def test_nothing_of_the_table_leaves_in_the_clear(stage: SealedStage) -> None:
    before = set(stage.store.blocks)
    stage.trainers_at_work[ME].tick()
    cells = [cell.encode() for cells in rows(ME).columns.values() for cell in cells if len(cell) > 4]
    matrix, offset = fixed_point_data(stage.spec, rows(ME))
    numbers = [int(v).to_bytes(8, "little", signed=True) for v in matrix.flat if abs(int(v)) > 1 << 16]
    numbers += [abs(v).to_bytes(16, "little").rstrip(b"\0") for v in offset]
    for digest in set(stage.store.blocks) - before:
        assert not any(secret in stage.store.blocks[digest] for secret in cells + numbers)


def test_two_blobs_of_one_update_have_nothing_in_common(stage: SealedStage) -> None:
    agent = stage.trainers_at_work[ME]
    documents = [agent.make_sealed_blob(stage.snapshot(), stage.spec) for _ in range(2)]
    assert opened(stage, documents[0]) == opened(stage, documents[1])
    first, second = (
        open_sealed_update(stage.spec, d, stage.header(account(101)), 4, 0, stage.members[0]) for d in documents
    )
    assert not set(ciphertexts_in(first.masked, stage.spec).values) & set(
        ciphertexts_in(second.masked, stage.spec).values
    )
    assert not set(first.seeds.values()) & set(second.seeds.values())


@pytest.mark.parametrize(("asked", "own"), [(MICRO, 0), (0, MICRO), (MICRO // 2, MICRO), (MICRO, MICRO // 2)])
def test_the_larger_noise_is_added(asked: int, own: int) -> None:
    """What the task asks for or what the owner of the data does, and fresh in every round."""
    spec = make_spec(noise_micro=asked, shape={"n_features": 2}, columns=make_spec().columns[:2])
    training = SealedTraining(spec, rows(ME), own)
    _, quiet = fixed_point_data(spec, rows(ME))
    unit = 2.0**spec.product_bits
    noises = [
        [(a - b) / unit for a, b in zip(training.offset(np.random.default_rng(seed)), quiet, strict=True)]
        for seed in range(200)
    ]
    assert np.std(noises) == pytest.approx(1.0, rel=0.15) and abs(np.mean(noises)) < 0.2


def test_noise_reaches_the_blob_and_is_never_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SealedStage(monkeypatch, noise_micro=MICRO)
    agent = stage.trainers_at_work[ME]
    _, quiet = fixed_point_data(stage.spec, rows(ME))
    updates = [opened(stage, agent.make_sealed_blob(stage.snapshot(), stage.spec)) for _ in range(3)]
    unit = 2.0**stage.spec.product_bits
    noises = np.array([[(a - b) / unit for a, b in zip(update, quiet, strict=True)] for update in updates])
    assert (np.abs(noises) > 0).all() and np.abs(noises).max() < 8
    assert len({tuple(update) for update in updates}) == 3
    assert all(sum(value**2 for value in update) <= stage.spec.update_norm**2 for update in updates)


def test_wild_rows_are_scaled_to_the_bound(stage: SealedStage) -> None:
    columns = rows(ME).columns
    wild = Table({name: [f"{cell}e6" for cell in cells] for name, cells in columns.items()})
    stage.new_trainer(ME, wild).tick()
    update = opened(stage)
    assert any(update) and sum(value**2 for value in update) <= stage.spec.update_norm**2


def test_a_model_that_is_gone_is_waited_for(stage: SealedStage) -> None:
    digest = stage.state().model
    block = stage.store.blocks.pop(digest)
    agent = stage.trainers_at_work[ME]
    assert not agent.tick() and not stage.snapshot().submissions(0)
    stage.store.put(block)
    agent.tick()
    assert set(stage.snapshot().submissions(0)) == {ME}


def test_it_never_trains_without_data(stage: SealedStage) -> None:
    agent = stage.trainers_at_work[ME]
    agent.table = None
    assert not agent.tick() and not stage.snapshot().submissions(0)


def test_a_failed_submission_is_tried_again(stage: SealedStage) -> None:
    agent = stage.trainers_at_work[ME]
    failures: Any = agent._writer.failures  # type: ignore[attr-defined]
    failures["submitUpdate"] = Unavailable("gone")
    agent.tick()
    failures.clear()
    agent.tick()
    assert set(stage.snapshot().submissions(0)) == {ME}
