"""Submits the digest that the first trainer has submitted (R15)."""

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.errors import Unavailable
from deltaml.protocol.document import Document
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Copier(Dataless):
    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        digest = snapshot.submissions(snapshot.task.round).get(0)
        if digest is None:
            raise Unavailable("nothing to copy yet")
        return Document(digest, self.store)


if __name__ == "__main__":
    run(Copier)
