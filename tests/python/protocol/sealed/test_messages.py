"""Messages of sealed-model rounds survive their own bytes, and nothing else passes for them (R12).

The same trials as tests.python.protocol.test_messages plays with open-model messages, and golden bytes.
"""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.protocol.document import Document
from deltaml.protocol.messages import State, Update
from deltaml.protocol.sealed.blobs import read_ciphertexts
from deltaml.protocol.sealed.messages import (
    OwnerOpenings,
    OwnerStep,
    SealedModel,
    SealedState,
    SealedUpdate,
    read_model,
    to_ciphertexts,
    to_words,
)
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.sealing import Opening
from deltaml.storage import MemoryStore, digest_of, encode_block, get_vector, link, put_vector
from tests.python.protocol.samples import HEADER, N_TRAINERS, Sample, same, with_top
from tests.python.protocol.sealed.board import make_spec
from tests.python.protocol.sealed.samples import (
    KEY,
    LENGTH,
    MODEL,
    N_SETS,
    OPENINGS,
    SAMPLES,
    SPEC,
    STATE,
    STEP,
    ciphertexts,
    document_of,
    openings,
    residue,
    update_document,
)
from tests.python.protocol.test_messages import JUNK, OTHER_HEADERS, WRONG, paths, replaced
from tests.python.protocol.test_vectors import golden
from tests.python.sealing.owner_keys import ALICE, BOB
from tests.vectors.make_sealed import opened, sealed

pytestmark = pytest.mark.unit

KINDS = sorted(SAMPLES)
OWNERS = ("owner-openings", "owner-step")
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[3] / "vectors" / "sealed.json").read_text("utf-8"))


def told(message: Any) -> Any:
    """A message as plain values: lists for sequences, so that `same` compares them."""
    if isinstance(message, OwnerOpenings):
        return message.header, {trainer: list(row) for trainer, row in message.openings.items()}
    return message


# ---------------------------------------------------------------------- golden bytes


@pytest.mark.parametrize("name", sorted(set(GOLDEN) | set(sealed())))
def test_golden_messages_are_built_the_same(name: str) -> None:
    assert sealed()[name] == GOLDEN[name]


def test_golden_bytes_read_as_the_messages() -> None:
    read = {name: SAMPLES[name].decode(golden(GOLDEN[name])) for name in KINDS}
    for name in set(KINDS) - {"sealed-update"}:
        assert same(told(read[name]), told(SAMPLES[name].message)), name
    assert SealedSpec.decode(bytes.fromhex(GOLDEN["sealed-spec"]["bytes"])) == SPEC
    blob = golden(GOLDEN["sealed-update"])
    assert [str(v) for v in read_ciphertexts(SPEC, blob, HEADER, 4).values] == GOLDEN["sealed-update"]["says"]["vector"]
    assert opened(read["owner-step"].openings) == GOLDEN["owner-step"]["says"]["openings"]


# ---------------------------------------------------------------------- as every message


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str) -> None:
    sample = SAMPLES[kind]
    decoded = sample.decode(sample.document())
    if sample.message is not None:
        assert same(told(decoded), told(sample.message))
        assert document_of(decoded).digest == sample.document().digest


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_canonical(kind: str) -> None:
    first = SAMPLES[kind].document()
    assert encode_block(first.top) == first.blocks.get(first.digest, 1 << 20)
    assert SAMPLES[kind].document().digest == first.digest


@pytest.mark.parametrize("field", sorted(OTHER_HEADERS))
@pytest.mark.parametrize("kind", [kind for kind in KINDS if SAMPLES[kind].decode_for])
def test_a_message_belongs_to_one_place_and_sender(kind: str, field: str) -> None:
    decode_for = SAMPLES[kind].decode_for
    assert decode_for is not None
    with pytest.raises(InvalidMessage, match="belongs to"):
        decode_for(SAMPLES[kind].document(), OTHER_HEADERS[field])


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_needed_and_no_other_is_taken(kind: str) -> None:
    sample = SAMPLES[kind]
    document = sample.document()
    for name in document.top:
        rest = {key: value for key, value in document.top.items() if key != name}
        with pytest.raises(InvalidMessage, match=f"missing fields \\['{name}'\\]"):
            sample.decode(with_top(document, rest))
    with pytest.raises(InvalidMessage, match="unknown fields"):
        sample.decode(with_top(document, {**document.top, "extra": 0}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_no_kind_passes_for_another(kind: str, other: str) -> None:
    if kind != other:
        with pytest.raises(InvalidMessage):
            SAMPLES[kind].decode(SAMPLES[other].document())
        document = SAMPLES[kind].document()
        with pytest.raises(InvalidMessage, match="type"):
            SAMPLES[kind].decode(with_top(document, {**document.top, "type": f"deltaml/{other}/1"}))


def test_open_and_sealed_models_have_messages_of_their_own() -> None:
    with pytest.raises(InvalidMessage, match="type"):
        Update.decode(update_document(), HEADER, N_SETS)
    with pytest.raises(InvalidMessage, match="missing fields"):
        State.decode(STATE.document(), LENGTH, N_TRAINERS)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25)
def test_no_field_takes_another_type(kind: str, data: Any) -> None:
    sample = SAMPLES[kind]
    document = sample.document()
    name = data.draw(st.sampled_from(sorted(document.top)))
    wrong = data.draw(WRONG)
    if name == "vector" and isinstance(wrong, dict):
        return
    with pytest.raises(InvalidMessage):
        sample.decode(with_top(document, {**document.top, name: wrong}))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40)
def test_nothing_but_invalid_message_comes_of_junk(kind: str, data: Any) -> None:
    """Anything anywhere in the top block, links to blocks that exist and that don't."""
    sample = SAMPLES[kind]
    document = sample.document()
    path = data.draw(st.sampled_from(paths(document.top)))
    junk = data.draw(JUNK | st.just(link(document.digest)))
    with suppress(InvalidMessage):
        sample.decode(with_top(document, replaced(document.top, path, junk)))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25)
def test_damaged_bytes_are_no_message(kind: str, data: Any) -> None:
    sample = SAMPLES[kind]
    document = sample.document()
    good = document.blocks.get(document.digest, 1 << 20)
    place = data.draw(st.integers(0, len(good) - 1))
    bad = data.draw(
        st.sampled_from([good[:place], good + good[:1], good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]])
    )
    try:
        decoded = sample.decode(replace(document, digest=document.blocks.put(bad)))
    except (InvalidMessage, Unavailable):
        return
    assert sample.message is None or not same(told(decoded), told(sample.message))


def chunks_of(document: Document) -> set[bytes]:
    assert isinstance(document.blocks, MemoryStore)
    return set(document.blocks.blocks) - {document.digest}


@pytest.mark.parametrize("kind", ["sealed-model", *OWNERS])
def test_a_missing_chunk_is_waited_for(kind: str) -> None:
    for missing in chunks_of(SAMPLES[kind].document()):
        document = SAMPLES[kind].document()
        del document.blocks.blocks[missing]  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            SAMPLES[kind].decode(document)


@pytest.mark.parametrize("kind", ["sealed-model", *OWNERS])
def test_vectors_have_the_expected_length_and_type(kind: str) -> None:
    sample = SAMPLES[kind]
    document = sample.document()
    places = [path[:-1] for path in paths(document.top) if path and path[-1] == "chunks"]
    assert places
    for path in places:
        good = document.top[path[0]]
        words = get_vector(document.blocks, good, good["dtype"], good["length"])
        other = np.uint64 if good["dtype"] == "int64" else np.int64
        for wrong in (words[:-1], np.append(words, words[:1]), words[:0], words.view(other)):
            node = put_vector(document.blocks, wrong)  # type: ignore[arg-type]
            with pytest.raises(InvalidMessage, match="vector"):
                sample.decode(with_top(document, replaced(document.top, path, node)))


# ---------------------------------------------------------------------- ciphertexts


N = KEY.n
BAD_VALUES = {
    "zero": 0,
    "n squared": N**2,
    "all bits": 2**4096 - 1,
    "n": N,
    "a multiple of n": 7 * N,
    "a multiple of p": ALICE.p * 12345,
}


@pytest.mark.parametrize("name", sorted(BAD_VALUES))
@pytest.mark.parametrize("place", range(LENGTH))
def test_what_is_no_ciphertext_is_refused(name: str, place: int) -> None:
    values = list(ciphertexts().values)
    values[place] = BAD_VALUES[name]
    words = to_words(b"".join(value.to_bytes(KEY.ciphertext_octets, "big") for value in values))
    with pytest.raises(InvalidMessage, match="ciphertext"):
        to_ciphertexts(words, SPEC)
    blocks = MemoryStore()
    top = {**MODEL.document().top, "weights": put_vector(blocks, words)}
    with pytest.raises(InvalidMessage, match="ciphertext"):
        SealedModel.decode(Document.of(top, blocks), SPEC)
    blob = SealedUpdate(HEADER, put_vector(blocks, words), (bytes(32),) * N_SETS, (b"",) * N_SETS).document(blocks)
    with pytest.raises(InvalidMessage, match="ciphertext"):
        read_ciphertexts(SPEC, blob, HEADER, 4)


@given(st.lists(st.integers(1, N**2 - 1), min_size=LENGTH, max_size=LENGTH))
@settings(max_examples=25)
def test_ciphertexts_travel_as_words(values: list[int]) -> None:
    octets = b"".join(value.to_bytes(KEY.ciphertext_octets, "big") for value in values)
    assert to_words(octets).astype("<u8").tobytes() == octets
    assert to_ciphertexts(to_words(octets), SPEC).values == tuple(values)


def test_words_of_another_length_are_refused() -> None:
    words = to_words(ciphertexts().to_octets())
    for wrong in (words[:-1], words[:0], np.append(words, words)):
        with pytest.raises(InvalidMessage, match="ciphertexts of 512"):
            to_ciphertexts(wrong, SPEC)


def test_secret_parts_are_not_printed() -> None:
    for message in (MODEL, read_ciphertexts(SPEC, update_document(), HEADER, 4)):
        assert all(str(value) not in repr(message) for value in ciphertexts().values)


# ---------------------------------------------------------------------- models and states


@pytest.mark.parametrize(("number", "good"), [(0, False), (2, False), (3, True), (4, True), (200, True)])
def test_a_round_starts_from_its_own_or_an_earlier_model(number: int, good: bool) -> None:
    document = MODEL.document()
    if good:
        assert read_model(document.blocks, document.digest, SPEC, number).round == 3
    else:
        with pytest.raises(InvalidMessage, match=f"round 3, expected {number} or earlier"):
            read_model(document.blocks, document.digest, SPEC, number)


def test_a_model_that_is_gone_is_waited_for() -> None:
    with pytest.raises(Unavailable):
        read_model(MemoryStore(), bytes(32), SPEC, 0)


def test_a_model_under_another_key_is_another_number() -> None:
    """Nothing in a model names the key: a model under Bob's reads as one under Alice's, or is refused, never opens."""
    spec = make_spec(shape=SPEC.shape, columns=SPEC.columns, key=BOB.public.n.to_bytes(256, "big"))
    decoded = SealedModel.decode(MODEL.document(), spec)
    assert decoded.weights.key == BOB.public != MODEL.weights.key
    with pytest.raises(InvalidInput, match="not under this one"):
        ALICE.decrypt(decoded.weights)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("round", [-1, 257]),
        ("model", [b"", bytes(31), bytes(33)]),
        ("carried", [[0] * 9, [0] * 11, [], [1] + [0] * 9, [-(2**62) - 1] + [0] * 9, [False] + [0] * 9]),
        ("progress_wad", [-1, 10**18 + 1]),
    ],
)
def test_state_ranges(name: str, values: list[Any]) -> None:
    document = STATE.document()
    for value in values:
        with pytest.raises(InvalidMessage, match=name):
            SealedState.decode(with_top(document, {**document.top, name: value}), N_TRAINERS)


def test_the_initial_state_carries_nothing() -> None:
    first = SealedState(0, bytes(32), (), 0)
    assert SealedState.decode(first.document(), 4).carried == (0, 0, 0, 0)
    with pytest.raises(InvalidMessage, match="carried"):
        SealedState.decode(replace(STATE, round=0).document(), N_TRAINERS)
    with pytest.raises(InvalidMessage, match="carried"):
        SealedState.decode(replace(STATE, carried=()).document(), N_TRAINERS)


# ---------------------------------------------------------------------- what the owner says


@pytest.mark.parametrize(
    "trainers", [[2, 0, 9], [0, 0, 9], [0, 2, 10], [-1, 2, 9], [0, 2], [0, 2, 9, 9], [0, True, 9], [0, 2, "9"]]
)
def test_trainers_come_once_in_order_and_exist(trainers: list[Any]) -> None:
    document = OPENINGS.document(KEY)
    with pytest.raises(InvalidMessage):
        OwnerOpenings.decode(with_top(document, {**document.top, "trainers": trainers}), HEADER, SPEC, N_TRAINERS)


def test_openings_of_nobody() -> None:
    nothing = OwnerOpenings(HEADER, {})
    assert OwnerOpenings.decode(nothing.document(KEY), HEADER, SPEC, N_TRAINERS).openings == {}


def test_openings_keep_to_their_trainer_in_whatever_order_they_were_given() -> None:
    turned = OwnerOpenings(HEADER, dict(reversed(list(OPENINGS.openings.items()))))
    assert turned.document(KEY).digest == OPENINGS.document(KEY).digest


def test_more_trainers_than_joined_are_refused_before_a_word_is_fetched() -> None:
    document = OPENINGS.document(KEY)
    for chunk in chunks_of(document):
        del document.blocks.blocks[chunk]  # type: ignore[attr-defined]
    many = with_top(document, {**document.top, "trainers": list(range(1025))})
    with pytest.raises(InvalidMessage, match="trainers"):
        OwnerOpenings.decode(many, HEADER, SPEC, 1024)


@pytest.mark.parametrize("checks", [1, 3, 8])
def test_openings_of_several_checks_are_told_apart(checks: int) -> None:
    size = 8 * checks
    spec = make_spec(shape={"n_features": size - 1}, columns=(make_spec().columns * 13)[: size - 1])
    assert spec.n_checks == checks
    given_ones = OwnerOpenings(HEADER, {trainer: openings(checks, 31 * trainer) for trainer in (1, 4)})
    decoded = OwnerOpenings.decode(given_ones.document(KEY), HEADER, spec, N_TRAINERS)
    assert told(decoded) == told(given_ones)


@pytest.mark.parametrize("opening", [Opening(0, 1), Opening(N - 1, N - 1), Opening(2**2048 - 1, 2**2048 - 1)])
def test_any_numbers_of_the_keys_length_can_be_said(opening: Opening) -> None:
    """Ranges are for who verifies them: what is out of range proves nothing."""
    step = replace(STEP, openings=[opening] * 3)
    assert list(OwnerStep.decode(step.document(KEY), HEADER, SPEC, N_TRAINERS).openings) == [opening] * 3


def test_a_direction_is_no_longer_than_the_task_allows() -> None:
    limit = SPEC.direction_norm
    good = replace(STEP, direction=np.array([limit, 0, 0], dtype=np.int64))
    assert OwnerStep.decode(good.document(KEY), HEADER, SPEC, N_TRAINERS).direction[0] == limit
    for wrong in ([limit + 1, 0, 0], [-limit, 1, 0], [-(2**63)] * 3, [2**62, 2**62, 2**62]):
        bad = replace(STEP, direction=np.array(wrong, dtype=np.int64))
        with pytest.raises(InvalidMessage, match="direction"):
            OwnerStep.decode(bad.document(KEY), HEADER, SPEC, N_TRAINERS)


@pytest.mark.parametrize("summed", [b"", b"\x05", b"\x05\x02\x00"])
def test_a_set_of_trainers_has_one_length(summed: bytes) -> None:
    document = STEP.document(KEY)
    with pytest.raises(InvalidMessage, match="summed"):
        OwnerStep.decode(with_top(document, {**document.top, "summed": summed}), HEADER, SPEC, N_TRAINERS)


def test_as_many_scores_as_trainers_in_the_sum() -> None:
    for count in (0, 2, 4):
        bad = replace(STEP, openings=openings(count))
        with pytest.raises(InvalidMessage, match="vector"):
            OwnerStep.decode(bad.document(KEY), HEADER, SPEC, N_TRAINERS)


def test_a_short_post_can_not_stand_for_long_vectors() -> None:
    """The length follows from the task and is compared before a chunk is looked for."""
    document = STEP.document(KEY)
    node = {"dtype": "uint64", "length": 1 << 26, "chunks": [link(digest_of(b"nobody has this"))] * (1 << 10)}
    for name in ("openings", "direction"):
        with pytest.raises(InvalidMessage, match="vector"):
            OwnerStep.decode(with_top(document, {**document.top, name: node}), HEADER, SPEC, N_TRAINERS)


def test_samples_use_all_bits() -> None:
    """Or the golden bytes would not tell one order of bytes from another."""
    assert residue(1, N).bit_length() > 2040 and residue(1, N**2).bit_length() > 4088
    assert all(isinstance(sample, Sample) for sample in SAMPLES.values())
