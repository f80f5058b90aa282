"""Posts false mask sums: hashes and bodies that fit each other and nothing else."""

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, PostSums
from deltaml.protocol.messages import Sums
from deltaml.protocol.opening import hash_sum
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class SumLiar(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, PostSums):
            return action
        sums = action.sums
        bodies = {index: body + np.uint64(5) for index, body in sums.bodies.items()}
        hashes = {index: bytes(32) for index in sums.hashes} | {i: hash_sum(body) for i, body in bodies.items()}
        return PostSums(Sums(sums.header, sums.summed, hashes, bodies))


if __name__ == "__main__":
    run(SumLiar)
