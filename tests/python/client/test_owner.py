"""The owner's side: the documented task file is accepted, every fault in one is named, and a model predicts."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deltaml.chain.types import ZERO_ADDRESS, Outcome, ProgressRule, SeatState
from deltaml.client.draft import Draft, standardised_columns
from deltaml.client.owner import (
    export_state,
    make_params,
    make_spec,
    newest_round,
    predict,
    prepare,
    publish_task,
)
from deltaml.client.table import Table
from deltaml.errors import InvalidInput
from deltaml.protocol.document import Document, fetch_sealed
from deltaml.protocol.messages import State
from deltaml.protocol.spec import MICRO, OpenSpec
from deltaml.protocol.stepping import check_initial
from deltaml.protocol.validation import read_validation
from deltaml.sealing import Identity
from deltaml.storage import MemoryStore
from tests.python.client.drafts import TASK_FILE, draft, table

pytestmark = pytest.mark.unit

OWNER = Identity.generate()
TOKEN = "0x" + "11" * 20
NEEDED = {
    "model": ["name", "family"],
    "data": ["purpose", "columns", "target"],
    "training": ["epochs", "learning_rate"],
    "privacy": ["clip_norm"],
    "progress": ["baseline_loss", "target_loss"],
    "market": [
        "committee",
        "pool",
        "fee_per_round",
        "rounds",
        "max_trainers",
        "unit_stake",
        "join_seconds",
        "submit_seconds",
        "commit_seconds",
        "vote_seconds",
        "challenge_seconds",
    ],
}


def spec_of(given: Draft, rows: Table | None = None) -> OpenSpec:
    return make_spec(given, rows or table(), OWNER.recipient)


def both(given: Draft) -> None:
    spec_of(given)
    make_params(given, TOKEN, bytes(32), bytes(32))


def test_the_documented_task_file_is_accepted() -> None:
    given = Draft.read(TASK_FILE)
    spec = spec_of(given)
    assert spec.name == "Diabetes risk" and spec.family == "logistic"
    assert spec.target.classes == ("no", "yes") and spec.validation_rows == 30
    assert spec.learning_rate_micro == 100_000 and spec.l2_nano == 1_000_000
    assert spec.max_weight_sum == 20 and spec.owner_recipient == OWNER.recipient
    params = make_params(given, TOKEN, bytes([1]) * 32, bytes([2]) * 32)
    assert (params.pool, params.fee_per_round) == (1000 * 10**18, 10 * 10**18)
    assert (params.arbiter, params.progress_rule) == (ZERO_ADDRESS, ProgressRule.MEASURED)
    assert (params.spec_digest, params.model_digest) == (bytes([1]) * 32, bytes([2]) * 32)
    assert params.vote_window > 2 * params.commit_window
    assert params.rounds * params.miss_penalty <= params.unit_stake


def test_the_documented_defaults_are_the_real_ones() -> None:
    """Every line whose value is a default may be deleted without changing the task."""
    full = Draft.read(TASK_FILE)
    defaults = {
        "data": ["least_scale"],
        "training": ["momentum", "fraction_bits", "gradient_bits", "public_steps", "drop_negative", "seed"],
        "privacy": ["noise", "gradient_norm", "min_updates"],
        "progress": ["rule", "per_round"],
        "market": ["min_trainers", "max_units", "harm_penalty_bps", "challenge_bond", "turn_seconds"],
    }
    short = draft(**{f"{section}__{name}": ... for section, names in defaults.items() for name in names})
    assert spec_of(short) == spec_of(full)
    assert make_params(short, TOKEN, bytes(32), bytes(32)) == make_params(full, TOKEN, bytes(32), bytes(32))
    assert np.array_equal(
        prepare(short, table(), OWNER.recipient).state.weights, prepare(full, table(), OWNER.recipient).state.weights
    )


@pytest.mark.parametrize(("section", "name"), [(section, name) for section, names in NEEDED.items() for name in names])
def test_what_is_missing_is_named(section: str, name: str) -> None:
    with pytest.raises(InvalidInput, match=rf"\[{section}\] {name} is missing"):
        both(draft(**{f"{section}__{name}": ...}))


@pytest.mark.parametrize("section", sorted(NEEDED))
def test_a_missing_or_misused_section_is_named(section: str) -> None:
    values = dict(draft().values)
    with pytest.raises(InvalidInput, match=section):
        both(Draft({**values, section: 5}))
    del values[section]
    with pytest.raises(InvalidInput, match=rf"\[{section}\]"):
        both(Draft(values))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("model__name", 5, r"\[model\] name: expected str"),
        ("training__epochs", 1.5, r"\[training\] epochs: expected int"),
        ("training__epochs", True, r"\[training\] epochs: expected int"),
        ("training__epochs", 0, r"spec\.epochs"),
        ("training__learning_rate", "fast", r"\[training\] learning_rate: expected float"),
        ("training__learning_rate", float("nan"), r"\[training\] learning_rate: expected a finite number"),
        ("market__pool", float("inf"), r"\[market\] pool: expected a finite number"),
        ("privacy__clip_norm", -1.0, r"spec\.clip_norm_micro"),
        ("privacy__min_updates", 2, r"spec\.min_updates"),
        ("training__drop_negative", 1, r"\[training\] drop_negative: expected bool"),
        ("progress__rule", "cubic", r"\[progress\] rule: expected linear or log"),
        ("progress__target_loss", 0.9, "must be below baseline"),
        ("model__family", "forest", r"spec\.family"),
        ("model__family", "linear", "predicts a number"),
        ("model__family", "mlp", r"\[model\] hidden is missing"),
        ("data__columns", [], r"n_features"),
        ("data__columns", ["age", "age"], r"\[data\] columns: expected distinct names"),
        ("data__columns", ["age", 5], r"\[data\] columns: expected distinct names"),
        ("data__columns", [["age"]], r"\[data\] columns: expected distinct names"),
        ("data__columns", ["age", "height"], "column 'height' is missing"),
        ("data__classes", ["yes"], "at least two labels"),
        ("data__target", "age", "is not one of no, yes"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        given = draft(**{path: value})
        both(given)
        prepare(given, table(), OWNER.recipient)


@pytest.mark.parametrize("content", [b"[model", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_not_toml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "task.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"can't read the task file .*task\.toml"):
        Draft.read(path)
    with pytest.raises(InvalidInput, match="can't read the task file"):
        Draft.read(tmp_path / "none.toml")


def test_constant_columns_keep_their_scale() -> None:
    """0.1 + 0.2 style spreads count as none: dividing by them would blow up everybody else's rows."""
    rows = Table({"a": ["3"] * 3, "b": ["0.1"] * 3, "c": ["1", "3", "2"], "d": ["0.001", "0.003", "0.002"]})
    columns = standardised_columns(rows, ["a", "b", "c", "d"], 0.0)
    assert [column.center_micro for column in columns] == [3 * MICRO, MICRO // 10, 2 * MICRO, 2000]
    assert [column.scale_micro for column in columns] == [MICRO, MICRO, 816_497, 816]
    assert [column.scale_micro for column in standardised_columns(rows, ["a", "c", "d"], 0.9)] == [
        MICRO,
        900_000,
        900_000,
    ]


NUMBER = {"model__family": "linear", "data__classes": ..., "data__target": "dose", "progress__baseline_loss": 1.0}
FAMILIES: dict[str, dict[str, Any]] = {
    "logistic": {},
    "softmax": {"model__family": "softmax"},
    "mlp": {"model__family": "mlp", "model__hidden": 4},
    "linear": NUMBER,
}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_what_is_published_is_what_a_committee_accepts(family: str) -> None:
    members = [Identity.generate() for _ in range(4)]
    seats = tuple(SeatState(f"0x{i:040x}", member.recipient, 1, False) for i, member in enumerate(members))
    store = MemoryStore()
    prepared = prepare(draft(**FAMILIES[family]), table(), OWNER.recipient)
    spec_digest, model_digest = publish_task(prepared, seats, store)
    spec = OpenSpec.decode(store.get(spec_digest, 1 << 20))
    for member in members:
        validation = read_validation(spec, fetch_sealed(spec.validation, member, store, 1 << 24))
        state = State.decode(Document(model_digest, store), spec.model().n_parameters, 5)
        assert check_initial(spec, validation, state) is None
    assert replace(spec, validation=bytes(32)) == prepared.spec


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_an_exported_model_predicts_as_the_model_does(family: str) -> None:
    rows = table()
    prepared = prepare(draft(**FAMILIES[family]), rows, OWNER.recipient)
    rng = np.random.default_rng(1)
    weights = prepared.spec.weights_format().encode(rng.normal(size=len(prepared.state.weights)))
    exported = export_state(prepared.spec, replace(prepared.state, weights=weights))
    answers = predict(exported, rows)
    model = prepared.spec.model()
    expected = model.predict(prepared.spec.weights_format().decode(weights), prepared.validation.X)
    if family == "linear":
        dose = rows.numbers("dose")
        assert answers == pytest.approx((expected * dose.std() + dose.mean()).tolist(), rel=1e-5)
    else:
        assert set(answers) == {"no", "yes"}
        assert answers == [("no", "yes")[int(answer)] for answer in expected]
    said = json.loads(exported)
    assert all(isinstance(weight, int) for weight in said["weights"])
    assert set(said["metric"]) == {model.metric_name}


@pytest.mark.parametrize("broken", ["", "{}", "[]", "null", '{"columns": [{}]}', '{"columns": 5}'])
def test_a_file_that_is_no_model(broken: str) -> None:
    with pytest.raises(InvalidInput, match="not a model written by fetch-model"):
        predict(broken, table())


def test_a_model_with_weights_of_another_size() -> None:
    exported = json.loads(
        export_state(prepare(draft(), table(), OWNER.recipient).spec, prepare(draft(), table(), OWNER.recipient).state)
    )
    for weights in ([], [1], [2**70] * 5, ["x"] * 5):
        with pytest.raises(InvalidInput):
            predict(json.dumps({**exported, "weights": weights}), table())


@pytest.mark.parametrize(
    ("outcomes", "number"),
    [
        ([], 0),
        ([Outcome.SCORED, Outcome.SCORED], 2),
        ([Outcome.SCORED, Outcome.SCORED, Outcome.ABORTED], 2),
        ([Outcome.ABORTED], 0),
    ],
)
def test_the_model_of_an_aborted_task_is_the_last_one_agreed_on(outcomes: list[Outcome], number: int) -> None:
    snapshot: Any = SimpleNamespace(reveals={i: SimpleNamespace(outcome=outcome) for i, outcome in enumerate(outcomes)})
    assert newest_round(snapshot) == number
