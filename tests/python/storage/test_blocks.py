"""Blocks: one object, one encoding, one CID (R11), and nothing else decodes (R12)."""

import hashlib
import json
from pathlib import Path

import dag_cbor
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import CID, multihash

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.storage import (
    MAX_BLOCK_BYTES,
    Value,
    cid_from_digest,
    decode_block,
    digest_from_cid,
    digest_of,
    encode_block,
    link,
)

pytestmark = pytest.mark.unit

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "blocks.json").read_text())
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64 - 1),
    st.text(max_size=5),
    st.binary(max_size=40),
    st.binary(min_size=32, max_size=32).map(link),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
)


@pytest.mark.parametrize("case", VECTORS["blocks"], ids=lambda case: case["name"])
def test_golden_blocks(case: dict) -> None:
    data = bytes.fromhex(case["bytes"])

    assert encode_block(decode_block(data)) == data
    assert cid_from_digest(hashlib.sha256(data).digest()) == case["cid"]


def test_golden_integers_and_keys() -> None:
    """The bytes by hand (RFC 8949 appendix A), so that the file is not just what the encoder said."""
    by_name = {case["name"]: case["bytes"] for case in VECTORS["blocks"]}

    assert by_name["null"] == "f6"
    assert by_name["booleans"] == "82f5f4"
    assert by_name["keys by length, then bytes"] == "a56004616103616201626161" + "02" + "62c3bc05"
    assert by_name["integers"].startswith("8d00171818" + "18ff" + "190100" + "1a00010000" + "1b0000000100000000")
    assert by_name["integers"].endswith("20" + "37" + "3818" + "3bffffffffffffffff")


@pytest.mark.parametrize("name", VECTORS["refused"])
def test_golden_refusals(name: str) -> None:
    with pytest.raises(InvalidMessage):
        decode_block(bytes.fromhex(VECTORS["refused"][name]))


@given(VALUES)
def test_round_trip(value: Value) -> None:
    data = encode_block(value)

    assert decode_block(data) == value
    assert data == dag_cbor.encode(value)


@given(st.binary(max_size=60))
def test_any_bytes_either_are_canonical_or_refused(data: bytes) -> None:
    try:
        value = decode_block(data)
    except InvalidMessage:
        return
    assert encode_block(value) == data


@given(VALUES, st.data())
def test_damaged_blocks_either_are_canonical_or_refused(value: Value, data: st.DataObject) -> None:
    damaged = bytearray(encode_block(value))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        other = decode_block(bytes(damaged))
    except InvalidMessage:
        return
    assert encode_block(other) == damaged


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        [float("nan")],
        {"a": {"b": 0.5}},
        {1: 2},
        2**64,
        -(2**64) - 1,
        "\ud800",
        {"\ud800": 1},
        (1, 2),
        bytearray(b"x"),
        {1, 2},
        CID("base32", 1, "raw", multihash.digest(b"", "sha2-256")),
        bytes(MAX_BLOCK_BYTES),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_a_block_can_not_hold(value: Value) -> None:
    with pytest.raises(InvalidInput):
        encode_block(value)


def nested(levels: int) -> Value:
    value: Value = 0
    for _ in range(levels):
        value = [value]
    return value


def test_depth_is_limited_both_ways() -> None:
    assert decode_block(encode_block(nested(32))) == nested(32)
    with pytest.raises(InvalidInput, match="32 levels"):
        encode_block(nested(33))
    with pytest.raises(InvalidMessage, match="deeper than 3 levels"):
        decode_block(encode_block(nested(4)), max_depth=3)
    with pytest.raises(InvalidMessage, match="deeper"):
        decode_block(b"\x81" * MAX_BLOCK_BYTES)


def test_a_block_of_one_mebibyte_is_the_largest() -> None:
    largest = bytes(MAX_BLOCK_BYTES - 5)

    assert len(encode_block(largest)) == MAX_BLOCK_BYTES
    assert decode_block(encode_block(largest)) == largest
    with pytest.raises(InvalidMessage, match="at most 1048576"):
        decode_block(bytes(MAX_BLOCK_BYTES + 1))


def test_many_small_items_are_refused_before_they_are_built() -> None:
    with pytest.raises(InvalidMessage, match="65536 values"):
        decode_block(b"\x9a\x00\x01\x00\x00" + bytes(65536))
    links = dag_cbor.encode([link(bytes(32))])[1:]
    with pytest.raises(InvalidMessage, match="65536 values"):
        decode_block(b"\x99\x10\x00" + links * 4096)
    assert len(decode_block(b"\x99\x0f\xff" + links * 4095)) == 4095  # type: ignore[arg-type]


@given(st.binary(min_size=32, max_size=32))
def test_cids_are_the_standard_ones(digest: bytes) -> None:
    cid = cid_from_digest(digest)

    assert CID.decode(cid) == CID("base32", 1, "dag-cbor", ("sha2-256", digest))
    assert digest_from_cid(cid) == digest_from_cid(CID.decode(cid)) == digest_from_cid(link(digest)) == digest


KNOWN = cid_from_digest(digest_of(b""))


@pytest.mark.parametrize(
    "cid",
    [
        "",
        "b",
        KNOWN.upper(),
        "B" + KNOWN[1:].upper(),
        "z" + KNOWN[1:],
        KNOWN[:-1],
        KNOWN + "a",
        KNOWN[:-1] + "6",  # differs in the spare bits only
        KNOWN + "====",
        "Qm" + "1" * 44,
        "ü" * 59,
        str(CID("base32", 1, "raw", multihash.digest(b"", "sha2-256"))),
        str(CID("base58btc", 1, "dag-cbor", multihash.digest(b"", "sha2-256"))),
    ],
)
def test_other_cids_are_refused(cid: str) -> None:
    with pytest.raises(InvalidMessage):
        digest_from_cid(cid)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_digests_of_other_sizes(size: int) -> None:
    for call in (cid_from_digest, link):
        with pytest.raises(InvalidInput, match="digest"):
            call(bytes(size))
