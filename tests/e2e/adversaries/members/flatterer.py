"""Works like everybody and vouches for all who opened anything, whatever it was (R6a)."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, Vote
from tests.e2e.adversaries.members.lazy import all_who_opened
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Flatterer(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return replace(action, vouched=all_who_opened(snapshot)) if isinstance(action, Vote) else action


if __name__ == "__main__":
    run(Flatterer)
