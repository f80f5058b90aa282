"""A sealed-model specification: every refusal by name, and that whatever is accepted opens within its bounds."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deltaml.client.sealed_trainer import SealedTraining, fixed_point_data
from deltaml.client.table import Table
from deltaml.errors import InvalidMessage
from deltaml.protocol.sealed import spec as module
from deltaml.protocol.sealed.opening import check_directions
from deltaml.protocol.sealed.spec import MAX_MATRIX_BITS, MAX_SEALED_PARAMETERS, SealedSpec
from deltaml.protocol.spec import MICRO, Column, OpenSpec, Target
from deltaml.protocol.specs import decode_spec
from deltaml.sealing import MAX_OPEN_BOUND, OwnerKey, prove_key
from deltaml.storage import decode_block, encode_block
from tests.python.protocol.board import make_spec as make_open_spec
from tests.python.protocol.sealed.board import KEY_PROOF, make_spec
from tests.python.sealing.owner_keys import (
    ALICE,
    BOB,
    HIDDEN_COFACTOR,
    HIDDEN_FACTORS,
    OTHER_PRIME,
    SQUARED_PRIME,
)

pytestmark = pytest.mark.unit

LOGISTIC: dict[str, Any] = {"family": "logistic", "target": Target("y", "classes", ("no", "yes"), 0, MICRO)}
RANGES = {
    "l2_nano": (0, 10**12),
    "fraction_bits": (8, 32),
    "gradient_bits": (8, 32),
    "data_bits": (8, 32),
    "clip_norm_micro": (1, 10**12),
    "noise_micro": (0, 10**12),
    "weight_norm_micro": (1, 10**12),
    "gradient_norm_micro": (1, 10**12),
    "min_updates": (3, 1024),
    "max_weight_sum": (1, 1024 * 65535),
    "turn_seconds": (1, 86_400),
}


def top_of(spec: Any) -> dict[str, Any]:
    top = decode_block(spec.encode())
    assert isinstance(top, dict)
    return top


def decode(top: dict[str, Any]) -> SealedSpec:
    return SealedSpec.decode(encode_block(top))


@pytest.fixture
def any_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof is not what is tried: checking it takes most of the time."""
    monkeypatch.setattr(module, "_is_proven", lambda key, proof: True)


@pytest.mark.parametrize("changes", [{}, LOGISTIC, {"noise_micro": 1}])
def test_round_trip(changes: dict[str, Any]) -> None:
    spec = make_spec(**changes)
    assert SealedSpec.decode(spec.encode()) == spec
    assert SealedSpec.decode(spec.encode()).encode() == spec.encode()


# ---------------------------------------------------------------------- dispatch


def test_a_block_says_of_what_kind_it_is() -> None:
    assert decode_spec(make_spec().encode()) == make_spec()
    assert decode_spec(make_open_spec().encode()) == make_open_spec()


@pytest.mark.parametrize(
    "value", [None, [], 7, "deltaml/spec/1", {}, {"type": None}, {"type": "deltaml/sealed-spec/2"}, {"type": ["x"]}]
)
def test_a_block_of_no_known_kind(value: Any) -> None:
    with pytest.raises(InvalidMessage, match=r"spec\.type: expected deltaml/spec/1 or deltaml/sealed-spec/1"):
        decode_spec(encode_block(value))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_specification(data: bytes) -> None:
    for read in (decode_spec, SealedSpec.decode):
        with pytest.raises(InvalidMessage):
            read(data)


def test_neither_kind_passes_for_the_other() -> None:
    for spec, other in ((make_spec(), OpenSpec), (make_open_spec(), SealedSpec)):
        with pytest.raises(InvalidMessage):
            other.decode(spec.encode())
        # Nor with its name alone changed.
        with pytest.raises(InvalidMessage, match="missing fields"):
            decode_spec(encode_block({**top_of(spec), "type": other.TYPE}))


def test_unknown_and_missing_fields() -> None:
    top = top_of(make_spec())
    for name in top:
        with pytest.raises(InvalidMessage, match=f"missing fields \\['{name}'\\]"):
            decode({key: value for key, value in top.items() if key != name})
    with pytest.raises(InvalidMessage, match="unknown fields"):
        decode({**top, "extra": 1})


# ---------------------------------------------------------------------- fields


@pytest.mark.parametrize("name", sorted(RANGES))
def test_numbers_keep_their_range(any_proof: None, name: str) -> None:
    low, high = RANGES[name]
    for value in (low - 1, high + 1, True, None, "1", b"1", [1]):
        with pytest.raises(InvalidMessage, match=rf"spec\.{name}: expected an integer in \[{low}, {high}\]"):
            decode({**top_of(make_spec()), name: value})
    for value in (low, high):
        try:
            assert getattr(decode({**top_of(make_spec()), name: value}), name) == value
        except InvalidMessage as error:
            # At an edge another rule may speak, about the whole: never the range itself.
            assert f"spec.{name}: expected an integer" not in str(error)


@pytest.mark.parametrize("family", ["softmax", "mlp", "tree", ""])
def test_only_models_with_a_linear_gradient_are_sealed(family: str) -> None:
    with pytest.raises(InvalidMessage, match=r"spec\.family: expected one of linear, logistic"):
        decode({**top_of(make_spec()), "family": family})


def sized(size: int, **changes: Any) -> SealedSpec:
    columns = tuple(Column(f"x{i}", 0, MICRO) for i in range(size - 1))
    return make_spec(shape={"n_features": size - 1}, columns=columns, **changes)


def test_a_sealed_model_is_no_larger_than_can_be_encrypted(any_proof: None) -> None:
    largest = {"fraction_bits": 8, "data_bits": 8, "gradient_bits": 8}
    for size in (2, MAX_SEALED_PARAMETERS):
        assert SealedSpec.decode(sized(size, **largest).encode()).n_parameters == size
    with pytest.raises(InvalidMessage, match="1001 parameters; a sealed model has 2 to 1000"):
        SealedSpec.decode(sized(MAX_SEALED_PARAMETERS + 1, **largest).encode())


@pytest.mark.parametrize(
    ("size", "checks"), [(2, 1), (7, 1), (8, 1), (15, 1), (16, 2), (63, 7), (64, 8), (65, 8), (1000, 8)]
)
def test_how_many_projections_are_opened(size: int, checks: int) -> None:
    spec = sized(size)
    assert (spec.n_checks, spec.check_words) == (checks, 2 * checks)
    directions = check_directions(spec, bytes(32))
    assert directions.shape == (checks, size) and directions.dtype == np.int64
    assert directions.min() >= -(2**15) and directions.max() < 2**15
    assert len({row.tobytes() for row in directions}) == checks
    assert not np.array_equal(directions, check_directions(spec, bytes(31) + b"\x01"))


# ---------------------------------------------------------------------- the key


def octets(n: int, length: int | None = None) -> bytes:
    return n.to_bytes(length or -(-n.bit_length() // 8), "big")


HIDDEN = HIDDEN_COFACTOR
for factor in HIDDEN_FACTORS:
    HIDDEN *= factor
N = ALICE.public.n
MULTIPLE_OF_2_128 = (1 << 2047) + 1

KEYS: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "0 bits"),
    ("zero", bytes(256), "0 bits"),
    ("too short", octets(2**1023 + 1), "1024 bits"),
    ("one bit short", octets(N >> 1 | 1, 256), "2047 bits"),
    ("even", octets(N - 1), "even or has a factor"),
    ("a multiple of three", octets(N - N % 3 if (N - N % 3) % 2 else N - N % 3 + 3), "even or has a factor"),
    ("a multiple of 65521", octets((N // 65521 - (N // 65521 + 1) % 2) * 65521), "even or has a factor"),
    ("close to a multiple of 2**128", octets(MULTIPLE_OF_2_128), "factor|multiple"),
    ("leading zeros", bytes(8) + octets(N), "without leading zeros"),
    ("not whole words", octets(N << 8 | 1), "factor|multiple of 64|multiple of n"),
]


@pytest.mark.parametrize(("name", "key", "said"), KEYS, ids=[case[0] for case in KEYS])
def test_what_is_no_key_is_refused(any_proof: None, name: str, key: bytes, said: str) -> None:
    with pytest.raises(InvalidMessage, match=rf"spec\.key: .*({said})"):
        SealedSpec.decode(make_spec(key=key).encode())


def test_a_key_longer_than_any_is_refused_before_arithmetic() -> None:
    for changes in ({"key": bytes([255]) * 513}, {"key_proof": bytes(4097)}):
        (name,) = changes
        with pytest.raises(InvalidMessage, match=rf"spec\.{name}: expected some bytes"):
            SealedSpec.decode(make_spec(**changes).encode())


@pytest.mark.parametrize(
    "proof",
    [
        b"",
        KEY_PROOF[:-1],
        KEY_PROOF + b"\x00",
        bytes(len(KEY_PROOF)),
        KEY_PROOF[:-1] + bytes([KEY_PROOF[-1] ^ 1]),
        KEY_PROOF[256:] + KEY_PROOF[:256],
        bytes([255]) * len(KEY_PROOF),
    ],
    ids=range(7),
)
def test_a_key_comes_with_its_proof(proof: bytes) -> None:
    with pytest.raises(InvalidMessage, match="key_proof: does not prove"):
        SealedSpec.decode(make_spec(key_proof=proof).encode())


@pytest.mark.parametrize(
    "n", [BOB.public.n, HIDDEN, SQUARED_PRIME**2 * OTHER_PRIME], ids=["another's proof", "hidden factors", "a square"]
)
def test_a_key_that_the_proof_does_not_speak_for(n: int) -> None:
    """Of the last two no proof exists: n and phi(n) have a common factor."""
    if n.bit_length() % 64:
        n_bits = n.bit_length()
        with pytest.raises(InvalidMessage, match=rf"{n_bits} bits; expected a multiple of 64|key_proof"):
            SealedSpec.decode(make_spec(key=octets(n)).encode())
        return
    with pytest.raises(InvalidMessage, match="key_proof: does not prove"):
        SealedSpec.decode(make_spec(key=octets(n)).encode())


def test_another_good_key_is_taken() -> None:
    spec = make_spec(key=octets(BOB.public.n), key_proof=prove_key(BOB))
    assert SealedSpec.decode(spec.encode()).public_key == BOB.public


# ---------------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fraction_bits": 32, "data_bits": 32, "gradient_bits": 32}, "may need"),
        ({"noise_micro": 10**12, "fraction_bits": 32}, "may need"),
        ({"gradient_norm_micro": 10**12, "gradient_bits": 32}, "may need"),
        ({"max_weight_sum": 1024 * 65535, "fraction_bits": 32, "data_bits": 26}, "may need"),
        ({"clip_norm_micro": 10**12, "weight_norm_micro": 10**6, "data_bits": 32}, "too large for data_bits"),
    ],
)
def test_what_could_not_be_opened_is_refused(any_proof: None, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidMessage, match=said):
        SealedSpec.decode(make_spec(**changes).encode())


SPECS = st.fixed_dictionaries(
    {
        "fraction_bits": st.integers(8, 32),
        "gradient_bits": st.integers(8, 32),
        "data_bits": st.integers(8, 32),
        "clip_norm_micro": st.integers(1, 10**9),
        "noise_micro": st.integers(0, 10**8),
        "weight_norm_micro": st.integers(1, 10**9),
        "gradient_norm_micro": st.integers(1, 10**9),
        "max_weight_sum": st.integers(1, 10**6),
    }
)


def is_accepted(spec: SealedSpec) -> bool:
    try:
        SealedSpec.decode(spec.encode())
    except InvalidMessage:
        return False
    return True


@given(values=SPECS, size=st.sampled_from([2, 3, 10, 100]))
@settings(max_examples=60)
def test_accepted_specifications_open_within_128_bits(values: dict[str, int], size: int) -> None:
    """By Cauchy and Schwarz, with the longest update, direction and check there may be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_is_proven", lambda key, proof: True)
        spec = sized(size, **values)
        accepted = is_accepted(spec)
    largest = [
        spec.max_weight_sum * spec.update_norm,
        spec.update_norm * spec.direction_norm,
        spec.update_norm * int(np.ceil(2**15 * size**0.5)),
    ]
    if accepted:
        assert max(largest) <= MAX_OPEN_BOUND
        assert spec.clip_norm_micro * 2**spec.data_bits <= spec.weight_norm_micro * 2**MAX_MATRIX_BITS
    bounds = (spec.sum_bound, spec.score_bound, spec.check_bound)
    assert all(bound >= value for bound, value in zip(bounds, largest, strict=True))


def data(seed: int, count: int, scale: float) -> Table:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 3)) * scale
    return Table({name: [repr(float(v)) for v in values[:, i]] for i, name in enumerate(("x0", "x1", "y"))})


@given(
    values=SPECS,
    seed=st.integers(0, 1000),
    scale=st.sampled_from([1e-6, 1.0, 1e3, 1e60]),
    count=st.sampled_from([1, 2, 20]),
)
@settings(max_examples=40)
def test_an_honest_update_keeps_the_bound_wherever_the_weights_are(
    values: dict[str, int], seed: int, scale: float, count: int
) -> None:
    """However wild the rows: else an honest trainer would be left out, or an overflow be taken for a small number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_is_proven", lambda key, proof: True)
        spec = sized(3, **{**values, "noise_micro": 0})
        assume(is_accepted(spec))
    matrix, offset = fixed_point_data(spec, data(seed, count, scale))
    assert np.abs(matrix).max() <= 2**MAX_MATRIX_BITS
    rng = np.random.default_rng(seed)
    for direction in (rng.normal(size=3), np.linalg.svd(matrix.astype(float))[2][0]):
        weights = np.trunc(direction / np.linalg.norm(direction) * spec.weight_norm * 2**spec.fraction_bits)
        update = [
            sum(int(a) * int(w) for a, w in zip(row, weights, strict=True)) + extra
            for row, extra in zip(matrix, offset, strict=True)
        ]
        assert sum(value**2 for value in update) <= spec.update_norm**2


def test_honest_noise_keeps_the_bound() -> None:
    """A hundred rounds of the noise that the task asks for, on top of the longest gradient."""
    spec = sized(3, noise_micro=MICRO)
    quiet = SealedTraining(replace(spec, noise_micro=0), data(1, 20, 1e3), 0)
    loud = SealedTraining(spec, data(1, 20, 1e3), 0)
    base = quiet.offset(np.random.default_rng(0))
    assert loud.matrix.tolist() == quiet.matrix.tolist()
    unit = 2.0**spec.product_bits
    noises = []
    for seed in range(100):
        offset = loud.offset(np.random.default_rng(seed))
        noises.append([(a - b) / unit for a, b in zip(offset, base, strict=True)])
        assert sum(value**2 for value in offset) <= spec.update_norm**2
    assert np.std(noises) == pytest.approx(1.0, rel=0.2) and len({tuple(noise) for noise in noises}) == 100
    assert quiet.offset(np.random.default_rng(0)) == quiet.offset(np.random.default_rng(1)) == base


# ---------------------------------------------------------------------- terms on chain


@given(size=st.integers(2, 200), rounds=st.integers(1, 256))
@settings(max_examples=60)
def test_never_as_many_equations_as_unknowns(size: int, rounds: int) -> None:
    """A is symmetric, b a vector: d (d + 1) / 2 + d unknowns. A round gives one per check and one for the score."""
    spec = sized(size)
    unknowns = size * (size + 1) // 2 + size
    if rounds * (spec.n_checks + 1) < unknowns:
        spec.require_terms(rounds, True, 0)
    else:
        with pytest.raises(InvalidMessage, match="use at most") as refused:
            spec.require_terms(rounds, True, 0)
        most = int(str(refused.value).split("use at most ")[1].split()[0])
        assert most < rounds
        spec.require_terms(most, True, 0)
        with pytest.raises(InvalidMessage):
            spec.require_terms(most + 1, True, 0)


@pytest.mark.parametrize(
    ("terms", "said"),
    [((1, False, 0), "pays per round"), ((1, True, 1), "no penalty for harm"), ((1, False, 10_000), "pays per round")],
)
def test_terms_that_only_the_owner_could_measure(terms: tuple[int, bool, int], said: str) -> None:
    with pytest.raises(InvalidMessage, match=said):
        make_spec().require_terms(*terms)


def test_a_key_of_any_accepted_size_fits_in_words() -> None:
    """3072 and 4096 bits are whole words, of key and of ciphertexts; made of primes that were drawn for this test."""
    for bits in (2048, 3072):
        key = ALICE if bits == 2048 else OwnerKey.generate(bits)
        spec = make_spec(key=octets(key.public.n), key_proof=prove_key(key))
        decoded = SealedSpec.decode(spec.encode())
        assert decoded.blob_words == 5 * bits // 32
