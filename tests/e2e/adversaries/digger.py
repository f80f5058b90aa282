"""Submits a block of lists in lists, as deep as a block can be long."""

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.protocol.document import Document
from deltaml.storage import MAX_BLOCK_BYTES
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Digger(Dataless):
    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        # Its account at the bottom, so that two of them are not one block.
        bottom = b"\x54" + bytes.fromhex(self.account[2:])
        return Document(self.store.put(b"\x81" * (MAX_BLOCK_BYTES - len(bottom)) + bottom), self.store)


if __name__ == "__main__":
    run(Digger)
