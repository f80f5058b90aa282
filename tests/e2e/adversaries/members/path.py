"""Proposes a false path gradient h, along which the first would be last."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, Propose
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class PathLiar(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, Propose):
            return action
        return Propose(replace(action.proposal, path_gradient=-action.proposal.path_gradient))


if __name__ == "__main__":
    run(PathLiar)
