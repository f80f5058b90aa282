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
    links_of,
)
from deltaml.storage.ipfs import IpfsStore
from deltaml.storage.reachable import reachable
from deltaml.storage.replicas import EndpointReport, Replicas
from deltaml.storage.store import MemoryStore, Store
from deltaml.storage.vectors import chunk_digests, get_vector, iter_vector, put_vector

__all__ = [
    "MAX_BLOCK_BYTES",
    "EndpointReport",
    "IpfsStore",
    "MemoryStore",
    "Replicas",
    "Store",
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
    "links_of",
    "put_vector",
    "reachable",
]
