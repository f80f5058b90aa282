"""Vectors in chunks: same vector, same node; a node that lies costs nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.storage import (
    MAX_BLOCK_BYTES,
    MemoryStore,
    chunk_digests,
    cid_from_digest,
    decode_block,
    digest_of,
    encode_block,
    get_vector,
    iter_vector,
    link,
    put_vector,
)
from deltaml.storage.vectors import CHUNK_WORDS

pytestmark = pytest.mark.unit

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "blocks.json").read_text())


def words(length: int) -> np.ndarray:
    return np.arange(length, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@pytest.mark.parametrize("length", [0, 1, CHUNK_WORDS - 1, CHUNK_WORDS, CHUNK_WORDS + 1, 3 * CHUNK_WORDS])
def test_round_trip(dtype: Any, length: int) -> None:
    store, vector = MemoryStore(), words(length).view(dtype)
    node = decode_block(encode_block(put_vector(store, vector)))

    read = get_vector(store, node, dtype, length)

    assert read.dtype == np.dtype(dtype)
    assert (read == vector).all()
    assert read.flags.writeable
    assert all(len(block) <= MAX_BLOCK_BYTES for block in store.blocks.values())
    assert [len(chunk) for chunk in iter_vector(store, node, dtype, length)][:-1] == [CHUNK_WORDS] * (
        max(0, -(-length // CHUNK_WORDS) - 1)
    )


@given(hnp.arrays(np.int64, st.integers(0, 20), elements=st.integers(-(2**63), 2**63 - 1)))
def test_chunks_are_little_endian(vector: np.ndarray) -> None:
    store = MemoryStore()
    node = put_vector(store, vector)

    plain = b"".join(int(value).to_bytes(8, "little", signed=True) for value in vector)
    assert [decode_block(block) for block in store.blocks.values()] == ([plain] if plain else [])
    # Another memory layout is the same vector.
    assert put_vector(store, vector.astype(">i8")) == node
    assert put_vector(store, np.repeat(vector, 2)[::2]) == node


def test_golden_vector() -> None:
    case = VECTORS["vector"]
    data = encode_block(put_vector(MemoryStore(), words(case["length"])))

    assert data.hex() == case["bytes"]
    assert cid_from_digest(digest_of(data)) == case["cid"]


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros(3, dtype=np.int32), np.zeros((2, 2), dtype=np.int64)])
def test_other_arrays_are_refused(array: Any) -> None:
    with pytest.raises(InvalidInput, match="int64 or uint64"):
        put_vector(MemoryStore(), array)


class FetchesNothing(MemoryStore):
    def get(self, digest: bytes, max_bytes: int) -> bytes:
        raise AssertionError("nothing may be fetched for a node that lies")


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "int64"},
        {"dtype": 5},
        {"length": 4},
        {"length": 2**62},
        {"length": True},
        {"length": "3"},
        {"chunks": []},
        {"chunks": [link(bytes(32))] * 2},
        {"chunks": [bytes(32)]},
        {"chunks": {"0": link(bytes(32))}},
        {"more": 1},
    ],
    ids=str,
)
def test_a_node_that_lies_is_refused_at_once(change: dict) -> None:
    node = put_vector(MemoryStore(), words(3)) | change

    for read in (get_vector, iter_vector):
        with pytest.raises(InvalidMessage):
            read(FetchesNothing(), node, "uint64", 3)


@pytest.mark.parametrize("node", [None, 3, [], "x", {}, {"dtype": "uint64", "length": 1}])
def test_what_is_no_node(node: Any) -> None:
    with pytest.raises(InvalidMessage):
        chunk_digests(node, "uint64", 1)


@pytest.mark.parametrize("content", [bytes(23), bytes(25), [1, 2, 3], None, "x" * 24], ids=repr)
def test_a_chunk_of_another_size_or_kind_is_refused(content: Any) -> None:
    store = MemoryStore()
    chunk = link(store.put(encode_block(content)))

    with pytest.raises(InvalidMessage):
        get_vector(store, {"dtype": "uint64", "length": 3, "chunks": [chunk]}, "uint64", 3)


def test_chunks_cut_elsewhere_are_refused() -> None:
    """Or one vector would have many digests."""
    store, vector = MemoryStore(), words(CHUNK_WORDS + 10)
    pieces = [vector[: CHUNK_WORDS - 5], vector[CHUNK_WORDS - 5 :]]
    chunks = [link(store.put(encode_block(piece.tobytes()))) for piece in pieces]

    with pytest.raises(InvalidMessage, match="chunk 0"):
        get_vector(store, {"dtype": "uint64", "length": len(vector), "chunks": chunks}, "uint64", len(vector))


def test_a_missing_chunk_can_be_retried() -> None:
    store = MemoryStore()
    node = put_vector(store, words(3))
    store.blocks.clear()

    with pytest.raises(Unavailable) as caught:
        get_vector(store, node, "uint64", 3)
    assert caught.value.retryable


def test_chunks_are_fetched_one_by_one() -> None:
    store = MemoryStore()
    node = put_vector(store, words(2 * CHUNK_WORDS))
    del store.blocks[chunk_digests(node, "uint64", 2 * CHUNK_WORDS)[1]]

    chunks = iter_vector(store, node, "uint64", 2 * CHUNK_WORDS)

    assert (next(chunks) == words(CHUNK_WORDS)).all()
    with pytest.raises(Unavailable):
        next(chunks)
