"""A store that remembers the first blocks it fetched, up to a limit."""

from __future__ import annotations

from typing import Any

from deltaml.storage.store import Store, check_content


class KeepingStore:
    """A `Store` in front of another. `max_bytes` of blocks stay in memory, those that were asked for first.

    What is read over and over in the same order is best kept this way: a cache that drops what was not used for longest
    would drop each block just before its turn. Copies sent to other processes start empty and keep nothing.
    """

    def __init__(self, store: Store, max_bytes: int) -> None:
        self._store = store
        self._bytes_left = max_bytes
        self._kept: dict[bytes, bytes] = {}

    def put(self, data: bytes) -> bytes:
        return self._store.put(data)

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        kept = self._kept.get(digest)
        if kept is not None:
            return check_content(kept, digest, max_bytes)
        data = self._store.get(digest, max_bytes)
        if len(data) <= self._bytes_left:
            self._bytes_left -= len(data)
            self._kept[digest] = data
        return data

    def pin(self, digest: bytes) -> None:
        self._store.pin(digest)

    def unpin(self, digest: bytes) -> None:
        self._store.unpin(digest)

    def __getstate__(self) -> dict[str, Any]:
        return {"_store": self._store, "_bytes_left": 0, "_kept": {}}
