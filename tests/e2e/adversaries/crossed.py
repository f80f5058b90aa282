"""Gives one oracle seeds that he can't open, and all others theirs (R16)."""

from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.protocol import blobs
from deltaml.protocol.document import Document
from deltaml.sealing import seal
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Crossed(Dataless):
    """The oracle in this seat is left out."""

    victim_seat = 2

    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        victim = self._committee_recipients(snapshot)[self.victim_seat]
        without = lambda content, readers: seal(content, [r for r in readers if r != victim])  # noqa: E731
        with patch.object(blobs, "seal", without):
            return super().make_blob(snapshot, update)


if __name__ == "__main__":
    run(Crossed)
