"""Posts true hashes of his mask sums and never a body, so that the next in line has to."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, PostSums
from deltaml.protocol.messages import Sums
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Withholder(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, PostSums):
            return action
        return PostSums(Sums(action.sums.header, action.sums.summed, action.sums.hashes, {}))


if __name__ == "__main__":
    run(Withholder)
