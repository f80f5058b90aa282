"""Proposes a false subspace step: public steps that make the model worse, with the loss that they would have had."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, Propose
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class StepLiar(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, Propose):
            return action
        worse = tuple(-coefficient - (1 << 24) for coefficient in action.proposal.coefficients)
        return Propose(replace(action.proposal, coefficients=worse))


if __name__ == "__main__":
    run(StepLiar)
