"""Posts to one other member only: everything he says is true, and all but one of the committee can't read it."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action
from oracles.view import Audience
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Whisperer(Liar):
    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        heard = [key for key in audience.committee if key != self.identity.recipient][:1]
        super().act(action, snapshot, replace(audience, committee=heard, sums=heard, states=heard))

    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return action


if __name__ == "__main__":
    run(Whisperer)
