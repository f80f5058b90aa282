"""Says of every blob that it is bad, and later works on all the same."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from deltaml.protocol.messages import Work
from tests.e2e.adversaries.members.liar import Liar, with_work
from tests.e2e.adversaries.members.process import run


class Refuser(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return with_work(action, _nobody) if isinstance(action, CommitWork | OpenWork) else action


def _nobody(work: Work) -> Work:
    return Work(work.header, bytes(len(work.accepted)), work.openings[:, :0])


if __name__ == "__main__":
    run(Refuser)
