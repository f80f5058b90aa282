"""Works like everybody and votes another hash (R6)."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, Vote
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Contrarian(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, Vote):
            return action
        return replace(action, report_hash=bytes(reversed(action.report_hash)))


if __name__ == "__main__":
    run(Contrarian)
