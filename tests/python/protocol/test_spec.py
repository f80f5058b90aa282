"""A specification is integers in known ranges, or it is refused by the name of the field that is wrong."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidMessage
from deltaml.learning import Linear, Mlp, Softmax
from deltaml.protocol.spec import MAX_PARAMETERS, MICRO, Column, OpenSpec, Target
from deltaml.storage import decode_block, encode_block
from tests.python.protocol.board import make_spec

pytestmark = pytest.mark.unit

THREE = ("a", "b", "c")
NUMBER = Target("y", "number", (), -5, 3)
SPECS = {
    "logistic": make_spec(),
    "linear": make_spec(family="linear", target=NUMBER, progress_rule="linear"),
    "softmax": make_spec(
        family="softmax", target=Target("y", "classes", THREE, 0, MICRO), shape={"n_features": 3, "n_outputs": 3}
    ),
    "mlp": make_spec(
        family="mlp",
        target=Target("y", "classes", THREE, 0, MICRO),
        shape={"n_features": 3, "n_outputs": 3, "n_hidden": 4},
    ),
}
RANGES = {
    "l2_nano": (0, 10**12),
    "epochs": (1, 10_000),
    "batch_size": (0, 10**6),
    "learning_rate_micro": (1, 10**9),
    "momentum_micro": (0, MICRO - 1),
    "fraction_bits": (8, 32),
    "gradient_bits": (8, 32),
    "clip_norm_micro": (1, 10**12),
    "noise_micro": (0, 10**12),
    "gradient_norm_micro": (1, 10**12),
    "min_updates": (3, 1024),
    "max_weight_sum": (1, 1024 * 65535),
    "public_steps": (0, 16),
    "baseline_loss_micro": (1, 10**12),
    "target_loss_micro": (1, 10**12),
    "turn_seconds": (1, 86_400),
    "validation_rows": (1, 10**6),
}


def top_of(spec: OpenSpec) -> dict[str, Any]:
    top = decode_block(spec.encode())
    assert isinstance(top, dict)
    return top


def decode(top: dict[str, Any]) -> OpenSpec:
    return OpenSpec.decode(encode_block(top))


@pytest.mark.parametrize("family", sorted(SPECS))
def test_round_trip(family: str) -> None:
    spec = SPECS[family]
    assert OpenSpec.decode(spec.encode()) == spec
    assert OpenSpec.decode(spec.encode()).encode() == spec.encode()


def test_it_names_a_model() -> None:
    models = [SPECS[family].model() for family in ("linear", "mlp", "softmax")]
    assert [type(model) for model in models] == [Linear, Mlp, Softmax]
    assert SPECS["logistic"].model().n_parameters == 4
    assert SPECS["logistic"].training().learning_rate == 0.5


@pytest.mark.parametrize("name", sorted(RANGES))
def test_numbers_keep_their_range(name: str) -> None:
    low, high = RANGES[name]
    for value in (low - 1, high + 1, True, None, "1", b"1", [1]):
        with pytest.raises(InvalidMessage, match=rf"spec\.{name}: expected an integer in \[{low}, {high}\]"):
            decode({**top_of(make_spec()), name: value})


@pytest.mark.parametrize(("name", "edges"), sorted(RANGES.items()))
def test_the_edges_of_a_range_are_in_it(name: str, edges: tuple[int, int]) -> None:
    for value in edges:
        try:
            assert getattr(decode({**top_of(make_spec()), name: value}), name) == value
        except InvalidMessage as error:
            # At an edge another rule may speak, about the whole: never the range itself.
            assert f"spec.{name}: expected an integer" not in str(error)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("name", [1, None, "x" * 2001]),
        ("purpose", [b"x", "x" * 2001]),
        ("family", ["tree", 0, ""]),
        ("shape", [None, [], {"n_layers": 1}, {"n_features": 0}, {"n_features": True}, {"n_features": 10**6 + 1}]),
        ("columns", [[], {}, None]),
        ("drop_negative", [0, 1, None]),
        ("progress_rule", ["cubic", 0]),
        ("validation", [b"", bytes(31), "x" * 32]),
        ("owner_recipient", [bytes(33), None]),
        ("target", [None, {}, []]),
    ],
)
def test_every_other_field_says_its_name(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(InvalidMessage, match=name):
            decode({**top_of(make_spec()), name: value})


@pytest.mark.parametrize("name", ["name", "center_micro", "scale_micro"])
def test_columns_and_targets_are_checked_inside(name: str) -> None:
    top = top_of(make_spec())
    wrong: Any = b"x" if name == "name" else 2**62
    for where, value in (("columns", [*top["columns"][:2], {**top["columns"][2], name: wrong}]),):
        with pytest.raises(InvalidMessage, match=rf"column\.{name}"):
            decode({**top, where: value})
    with pytest.raises(InvalidMessage, match=rf"target\.{name}"):
        decode({**top, "target": {**top["target"], name: wrong}})


def test_no_scale_is_zero() -> None:
    for broken in (
        make_spec(columns=(Column("x", 0, 0),) * 3),
        make_spec(target=Target("y", "classes", ("0", "1"), 0, 0)),
    ):
        with pytest.raises(InvalidMessage, match="scale_micro"):
            OpenSpec.decode(broken.encode())


@pytest.mark.parametrize(
    "target",
    [
        Target("y", "classes", (), 0, MICRO),
        Target("y", "classes", ("one",), 0, MICRO),
        Target("y", "classes", ("a", "a"), 0, MICRO),
        Target("y", "number", ("a", "b"), 0, MICRO),
        replace(NUMBER, kind="text"),  # type: ignore[arg-type]
        Target("y", "classes", (1, 2), 0, MICRO),  # type: ignore[arg-type]
    ],
)
def test_a_target_has_labels_or_is_a_number(target: Target) -> None:
    with pytest.raises(InvalidMessage, match="target"):
        OpenSpec.decode(make_spec(target=target).encode())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": {"n_features": 2}}, "n_features must be the number of columns, 3"),
        ({"shape": {}}, "n_features must be the number of columns, 3"),
        ({"shape": {"n_features": 3, "n_hidden": 2}}, "wants"),
        ({"family": "linear"}, "a linear model predicts a number"),
        ({"target": Target("y", "classes", THREE, 0, MICRO)}, "exactly two classes"),
        ({"target": NUMBER}, "exactly two classes"),
        (
            {"family": "softmax", "shape": {"n_features": 3, "n_outputs": 4}},
            "n_outputs must be the number of classes, 2",
        ),
        ({"family": "mlp", "shape": {"n_features": 3, "n_outputs": 2}}, "wants"),
        ({"baseline_loss_micro": 5, "target_loss_micro": 5}, "must be below baseline_loss_micro"),
    ],
)
def test_fields_fit_each_other(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidMessage, match=said):
        OpenSpec.decode(make_spec(**changes).encode())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fraction_bits": 32, "max_weight_sum": 1024 * 65535, "clip_norm_micro": 10**9}, "weighted_sum may reach"),
        ({"fraction_bits": 32, "gradient_bits": 32, "clip_norm_micro": 4 * MICRO}, "inner_product may reach"),
        ({"noise_micro": 10**12, "fraction_bits": 32}, "may reach"),
    ],
)
def test_sums_that_could_overflow_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidMessage, match=said):
        OpenSpec.decode(make_spec(**changes).encode())


def test_a_model_is_no_larger_than_an_oracle_can_hold() -> None:
    """Chunks may repeat, so that a state of gigabytes costs its owner one chunk: the size is refused before that."""
    huge = make_spec(
        family="mlp",
        target=Target("y", "classes", THREE, 0, MICRO),
        shape={"n_features": 3, "n_outputs": 3, "n_hidden": 10**6},
        fraction_bits=8,
    )
    assert huge.model().n_parameters < MAX_PARAMETERS
    many = tuple(Column(f"x{i}", 0, MICRO) for i in range(20))
    with pytest.raises(InvalidMessage, match="parameters, at most"):
        OpenSpec.decode(
            replace(huge, columns=many, shape={"n_features": 20, "n_outputs": 3, "n_hidden": 10**6}).encode()
        )


def test_noise_counts_in_the_bound() -> None:
    spec = make_spec(noise_micro=MICRO)
    # Four parameters: C + sigma (sqrt(4) + 4).
    assert spec.norm_bound == pytest.approx(1 + 1 * (2 + 4))
    assert make_spec().norm_bound == 1.0


def test_unknown_and_missing_fields() -> None:
    top = top_of(make_spec())
    for name in top:
        with pytest.raises(InvalidMessage, match=f"missing fields \\['{name}'\\]"):
            decode({key: value for key, value in top.items() if key != name})
    with pytest.raises(InvalidMessage, match="unknown fields"):
        decode({**top, "extra": 1})
    with pytest.raises(InvalidMessage, match="type"):
        decode({**top, "type": "deltaml/spec/2"})


@given(st.binary(max_size=200))
def test_bytes_that_are_no_specification(data: bytes) -> None:
    with pytest.raises(InvalidMessage):
        OpenSpec.decode(data)


def test_more_than_a_block_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="at most"):
        OpenSpec.decode(bytes((1 << 20) + 1))
