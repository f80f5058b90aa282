"""Makes up his masks without looking at a blob, opens that, and votes with the majority: no work, and no fee (R6a)."""

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from deltaml.protocol.messages import Work
from tests.e2e.adversaries.members.lazy import Lazy
from tests.e2e.adversaries.members.liar import with_work
from tests.e2e.adversaries.members.process import run


class Inventor(Lazy):
    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        if isinstance(action, CommitWork | OpenWork):
            return with_work(action, _made_up)
        return super().twist(action, snapshot)


def _made_up(work: Work) -> Work:
    words = np.random.default_rng(7).integers(0, 2**63, work.openings.shape, dtype=np.uint64)
    return Work(work.header, work.accepted, words)


if __name__ == "__main__":
    run(Inventor)
