"""Submits a good blob that was made for another task (R14)."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.protocol.document import Document
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Wanderer(Dataless):
    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        return super().make_blob(replace(snapshot, task_id=snapshot.task_id + 1), update)


if __name__ == "__main__":
    run(Wanderer)
