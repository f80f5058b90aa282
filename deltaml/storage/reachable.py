"""What a block leads to, followed with a limit: whoever announced it may have linked to anything."""

from __future__ import annotations

from deltaml.errors import InvalidMessage
from deltaml.storage.blocks import MAX_BLOCK_BYTES, cid_from_digest, links_of
from deltaml.storage.store import Store


def reachable(store: Store, root: bytes, max_bytes: int) -> dict[bytes, int]:
    """Digest -> size of all blocks that `root` leads to, itself last.

    Raises InvalidMessage as soon as they add up to more than `max_bytes`, Unavailable when one can't be had.
    """
    sizes: dict[bytes, int] = {}
    waiting, total = [root], 0
    while waiting:
        digest = waiting.pop()
        if digest in sizes:
            continue
        data = store.get(digest, MAX_BLOCK_BYTES)
        sizes[digest] = len(data)
        total += len(data)
        if total > max_bytes:
            raise InvalidMessage(f"{cid_from_digest(root)} leads to more than {max_bytes} bytes")
        waiting += links_of(data)
    return dict(reversed(sizes.items()))
