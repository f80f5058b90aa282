"""The owner of a sealed model: the documented file is accepted, every fault in one is named before money moves, and
what is fetched in the end predicts as the model in the clear."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.chain.types import ProgressRule
from deltaml.client.draft import Draft
from deltaml.client.owner import export_model, make_params, predict
from deltaml.client.owner_agent import memory_document
from deltaml.client.sealed_owner import (
    MAX_BFGS_PARAMETERS,
    Stepper,
    is_sealed,
    make_sealed_spec,
    optimiser_of,
    publish_sealed_task,
    quadratic_loss,
)
from deltaml.client.table import Table
from deltaml.errors import InvalidInput
from deltaml.learning import BFGS, Momentum, Plain
from deltaml.protocol.document import Document
from deltaml.protocol.sealed import owner as owner_module
from deltaml.protocol.sealed.messages import SealedModel, SealedState, read_model
from deltaml.protocol.sealed.owner import weights_of
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.specs import decode_spec
from deltaml.sealing import Identity, OwnerKey, encrypt
from deltaml.storage import MemoryStore
from tests.python.client.drafts import draft as open_draft
from tests.python.client.sealed_drafts import LOGISTIC, TASK_FILE, draft, table
from tests.python.protocol.sealed.board import make_spec
from tests.python.sealing.owner_keys import ALICE, BOB

pytestmark = pytest.mark.unit

OWNER = Identity.generate()
TOKEN = "0x" + "11" * 20
NEEDED = {
    "model": ["name", "family"],
    "data": ["purpose", "columns", "target"],
    "privacy": ["clip_norm", "weight_norm"],
    "market": ["rounds", "max_trainers"],
}


def spec_of(given: Draft, rows: Table | None = None, key: OwnerKey = ALICE) -> SealedSpec:
    return make_sealed_spec(given, rows or table(), OWNER.recipient, key)


# ---------------------------------------------------------------------- drafts


def test_the_documented_task_file_is_accepted() -> None:
    given = Draft.read(TASK_FILE)
    assert is_sealed(given) and not is_sealed(open_draft())
    spec = spec_of(given)
    assert spec.public_key == ALICE.public and spec.n_parameters == 5
    assert (spec.weight_norm, spec.clip_norm, spec.max_weight_sum) == (8.0, 64.0, 5)
    assert isinstance(optimiser_of(given, spec), BFGS)
    params = make_params(given, TOKEN, bytes(32), bytes(32))
    assert params.progress_rule is ProgressRule.PER_ROUND and params.harm_penalty_bps == 0
    spec.require_terms(params.rounds, True, params.harm_penalty_bps)
    assert spec.max_weight_sum >= params.max_trainers * params.max_units


@pytest.mark.parametrize(("section", "name"), [(section, name) for section, names in NEEDED.items() for name in names])
def test_what_is_missing_is_named(section: str, name: str) -> None:
    with pytest.raises(InvalidInput, match=rf"\[{section}\] {name} is missing"):
        spec_of(draft(**{f"{section}__{name}": ...}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"progress__per_round": False}, "pays per round, not by measured progress"),
        ({"progress__per_round": ...}, "pays per round"),
        ({"progress__per_round": 1}, r"\[progress\] per_round: expected bool"),
        ({"market__harm_penalty_bps": 1}, "no penalty for harm"),
        ({"market__rounds": 10}, "use at most 9 rounds"),
        ({"model__family": "softmax"}, r"spec\.family"),
        ({"model__family": "logistic"}, "two classes"),
        ({"privacy__weight_norm": 0.0}, r"spec\.weight_norm_micro"),
        ({"privacy__weight_norm": float("nan")}, r"\[privacy\] weight_norm: expected a finite number"),
        ({"privacy__clip_norm": 1e6, "privacy__weight_norm": 1e-6, "training__data_bits": 32}, "too large for data_b"),
        ({"training__data_bits": 33}, r"spec\.data_bits"),
        ({"training__data_bits": 32, "training__fraction_bits": 32, "training__gradient_bits": 32}, "may need"),
        ({"privacy__min_updates": 2}, r"spec\.min_updates"),
        ({"model__sealed": "yes"}, r"\[model\] sealed: expected bool"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        given = draft(**changes)
        is_sealed(given)
        spec_of(given)


def test_a_key_of_no_whole_words_is_named() -> None:
    """OwnerKey makes such keys; no task takes them."""
    with pytest.raises(InvalidInput, match=r"spec\.key: 2050 bits; expected a multiple of 64"):
        spec_of(draft(), key=OwnerKey.generate(2050))


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ({}, BFGS(1.0, 0.1)),
        ({"optimiser": "bfgs", "learning_rate": 0.5, "first_rate": 0.2}, BFGS(0.5, 0.2)),
        ({"optimiser": "plain", "learning_rate": 1}, Plain(1.0)),
        ({"optimiser": "momentum", "learning_rate": 0.5}, Momentum(0.5, 0.9)),
        ({"optimiser": "momentum", "learning_rate": 0.5, "momentum": 0.0}, Momentum(0.5, 0.0)),
    ],
)
def test_how_the_owner_steps(owner: dict[str, Any], expected: Any) -> None:
    assert optimiser_of(Draft({**draft().values, "owner": owner}), make_spec()) == expected


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        ({"optimiser": "adam"}, r"\[owner\] optimiser: expected plain, momentum or bfgs, got 'adam'"),
        ({"optimiser": 5}, r"\[owner\] optimiser: expected str"),
        ({"optimiser": "plain"}, r"\[owner\] learning_rate is missing"),
        ({"optimiser": "plain", "learning_rate": -1.0}, "learning_rate"),
        ({"optimiser": "bfgs", "first_rate": 0.0}, "first_rate"),
        ({"optimiser": "momentum", "learning_rate": 1.0, "momentum": 1.0}, "momentum"),
        (5, "owner is a value"),
    ],
)
def test_how_the_owner_can_not_step(owner: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        optimiser_of(Draft({**draft().values, "owner": owner}), make_spec())


def test_bfgs_remembers_no_more_than_a_block_holds() -> None:
    """A square matrix of floats as JSON, at its longest: 24 characters and a comma each."""

    def sized(size: int) -> SealedSpec:
        columns = (make_spec().columns * size)[: size - 1]
        return make_spec(shape={"n_features": size - 1}, columns=columns)

    largest = sized(MAX_BFGS_PARAMETERS)
    optimiser = optimiser_of(draft(), largest)
    assert isinstance(optimiser, BFGS)
    values = np.full(MAX_BFGS_PARAMETERS, -1.2345678901234567e-100)
    state = optimiser.initial(MAX_BFGS_PARAMETERS)
    full = replace(state, inverse_hessian=np.outer(values, np.ones(len(values))), weights=values, gradient=values)
    assert memory_document(full.to_map()).top["type"] == "deltaml/owner-memory/1"
    with pytest.raises(InvalidInput, match="use momentum"):
        optimiser_of(draft(), sized(MAX_BFGS_PARAMETERS + 1))
    assert optimiser_of(Draft({"owner": {"optimiser": "plain", "learning_rate": 1.0}}), sized(1000)) == Plain(1.0)


@pytest.mark.parametrize("big", ["1e200", "-1e300", "1e308"])
def test_numbers_whose_squares_overflow_are_named(big: str) -> None:
    """Finite, and still nothing that can be computed with."""
    columns = table().columns
    for name in ("age", "progression"):
        rows = Table({**columns, name: [big, *columns[name][1:]]})
        with pytest.raises(InvalidInput, match="too large"):
            quadratic_loss(spec_of(draft()), rows)


# ---------------------------------------------------------------------- what is published


@pytest.mark.parametrize("changes", [{}, LOGISTIC], ids=["linear", "logistic"])
def test_what_is_published_starts_from_zero_and_says_nothing_of_the_rows(changes: dict[str, Any]) -> None:
    store, spec = MemoryStore(), spec_of(draft(**changes))
    spec_digest, model_digest = publish_sealed_task(spec, store)
    assert decode_spec(store.get(spec_digest, 1 << 20)) == spec
    state = SealedState.decode(Document(model_digest, store), 4)
    assert (state.round, state.carried, state.progress_wad) == (0, (0,) * 4, 0)
    model = read_model(store, state.model, spec, 0)
    assert not weights_of(spec, ALICE, model).any()
    assert len(set(model.weights.values)) == spec.n_parameters, "each with randomness of its own"
    cells = [cell.encode() for cells in table().columns.values() for cell in cells if len(cell) > 4]
    primes = [prime.to_bytes(128, "big") for prime in (ALICE.p, ALICE.q)]
    for block in store.blocks.values():
        assert not any(secret in block for secret in [*cells, *primes])


def test_two_postings_of_one_task_are_not_linked() -> None:
    spec = spec_of(draft())
    digests = {publish_sealed_task(spec, MemoryStore())[1] for _ in range(2)}
    assert len(digests) == 2


# ---------------------------------------------------------------------- the model in the end


@pytest.mark.parametrize("changes", [{}, LOGISTIC], ids=["linear", "logistic"])
def test_a_sealed_model_predicts_as_the_clear_one(changes: dict[str, Any]) -> None:
    rows, spec = table(), spec_of(draft(**changes))
    weights = np.random.default_rng(3).normal(size=spec.n_parameters)
    fixed = spec.weights_format().encode(weights)
    model = SealedModel(4, encrypt(spec.public_key, [int(weight) for weight in fixed]))
    exported = export_model(spec, 4, weights_of(spec, ALICE, model), {})
    assert [int(weight) for weight in fixed] == json.loads(exported)["weights"]
    X = np.stack([(rows.numbers(c.name) - c.center_micro / 1e6) / (c.scale_micro / 1e6) for c in spec.columns], axis=1)
    clear = spec.model().predict(weights, X)
    if changes:
        assert predict(exported, rows) == [("no", "yes")[int(answer)] for answer in clear]
    else:
        target = spec.target
        expected = clear * target.scale_micro / 1e6 + target.center_micro / 1e6
        assert predict(exported, rows) == pytest.approx(expected.tolist(), rel=1e-4)


def test_another_key_opens_no_model() -> None:
    spec = make_spec()
    model = SealedModel(0, encrypt(spec.public_key, [1, -2, 3, 0, 5]))
    assert weights_of(spec, ALICE, model).tolist() == [1, -2, 3, 0, 5]
    with pytest.raises(InvalidInput, match="not under this one"):
        weights_of(spec, BOB, model)


@pytest.mark.parametrize("weight", [2**62, -(2**62), 2**1000])
def test_numbers_that_are_no_weights(weight: int) -> None:
    spec = make_spec()
    model = SealedModel(0, encrypt(spec.public_key, [0, 0, weight, 0, 0]))
    with pytest.raises(InvalidInput, match="no weights under this key"):
        weights_of(spec, ALICE, model)
    assert owner_module.weights_of is weights_of


# ---------------------------------------------------------------------- the step


@pytest.mark.parametrize("optimiser", [Plain(1e6), Momentum(1e6, 0.9), BFGS(1e6, 1e6)])
def test_whatever_the_rates_a_step_keeps_what_the_task_says(optimiser: Any) -> None:
    """Weights within weight_norm, by which trainers scale; a direction within what members accept."""
    spec = make_spec()
    stepper = Stepper(spec, optimiser, quadratic_loss(spec_of(draft()), table()))
    weights, memory = np.zeros(5, dtype=np.int64), None
    rng = np.random.default_rng(0)
    for _ in range(4):
        total = [int(v) for v in rng.integers(-(2**62), 2**62, size=5)]
        stepped = stepper(weights, memory, total, 3)
        weights, memory = stepped.weights, json.loads(json.dumps(stepped.memory))
        assert np.linalg.norm(weights / 2.0**spec.fraction_bits) <= spec.weight_norm
        assert sum(int(h) ** 2 for h in stepped.direction) <= spec.direction_norm**2
