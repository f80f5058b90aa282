"""What every back end offers, and the one that lives in memory."""

from __future__ import annotations

from typing import Protocol

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.storage.blocks import MAX_BLOCK_BYTES, cid_from_digest, digest_of


class Store(Protocol):
    """Content-addressed blocks. All methods may be called from several threads."""

    def put(self, data: bytes) -> bytes:
        """Keep and pin a block; returns its digest. Raises InvalidInput above 1 MiB, Unavailable."""
        ...

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        """The block, checked against its digest here. Raises InvalidMessage if it is longer than max_bytes,
        Unavailable if it is not to be had in time or the node gives something else."""
        ...

    def pin(self, digest: bytes) -> None:
        """Never drop this block, nor what it links to. Raises Unavailable."""
        ...

    def unpin(self, digest: bytes) -> None:
        """Undo `pin`; nothing happens if it was not pinned. Raises Unavailable."""
        ...


class MemoryStore:
    """A `Store` for tests and for learning within one process. Raises Unavailable for a block it never saw."""

    def __init__(self) -> None:
        self.blocks: dict[bytes, bytes] = {}
        self.pinned: set[bytes] = set()

    def put(self, data: bytes) -> bytes:
        check_size(data)
        digest = digest_of(data)
        self.blocks[digest] = bytes(data)
        self.pinned.add(digest)
        return digest

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        return check_content(self._existing(digest), digest, max_bytes)

    def pin(self, digest: bytes) -> None:
        self._existing(digest)
        self.pinned.add(digest)

    def unpin(self, digest: bytes) -> None:
        self.pinned.discard(digest)

    def _existing(self, digest: bytes) -> bytes:
        try:
            return self.blocks[digest]
        except KeyError:
            raise Unavailable(f"nobody has block {cid_from_digest(digest)}") from None


def check_size(data: bytes) -> None:
    """Raises InvalidInput above 1 MiB: larger blocks do not travel between IPFS nodes."""
    if len(data) > MAX_BLOCK_BYTES:
        raise InvalidInput(f"block of {len(data)} bytes; at most {MAX_BLOCK_BYTES}, put long vectors in chunks")


def check_content(data: bytes, digest: bytes, max_bytes: int) -> bytes:
    """Returns data if it is what the digest names and no longer than max_bytes.

    Raises Unavailable for other bytes: they are the node's doing, and whoever named the digest must not pay for it.
    Raises InvalidMessage for a block that is too long: whoever named it made it so.
    """
    if digest_of(data) != digest:
        raise Unavailable(f"got other bytes than block {cid_from_digest(digest)}; the node is broken or lies")
    if len(data) > max_bytes:
        raise InvalidMessage(f"block {cid_from_digest(digest)} is longer than the {max_bytes} bytes allowed here")
    return data
