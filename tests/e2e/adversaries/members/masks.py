"""Lies about his masks of the pre-scores and norm checks."""

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from deltaml.protocol.messages import Work
from tests.e2e.adversaries.members.liar import Liar, with_work
from tests.e2e.adversaries.members.process import run


class MaskLiar(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return with_work(action, _false) if isinstance(action, CommitWork | OpenWork) else action


def _false(work: Work) -> Work:
    return Work(work.header, work.accepted, work.openings + np.uint64(1))


if __name__ == "__main__":
    run(MaskLiar)
