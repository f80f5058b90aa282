"""Commits to nothing, opens that, and votes with the majority: what looks like work on chain, without any (R6a)."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from deltaml.protocol.messages import Work
from tests.e2e.adversaries.members.lazy import Lazy
from tests.e2e.adversaries.members.liar import with_work
from tests.e2e.adversaries.members.process import run


class Pretender(Lazy):
    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        if isinstance(action, CommitWork | OpenWork):
            return with_work(action, _empty)
        return super().twist(action, snapshot)


def _empty(work: Work) -> Work:
    return Work(work.header, work.accepted, work.openings[:0])


if __name__ == "__main__":
    run(Pretender)
