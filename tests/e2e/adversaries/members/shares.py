"""Posts false masks of the scores."""

import numpy as np

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, PostShares
from deltaml.protocol.messages import ScoreShares
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class ShareLiar(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, PostShares):
            return action
        shares = action.shares
        values = {index: row + np.uint64(9) for index, row in shares.values.items()}
        return PostShares(ScoreShares(shares.header, shares.proposal, values))


if __name__ == "__main__":
    run(ShareLiar)
