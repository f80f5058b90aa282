"""Declares a vector of 10 GB: one chunk, linked again and again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.protocol.document import Document
from deltaml.storage import MemoryStore, encode_block, link, put_vector
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless

CHUNK_WORDS = 1 << 16
CHUNKS = 10 * 10**9 // (8 * CHUNK_WORDS)


class Giant(Dataless):
    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        top: dict[str, Any] = super().make_blob(snapshot, update).top
        blocks = MemoryStore()
        chunk = link(blocks.put(encode_block(bytes(8 * CHUNK_WORDS))))
        vector = {"dtype": "uint64", "length": CHUNKS * CHUNK_WORDS, "chunks": [chunk] * CHUNKS}
        return Document.of({**top, "vector": vector}, blocks)


class Stretcher(Dataless):
    """As long as it should be by its own account, and one word too long in truth."""

    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        top: dict[str, Any] = super().make_blob(snapshot, update).top
        blocks = MemoryStore()
        longer = put_vector(blocks, np.zeros(len(update) + 1, dtype=np.uint64))
        return Document.of({**top, "vector": {**longer, "length": len(update)}}, blocks)


if __name__ == "__main__":
    run(Giant)
