"""Content-addressed blocks on IPFS: canonical bytes, checked on arrival, chunked vectors (design §6)."""

from deltaml.storage.blocks import (
    MAX_BLOCK_BYTES,
    Value,
    cid_from_digest,
    decode_block,
    digest_from_cid,
    digest_of,
    encode_block,
    link,
)
from deltaml.storage.ipfs import IpfsStore
from deltaml.storage.keeping import KeepingStore
from deltaml.storage.store import MemoryStore, Store
from deltaml.storage.vectors import CHUNK_WORDS, StoredVector, chunk_digests, get_vector, iter_vector, put_vector

__all__ = [
    "CHUNK_WORDS",
    "MAX_BLOCK_BYTES",
    "IpfsStore",
    "KeepingStore",
    "MemoryStore",
    "Store",
    "StoredVector",
    "Value",
    "chunk_digests",
    "cid_from_digest",
    "decode_block",
    "digest_from_cid",
    "digest_of",
    "encode_block",
    "get_vector",
    "iter_vector",
    "link",
    "put_vector",
]
