"""Answers when it is too late: each step only after its window has closed."""

from typing import Any

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork, Vote
from oracles.view import Audience
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Straggler(Liar):
    """What the chain will not take any more he keeps until the chain asks for something else, and sends it then."""

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self._kept: dict[tuple[int, int, type], Action] = {}

    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        if isinstance(action, CommitWork | OpenWork | Vote):
            self._kept[snapshot.task_id, snapshot.task.round, type(action)] = action
            return
        for key in [key for key in self._kept if key[0] == snapshot.task_id]:
            super().act(self._kept.pop(key), snapshot, audience)
        super().act(action, snapshot, audience)

    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return action


if __name__ == "__main__":
    run(Straggler)
