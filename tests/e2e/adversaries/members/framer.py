"""Lies about one trainer only, at every step: that his blob's masks are others, and those of his score."""

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork, PostShares
from deltaml.protocol.messages import ScoreShares, Work
from tests.e2e.adversaries.members.liar import Liar, with_work
from tests.e2e.adversaries.members.process import run


class Framer(Liar):
    """His victim is the first trainer who counts."""

    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        match action:
            case CommitWork() | OpenWork():
                return with_work(action, _false)
            case PostShares(shares):
                rows = {index: row.copy() for index, row in shares.values.items()}
                for row in rows.values():
                    row[0] -= np.uint64(1 << 40)
                return PostShares(ScoreShares(shares.header, shares.proposal, rows))
        return action


def _false(work: Work) -> Work:
    openings = work.openings.copy()
    openings[:, :1] += np.uint64(1 << 40)
    return Work(work.header, work.accepted, openings)


if __name__ == "__main__":
    run(Framer)
