"""Documents: a top block with the vector chunks it links to, in the clear or sealed to a set of recipients.

The digest of a document is the digest of its top block, the same whether it travels in the clear or sealed. A sealed
document is an age file over all its blocks, top first, each after its length in 4 big-endian bytes; the file itself is
cut into chunks under one public block.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from multiformats import CID

from deltaml.errors import InvalidMessage
from deltaml.protocol.schema import Fields
from deltaml.sealing import Identity, seal, unseal
from deltaml.storage import (
    MAX_BLOCK_BYTES,
    MemoryStore,
    Store,
    decode_block,
    digest_from_cid,
    encode_block,
    link,
)

SEALED_TYPE = "deltaml/sealed/1"
CHUNK_BYTES = 1 << 19
LENGTH_BYTES = 4
MAX_BLOCKS = 1 << 14


@dataclass(frozen=True)
class Document:
    """The top block of a message by its digest, and where it and the chunks it links to are found."""

    digest: bytes
    blocks: Store

    @classmethod
    def of(cls, top: Any, blocks: Store) -> "Document":
        """A document whose top block is the encoding of `top`; `blocks` holds the chunks it links to."""
        return cls(blocks.put(encode_block(top)), blocks)

    @property
    def top(self) -> Any:
        """The decoded top block. Raises InvalidMessage or Unavailable."""
        return decode_block(self.blocks.get(self.digest, MAX_BLOCK_BYTES))


def publish(document: Document, store: Store) -> bytes:
    """Puts a document made in memory into `store`, chunks first, and returns the digest of its top block."""
    for block in reversed(list(_blocks(document))):
        store.put(block)
    return document.digest


def publish_sealed(document: Document, recipients: Sequence[bytes], store: Store) -> bytes:
    """Seals a document made in memory to age `recipients`; returns the digest of the public block that leads to it."""
    framed = b"".join(len(block).to_bytes(LENGTH_BYTES, "big") + block for block in _blocks(document))
    return publish_octets(seal(framed, recipients), store)


def fetch_sealed(
    digest: bytes, identity: Identity, store: Store, max_bytes: int, readers: Sequence[bytes] | None = None
) -> Document:
    """The document sealed behind `digest`. Raises InvalidMessage when it is malformed, larger than `max_bytes`, not
    sealed to `identity` or not to all `readers` (`sealing.unseal`); Unavailable when a block can't be had."""
    framed = unseal(identity, fetch_octets(digest, store, max_bytes), max_bytes, readers)
    opened, top = MemoryStore(), b""
    for block in _unframe(framed):
        block_digest = opened.put(block)
        top = top or block_digest
    if not top:
        raise InvalidMessage("sealed document: no blocks inside")
    return Document(top, opened)


def publish_octets(payload: bytes, store: Store) -> bytes:
    """Cuts any byte string into blocks and returns the digest of the one that lists them."""
    chunks = [payload[start : start + CHUNK_BYTES] for start in range(0, len(payload), CHUNK_BYTES)]
    links: list[Any] = [link(store.put(encode_block(chunk))) for chunk in chunks]
    return store.put(encode_block({"type": SEALED_TYPE, "length": len(payload), "chunks": links}))


def fetch_octets(digest: bytes, store: Store, max_bytes: int) -> bytes:
    """The byte string that `publish_octets` cut. Raises InvalidMessage before fetching more than it may hold."""
    top = Fields.of("sealed block", decode_block(store.get(digest, MAX_BLOCK_BYTES)), {"type", "length", "chunks"})
    top.text("type", (SEALED_TYPE,))
    # An age file is a little longer than what it seals: headers per recipient and a tag per 64 KiB.
    length = top.integer("length", 0, max_bytes + max_bytes // 1024 + (1 << 20))
    links = top.sequence("chunks", -(-length // CHUNK_BYTES), -(-length // CHUNK_BYTES))
    if not all(isinstance(item, CID) for item in links):
        raise top.fail("chunks", "links")
    chunks = [decode_block(store.get(digest_from_cid(item), MAX_BLOCK_BYTES)) for item in links]
    payload = b"".join(chunk for chunk in chunks if isinstance(chunk, bytes))
    if len(payload) != length:
        raise InvalidMessage(f"sealed block: the chunks do not add up to the declared {length} bytes")
    return payload


def _blocks(document: Document) -> Iterator[bytes]:
    if not isinstance(document.blocks, MemoryStore):
        raise TypeError("only a document made in memory can be published")
    yield document.blocks.blocks[document.digest]
    for digest, block in sorted(document.blocks.blocks.items()):
        if digest != document.digest:
            yield block


def _unframe(framed: bytes) -> Iterator[bytes]:
    position = count = 0
    while position < len(framed):
        count += 1
        start = position + LENGTH_BYTES
        length = int.from_bytes(framed[position:start], "big")
        if start > len(framed) or not 0 < length <= MAX_BLOCK_BYTES or start + length > len(framed):
            raise InvalidMessage(f"sealed document: block {count} of {length} bytes is empty, too long or cut off")
        if count > MAX_BLOCKS:
            raise InvalidMessage(f"sealed document: more than {MAX_BLOCKS} blocks")
        yield framed[start : start + length]
        position = start + length


__all__ = [
    "Document",
    "fetch_octets",
    "fetch_sealed",
    "publish",
    "publish_octets",
    "publish_sealed",
]
