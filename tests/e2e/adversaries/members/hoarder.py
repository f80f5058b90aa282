"""Reveals the report that has the quorum and keeps the model it leads to for himself."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, PublishState, Reveal
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Hoarder(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        if isinstance(action, PublishState):
            return None
        return Reveal(action.report, None) if isinstance(action, Reveal) else action


if __name__ == "__main__":
    run(Hoarder)
