"""Works nothing, votes with the majority and vouches for all work, his own included; there is no fee for it (R6a)."""

from deltaml.board import Snapshot
from deltaml.chain.events import QuorumReached, Voted, WorkOpened
from deltaml.protocol.actions import (
    Action,
    CommitWork,
    OpenWork,
    PostShares,
    PostSums,
    Propose,
    PublishState,
    Reveal,
    Vote,
)
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run

WORK = CommitWork | OpenWork | PostSums | Propose | PostShares | Vote | Reveal | PublishState


class Lazy(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        if not isinstance(action, WORK):
            return action
        number = snapshot.task.round
        quorum = snapshot.of_round(QuorumReached, number)
        voted = any(event.member == self.account for event in snapshot.of_round(Voted, number))
        return Vote(quorum[0].report_hash, all_who_opened(snapshot)) if quorum and not voted else None


def all_who_opened(snapshot: Snapshot) -> int:
    """Their seats as bits."""
    return sum(1 << event.seat for event in snapshot.of_round(WorkOpened, snapshot.task.round))


if __name__ == "__main__":
    run(Lazy)
