"""Works like everybody and vouches for nobody's work but his own (R6a)."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.chain.events import WorkOpened
from deltaml.protocol.actions import Action, Vote
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Grudger(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        if not isinstance(action, Vote):
            return action
        opened = snapshot.of_round(WorkOpened, snapshot.task.round)
        return replace(action, vouched=sum(1 << event.seat for event in opened if event.member == self.account))


if __name__ == "__main__":
    run(Grudger)
