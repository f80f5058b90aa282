"""Long integer vectors as chunks of little-endian bytes, linked from one small node (design R11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from multiformats import CID
from numpy.typing import NDArray

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.storage.blocks import Value, decode_block, digest_from_cid, encode_block, link
from deltaml.storage.store import Store

CHUNK_WORDS = 1 << 16
"""64-bit words per chunk: 512 KiB, so that chunk and CBOR head stay below 1 MiB and chunks start at even words."""

_HEAD_BYTES = 5  # CBOR's head of a byte string of 2**16 bytes and more
Dtype = Literal["int64", "uint64"]
IntegerVector = NDArray[np.int64] | NDArray[np.uint64]


def put_vector(store: Store, array: IntegerVector) -> dict[str, Value]:
    """Store the chunks of int64[d] or uint64[d]; returns the node to embed in a block.

    {"dtype": "int64" or "uint64", "length": d, "chunks": links}. Raises InvalidInput on other arrays, Unavailable.
    """
    if array.ndim != 1 or array.dtype.name not in ("int64", "uint64"):
        raise InvalidInput(f"got {array.dtype} of shape {array.shape}; expected int64 or uint64 with one dimension")
    words = array.astype(array.dtype.newbyteorder("<"), copy=False)
    chunks: list[Value] = [
        link(store.put(encode_block(words[start : start + CHUNK_WORDS].tobytes())))
        for start in range(0, len(words), CHUNK_WORDS)
    ]
    return {"dtype": array.dtype.name, "length": len(words), "chunks": chunks}


@dataclass(frozen=True, eq=False)
class StoredVector:
    """`dtype`[length] that stays where it is stored: in memory it takes 32 bytes a chunk.

    Every read fetches again, and checks again that it got what `digests` name. Raises InvalidMessage when a chunk is
    not what it must be, Unavailable when it can't be had.
    """

    store: Store
    digests: tuple[bytes, ...]
    dtype: Dtype
    length: int

    @classmethod
    def of(cls, store: Store, node: Value, dtype: Dtype, length: int) -> StoredVector:
        """Fetches nothing. Raises InvalidMessage unless the node is what `put_vector` makes of such a vector."""
        return cls(store, tuple(chunk_digests(node, dtype, length)), dtype, length)

    def __len__(self) -> int:
        return self.length

    def chunk(self, index: int) -> NDArray[Any]:
        """Words index * CHUNK_WORDS to the next chunk's, or to the end."""
        n_bytes = 8 * min(CHUNK_WORDS, self.length - index * CHUNK_WORDS)
        content = decode_block(self.store.get(self.digests[index], max_bytes=n_bytes + _HEAD_BYTES))
        if not isinstance(content, bytes) or len(content) != n_bytes:
            raise InvalidMessage(f"chunk {index} of a vector is not a string of {n_bytes} bytes")
        little_endian = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(content, dtype=little_endian).astype(self.dtype, copy=False)

    def chunks(self) -> Iterator[NDArray[Any]]:
        """All in order, each fetched when it is asked for."""
        return map(self.chunk, range(len(self.digests)))

    def check(self) -> None:
        """Fetches all of it once."""
        for _ in self.chunks():
            pass

    def read(self) -> NDArray[Any]:
        """The whole vector."""
        vector = np.empty(self.length, dtype=self.dtype)
        for index, chunk in enumerate(self.chunks()):
            vector[index * CHUNK_WORDS : index * CHUNK_WORDS + len(chunk)] = chunk
        return vector


def get_vector(store: Store, node: Value, dtype: Dtype, length: int) -> NDArray[Any]:
    """The whole vector, `dtype`[length]. Raises as `StoredVector`; nothing is allocated for a node that lies."""
    return StoredVector.of(store, node, dtype, length).read()


def iter_vector(store: Store, node: Value, dtype: Dtype, length: int) -> Iterator[NDArray[Any]]:
    """The vector in pieces of `CHUNK_WORDS`, each fetched when it is asked for.

    Raises InvalidMessage (at once) unless the node is what `put_vector` makes of a vector of that dtype and length,
    (later) when a chunk is not what it must be; Unavailable when it can't be had.
    """
    return StoredVector.of(store, node, dtype, length).chunks()


def chunk_digests(node: Value, dtype: Dtype, length: int) -> list[bytes]:
    """Digests of the chunks of a checked node, for pinning and unpinning. Raises InvalidMessage."""
    if not isinstance(node, dict) or node.keys() != {"dtype", "length", "chunks"}:
        raise InvalidMessage("not a vector: expected a map of dtype, length and chunks")
    declared, links = node["length"], node["chunks"]
    if node["dtype"] != dtype or type(declared) is not int or declared != length:
        raise InvalidMessage(f"vector is {str(node['dtype'])[:20]}[{str(declared)[:20]}]; expected {dtype}[{length}]")
    expected = -(-length // CHUNK_WORDS)
    if not isinstance(links, list) or len(links) != expected:
        raise InvalidMessage(f"a vector of {length} words comes as {expected} chunks")
    return [digest_from_cid(_link(chunk)) for chunk in links]


def _link(value: Value) -> CID:
    if not isinstance(value, CID):
        raise InvalidMessage("the chunks of a vector must be links")
    return value
