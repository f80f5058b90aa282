"""Proposes a path gradient and public steps that are a little off, as much as the others may just not notice."""

from dataclasses import replace

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, Propose
from deltaml.protocol.stepping import VECTOR_TOLERANCE
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Shader(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, Propose):
            return action
        h = action.proposal.path_gradient
        off = np.zeros_like(h)
        off[0] = int(0.9 * VECTOR_TOLERANCE * float(np.linalg.norm(h.astype(np.float64))) + 0.9 * len(h) ** 0.5)
        return Propose(replace(action.proposal, path_gradient=h + off))


if __name__ == "__main__":
    run(Shader)
