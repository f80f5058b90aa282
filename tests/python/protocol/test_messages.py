"""Every message survives its own bytes, and nothing else passes for it: InvalidMessage and no other (R12)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.protocol.messages import COEFFICIENT_LIMIT, Header, Proposal, ScoreShares, State, Sums
from deltaml.storage import MemoryStore, digest_of, encode_block, link, put_vector
from tests.python.protocol.samples import (
    HEADER,
    HELD,
    LENGTH,
    N_TRAINERS,
    PROPOSAL,
    SAMPLES,
    SHARES,
    STATE,
    SUMS,
    same,
    with_top,
    words,
)

pytestmark = pytest.mark.unit

KINDS = sorted(SAMPLES)
OTHER_HEADERS = {
    "chain": replace(HEADER, chain_id=1),
    "market": replace(HEADER, market=bytes(20)),
    "task": replace(HEADER, task_id=8),
    "round": replace(HEADER, round=4),
    "sender": replace(HEADER, sender=bytes(20)),
}
# What may stand where something else belongs; no value of a sample is equal to one of these and of its type.
WRONG = st.sampled_from(
    [None, True, False, -(2**63) - 1, 2**64 - 1, "text", b"bytes", [], [None], {}, {"x": 1}, link(digest_of(b""))]
)


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str) -> None:
    sample = SAMPLES[kind]
    decoded = sample.decode(sample.document())
    if sample.message is not None:
        assert same(decoded, sample.message)
        assert decoded.document().digest == sample.document().digest


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_canonical(kind: str) -> None:
    first, second = SAMPLES[kind].document(), SAMPLES[kind].document()
    assert first.digest == second.digest
    assert encode_block(first.top) == first.blocks.get(first.digest, 1 << 20)


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
@given(data=st.data())
@settings(max_examples=25)
def test_no_field_takes_another_type(kind: str, data: Any) -> None:
    sample = SAMPLES[kind]
    document = sample.document()
    name = data.draw(st.sampled_from(sorted(document.top)))
    wrong = data.draw(WRONG)
    if fits_anyway(name, wrong):
        return
    with pytest.raises(InvalidMessage):
        sample.decode(with_top(document, {**document.top, name: wrong}))


def fits_anyway(name: str, value: Any) -> bool:
    """Maps of sums and shares may be empty; sets of trainers are compared later, with what others say; the vector of an
    update is checked when it is read."""
    if name == "vector":
        return isinstance(value, dict)
    return (name in ("hashes", "bodies", "values") and value == {}) or (name == "summed" and value == b"bytes")


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a decoded block."""
    children: list[tuple[Any, Any]] = []
    if isinstance(value, Mapping):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [at, *(place for key, child in children for place in paths(child, (*at, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    if isinstance(value, list):
        return [replaced(v, path[1:], by) if i == path[0] else v for i, v in enumerate(value)]
    return {k: replaced(v, path[1:], by) if k == path[0] else v for k, v in value.items()}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40)
def test_nothing_but_invalid_message_comes_of_junk(kind: str, data: Any) -> None:
    """Anything anywhere in the top block, links to blocks that exist and that don't."""
    sample = SAMPLES[kind]
    document = sample.document()
    path = data.draw(st.sampled_from(paths(document.top)))
    junk = data.draw(JUNK | st.just(link(document.digest)))
    try:
        sample.decode(with_top(document, replaced(document.top, path, junk)))
    except (InvalidMessage, Unavailable) as error:
        # Only score shares for a proposal nobody knows may be waited for.
        assert isinstance(error, InvalidMessage) or (kind, path) == ("shares", ("proposal",))


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
    # A flipped bit may be another valid number or name another hash: never the same message.
    assert sample.message is None or not same(decoded, sample.message)


def test_a_missing_chunk_is_waited_for() -> None:
    for kind in ("state", "work", "sums", "proposal", "shares"):
        document = SAMPLES[kind].document()
        assert isinstance(document.blocks, MemoryStore)
        for digest in set(document.blocks.blocks) - {document.digest}:
            del document.blocks.blocks[digest]
        with pytest.raises(Unavailable):
            SAMPLES[kind].decode(document)


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_have_the_expected_length_and_type(kind: str) -> None:
    sample = SAMPLES[kind]
    document = sample.document()
    if kind == "update":
        return
    for path in paths(document.top):
        if not path or path[-1] != "chunks":
            continue
        for wrong in (words(1), words(1000), np.zeros(0, np.uint64)):
            for vector in (wrong, wrong.view(np.int64)):
                node = put_vector(document.blocks, vector)  # type: ignore[arg-type]
                with pytest.raises(InvalidMessage, match="vector"):
                    sample.decode(with_top(document, replaced(document.top, path[:-1], node)))


@pytest.mark.parametrize("value", [1.0, 0.5, float("nan"), np.float64(1)])
def test_floats_can_not_be_said(value: Any) -> None:
    with pytest.raises(InvalidInput, match="float"):
        replace(STATE, loss_micro=value).document()
    with pytest.raises(InvalidInput, match="float"):
        replace(PROPOSAL, coefficients=(value, 0)).document()
    with pytest.raises(InvalidInput, match="float64"):
        replace(STATE, weights=np.array([value])).document()
    # 0xfb: a double in CBOR, put where an integer belongs.
    document = STATE.document()
    good = encode_block(document.top)
    place = good.index(b"jloss_micro") + len("jloss_micro")
    bad = good[:place] + b"\xfb" + np.float64(431_000).tobytes()[::-1] + good[place + 5 :]
    with pytest.raises(InvalidMessage):
        State.decode(replace(document, digest=document.blocks.put(bad)), LENGTH, N_TRAINERS)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("round", [-1, 257]),
        ("carried", [[0] * 9, [0] * 11, [1] + [0] * 9, [-(2**62) - 1] + [0] * 9, [False] + [0] * 9]),
        ("progress_wad", [-1, 10**18 + 1]),
        ("loss_micro", [-(2**62) - 1, 2**62 + 1]),
        ("metric_micro", [-(2**62) - 1, 2**62 + 1]),
    ],
)
def test_state_ranges(name: str, values: list[Any]) -> None:
    document = STATE.document()
    for value in values:
        with pytest.raises(InvalidMessage, match=name):
            State.decode(with_top(document, {**document.top, name: value}), LENGTH, N_TRAINERS)


def test_the_initial_state_carries_nothing() -> None:
    first = replace(STATE, round=0, carried=())
    assert State.decode(first.document(), LENGTH, 4).carried == (0, 0, 0, 0)
    with pytest.raises(InvalidMessage, match="carried"):
        State.decode(replace(STATE, round=0).document(), LENGTH, N_TRAINERS)


@pytest.mark.parametrize("wrong", [True, COEFFICIENT_LIMIT, -COEFFICIENT_LIMIT, None, b"1", [1]])
def test_coefficients_are_integers_of_62_bits(wrong: Any) -> None:
    document = PROPOSAL.document()
    with pytest.raises(InvalidMessage, match="coefficients"):
        Proposal.decode(with_top(document, {**document.top, "coefficients": [wrong, 0]}), HEADER, LENGTH, 2)
    for count in (0, 1, 3):
        with pytest.raises(InvalidMessage, match="coefficients"):
            Proposal.decode(with_top(document, {**document.top, "coefficients": [0] * count}), HEADER, LENGTH, 2)


def test_a_member_speaks_for_his_own_sets_only() -> None:
    for message in (SUMS, SHARES):
        document = message.document()
        decode: Any = {Sums: sums_of, ScoreShares: shares_of}[type(message)]
        assert decode(document, HELD)
        with pytest.raises(InvalidMessage, match="holder sets"):
            decode(document, (1, 3))


def sums_of(document: Any, held: tuple[int, ...], length: int = LENGTH) -> Sums:
    return Sums.decode(document, HEADER, held, length)


def shares_of(document: Any, held: tuple[int, ...]) -> ScoreShares:
    return ScoreShares.decode(document, HEADER, held, {SHARES.proposal: 3})


@pytest.mark.parametrize("name", ["00", "+0", " 0", "0 ", "٠", "-1", "a", ""])
def test_set_names_have_one_spelling(name: str) -> None:
    document = SUMS.document()
    with pytest.raises(InvalidMessage, match="hashes"):
        sums_of(with_top(document, {**document.top, "hashes": {name: bytes(32)}}), HELD)


def test_a_short_post_can_not_stand_for_gigabytes() -> None:
    """One chunk linked many times over: refused by what it would become, before a word is fetched."""
    document = SUMS.document()
    length = 1 << 26
    node = {"dtype": "uint64", "length": length, "chunks": [link(digest_of(b"nobody has this"))] * (length >> 16)}
    top = {**document.top, "bodies": {str(index): node for index in HELD}}
    with pytest.raises(InvalidMessage, match="post fewer"):
        sums_of(with_top(document, top), HELD, length)


def test_shares_of_an_unknown_proposal_are_waited_for() -> None:
    with pytest.raises(Unavailable, match="not known yet"):
        ScoreShares.decode(SHARES.document(), HEADER, HELD, {bytes(32): 3})


@given(st.integers(1, 2**63 - 1), st.binary(min_size=20, max_size=20), st.integers(0, 2**63 - 1), st.integers(0, 255))
def test_headers_round_trip(chain: int, market: bytes, task: int, number: int) -> None:
    header = Header(chain, market, task, number, market[::-1])
    message = replace(SHARES, header=header)
    assert ScoreShares.decode(message.document(), header, HELD, {SHARES.proposal: 3}).header == header
