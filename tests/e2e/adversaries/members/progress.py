"""Proposes what is right but for the progress, which he calls complete: the whole pool in one round."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, Propose
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class ProgressLiar(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, Propose):
            return action
        return Propose(replace(action.proposal, progress_wad=10**18, loss_micro=1))


if __name__ == "__main__":
    run(ProgressLiar)
