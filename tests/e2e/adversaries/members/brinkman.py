"""Answers as late as the windows allow: commitment, opening and vote in their last seconds."""

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action, CommitWork, OpenWork, Vote
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run

MARGIN_SECONDS = 6


class Brinkman(Liar):
    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        clock = snapshot.clock
        ends = {CommitWork: clock.commit_ends_at, OpenWork: clock.open_ends_at, Vote: clock.vote_ends_at}
        end = ends.get(type(action))
        return action if end is None or clock.now >= end - MARGIN_SECONDS else None


if __name__ == "__main__":
    run(Brinkman)
