"""Never answers (R6)."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Silent(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> None:
        return None


if __name__ == "__main__":
    run(Silent)
