"""What members and owners announced on a task's board, fetched and decoded; bad posts are left out, with a reason."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from deltaml.board.snapshot import Snapshot
from deltaml.chain.events import Announced
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.ballot import Posted
from deltaml.protocol.document import Document, fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Sums
from deltaml.sealing import Committee, Identity
from deltaml.storage import Store

log = structlog.get_logger()

MAX_POST_BYTES = 1 << 30

Decode = Callable[[int, Document], Any]
"""(position among the authors, document) -> message. Raises InvalidMessage or Unavailable."""


class PostReader:
    """Fetches and opens posts that are sealed to `identity`, each once; all can be fetched again after a restart."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._posts: dict[tuple[int, int, Kind, int, bytes], Any] = {}

    def read(self, snapshot: Snapshot, authors: Sequence[str], kind: Kind, decode: Decode) -> list[Posted]:
        """The good posts of one kind in the current round, in the order of their announcements.

        authors: accounts that may post it; a post's `seat` is its author's position among them.
        """
        position = {account: index for index, account in enumerate(authors)}
        posts = []
        for event in snapshot.announcements(snapshot.task.round, kind):
            author = position.get(event.sender)
            message = None if author is None else self._read_one(snapshot, author, event, decode)
            if author is not None and message is not None:
                posts.append(Posted(author, event.position.timestamp, event.digest, message))
        return posts

    def forget(self, task_id: int) -> None:
        """Drops everything of a task that is over."""
        self._posts = {key: post for key, post in self._posts.items() if key[0] != task_id}

    def forget_before(self, task_id: int, number: int) -> None:
        """Drops what only earlier rounds needed: posts hold whole sums, as long as the model."""
        self._posts = {key: post for key, post in self._posts.items() if key[0] != task_id or key[1] >= number}

    def _read_one(self, snapshot: Snapshot, author: int, event: Announced, decode: Decode) -> Any:
        # By author and kind too: who announces another's digest must not decide what becomes of it.
        key = (snapshot.task_id, event.round, Kind(event.kind), author, event.digest)
        if key not in self._posts:
            where = {"task": snapshot.task_id, "round": event.round, "seat": author, "kind": Kind(event.kind).name}
            try:
                document = fetch_sealed(event.digest, self._identity, self._store, MAX_POST_BYTES)
                self._posts[key] = decode(author, document)
            except InvalidMessage as error:
                log.warning("post refused", **where, digest=event.digest.hex(), why=str(error))
                self._posts[key] = None
            except Unavailable as error:
                log.warning("post not to be had", **where, digest=event.digest.hex(), why=str(error))
                return None
        return self._posts[key]


def read_sums(reader: PostReader, snapshot: Snapshot, members: Sequence[str], length: int) -> list[Posted]:
    """The members' mask sums of `length` words. members: accounts in seat order."""
    committee = Committee(len(members))

    def decode(seat: int, document: Document) -> Sums:
        return Sums.decode(document, snapshot.header(members[seat]), committee.sets_of(seat), length)

    return reader.read(snapshot, members, Kind.SUMS, decode)
