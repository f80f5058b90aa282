"""Submits the digest that the first trainer has submitted (R15)."""

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.client.trainer import TrainerAgent
from deltaml.errors import Unavailable
from deltaml.protocol.document import Document
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run


class Copier(TrainerAgent):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        return np.zeros(len(states[-1].weights), dtype=np.int64)

    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        digest = snapshot.submissions(snapshot.task.round).get(0)
        if digest is None:
            raise Unavailable("nothing to copy yet")
        return Document(digest, self.store)


if __name__ == "__main__":
    run(Copier)
