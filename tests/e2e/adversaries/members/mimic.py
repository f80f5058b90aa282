"""Copies another member's commitment and, when that one has opened it, his opening (R6a)."""

from deltaml.board import Snapshot
from deltaml.chain import calls
from deltaml.chain.events import WorkCommitted, WorkOpened
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from oracles.view import Audience
from tests.e2e.adversaries.members.lazy import Lazy
from tests.e2e.adversaries.members.process import run


class Mimic(Lazy):
    """All that an opening is made of stands on chain, the salt included; his own address is not the other's."""

    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        where, task, number = self.deployment, snapshot.task_id, snapshot.task.round
        if isinstance(action, CommitWork):
            committed = [e for e in snapshot.of_round(WorkCommitted, number) if e.member != self.account]
            if committed:
                self.writer.send(calls.commit_work(where, task, number, committed[0].commitment))
        elif isinstance(action, OpenWork):
            opened = snapshot.of_round(WorkOpened, number)
            if opened:
                first = opened[0]
                self.writer.send(calls.open_work(where, task, number, first.digest, first.accepted, action.salt))
        else:
            super().act(action, snapshot, audience)


if __name__ == "__main__":
    run(Mimic)
