"""Expands all seeds but the last of those he holds, of which he posts zeros, and does everything else as he should."""

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from deltaml.protocol.messages import Work
from tests.e2e.adversaries.members.liar import Liar, with_work
from tests.e2e.adversaries.members.process import run


class Halfhearted(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return with_work(action, _but_one_set) if isinstance(action, CommitWork | OpenWork) else action


def _but_one_set(work: Work) -> Work:
    openings = work.openings.copy()
    openings[-1] = np.uint64(0)
    return Work(work.header, work.accepted, openings)


if __name__ == "__main__":
    run(Halfhearted)
