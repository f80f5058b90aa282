"""Submits a block that is no blob, and in later rounds the digest of a block that nobody has."""

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.protocol.document import Document
from deltaml.storage import digest_of
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Garbler(Dataless):
    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        garbage = b"\xff\x00 no CBOR " + self.account.encode()
        digest = self.store.put(garbage) if snapshot.task.round == 0 else digest_of(garbage + b" and nowhere")
        return Document(digest, self.store)


if __name__ == "__main__":
    run(Garbler)
