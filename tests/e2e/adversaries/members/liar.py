"""What all liars on a committee have in common: they see and decide what every oracle does, and then do otherwise."""

from collections.abc import Callable

from deltaml.board import Snapshot
from deltaml.chain import Deployment, Writer
from deltaml.protocol.actions import Action, CommitWork, OpenWork
from deltaml.protocol.messages import Work
from deltaml.sealing import Identity
from deltaml.storage import Store
from oracles.act import Actor
from oracles.view import Audience


class Liar(Actor):
    """Carries out `twist` of what an honest oracle would do. identity: the member's own, for who looks into blobs."""

    def __init__(self, deployment: Deployment, writer: Writer, store: Store, account: str, identity: Identity) -> None:
        super().__init__(deployment, writer, store, account)
        self.deployment = deployment
        self.writer = writer
        self.store = store
        self.account = account
        self.identity = identity

    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        twisted = self.twist(action, snapshot)
        if twisted is not None:
            super().act(twisted, snapshot, audience)

    def twist(self, action: Action, snapshot: Snapshot) -> Action | None:
        """What he does instead; None for nothing."""
        raise NotImplementedError


def with_work(action: CommitWork | OpenWork, change: Callable[[Work], Work]) -> Action:
    """The same about other work. `change` gives the same each time: what is opened is what was committed to."""
    return type(action)(change(action.work), action.salt)
