"""Commits and opens his work in order, and is never seen again."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Deserter(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        return action if isinstance(action, CommitWork | OpenWork) else None


if __name__ == "__main__":
    run(Deserter)
