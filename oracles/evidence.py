"""Fetching what members and trainers posted in a round; a post that breaks a rule is left out with a reason (R12)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import structlog

from deltaml.board import PostReader, Snapshot, read_sums
from deltaml.chain.events import WorkCommitted, WorkOpened
from deltaml.chain.types import SeatState
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.ballot import Posted
from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.blobs import OpenedBlob, ReadBlob, open_seeds, read_blob
from deltaml.protocol.document import Document
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Header, Proposal, ScoreShares, Update, Work
from deltaml.protocol.opening import NANOSECONDS_PER_FETCHED_WORD
from deltaml.protocol.sealed.blobs import read_sealed_blob
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, read_model
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.spread import spread
from deltaml.protocol.stepping import n_public_steps
from deltaml.sealing import Committee, Identity
from deltaml.storage import KeepingStore, Store, StoredVector

log = structlog.get_logger()

Seats = tuple[SeatState, ...]


Read = Callable[[Document, Header], ReadBlob]

BLOBS_AT_A_TIME = 256
"""However many are submitted at once, so many are in hand; of those opened before, only seeds and digests are left."""
MAX_KEPT_BYTES = 16 << 20
"""Of each round's blobs as much stays in memory, so that small rounds fetch every block once."""
FETCH_SECONDS = 0.005
"""What a blob takes besides its words: blocks of its own, a map of seeds."""


@dataclass(frozen=True)
class BlobFormat:
    """How a member of a committee of n reads the blobs of a task: what anybody can see, and how many words that is."""

    read: Read
    n: int
    seat: int
    words: int


def open_model_blobs(n: int, seat: int, length: int) -> BlobFormat:
    return BlobFormat(partial(read_blob, n=n, length=length), n, seat, length)


def sealed_model_blobs(spec: SealedSpec, n: int, seat: int) -> BlobFormat:
    return BlobFormat(partial(read_sealed_blob, n=n, spec=spec), n, seat, spec.blob_words)


@dataclass
class Blobs:
    """The submitted blobs of one round as this member could open them. Vectors stay in `store`."""

    store: Store
    opened: dict[int, OpenedBlob] = field(default_factory=dict)
    masked: dict[int, StoredVector] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


class EvidenceRoom:
    """Fetches and opens posts and blobs, each once; everything kept can be fetched again after a restart."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._blobs: dict[tuple[int, int], Blobs] = {}
        self.posts = PostReader(store, identity)

    def forget_before(self, task_id: int, number: int) -> None:
        """Drops what only earlier rounds needed."""
        self._blobs = {key: blobs for key, blobs in self._blobs.items() if key[0] != task_id or key[1] >= number}
        self.posts.forget_before(task_id, number)

    def forget(self, task_id: int) -> None:
        """Drops everything of a task that is over."""
        self._blobs = {key: blobs for key, blobs in self._blobs.items() if key[0] != task_id}
        self.posts.forget(task_id)

    def blobs(self, snapshot: Snapshot, blob_format: BlobFormat) -> Blobs:
        """All blobs of the current round that can be read by now."""
        key = snapshot.task_id, snapshot.task.round
        if key not in self._blobs:
            self._blobs[key] = Blobs(KeepingStore(self._store, MAX_KEPT_BYTES))
        found = self._blobs[key]
        submitted = snapshot.submissions(snapshot.task.round)
        unread = [index for index in submitted if index not in found.masked and index not in found.refused]
        for start in range(0, len(unread), BLOBS_AT_A_TIME):
            batch = unread[start : start + BLOBS_AT_A_TIME]
            headers = [snapshot.header(snapshot.trainers[index].account) for index in batch]
            documents = [Document(submitted[index], found.store) for index in batch]
            seconds = len(batch) * (FETCH_SECONDS + blob_format.words * NANOSECONDS_PER_FETCHED_WORD * 1e-9)
            items = list(zip(documents, headers, strict=True))
            read = chain.from_iterable(spread(partial(_read_all, blob_format.read), items, seconds))
            for index, header, seen in zip(batch, headers, read, strict=True):
                self._take(found, index, header, seen, blob_format)
        return found

    def _take(
        self,
        found: Blobs,
        index: int,
        header: Header,
        seen: Update | InvalidMessage | Unavailable,
        blob_format: BlobFormat,
    ) -> None:
        if isinstance(seen, Unavailable):
            log.warning("blob not to be had", task=header.task_id, round=header.round, trainer=index, why=str(seen))
            return
        if isinstance(seen, InvalidMessage):
            _refuse(found, index, header, seen)
            return
        masked = StoredVector.of(found.store, seen.vector, "uint64", blob_format.words)
        try:
            seeds = open_seeds(seen, header, blob_format.n, blob_format.seat, self._identity)
            found.opened[index] = OpenedBlob(masked, seeds)
        except InvalidMessage as error:
            _refuse(found, index, header, error)
        # Also when its seeds did not open for this member: others may have accepted it.
        found.masked[index] = masked

    def works(self, snapshot: Snapshot, seats: Seats, n_words: int) -> dict[int, Work]:
        """Seat -> work that was opened on chain and could be fetched. n_words: opened about each update."""
        openings = {event.seat: event for event in snapshot.of_round(WorkOpened, snapshot.task.round)}
        committee = Committee(len(seats))

        def decode(seat: int, document: Document) -> Work:
            opening = openings.get(seat)
            if opening is None:
                raise Unavailable("the work is not opened on chain yet")
            if document.digest != opening.digest:
                raise InvalidMessage("work differs from what was opened on chain")
            accepted = from_bitmap(opening.accepted, len(snapshot.trainers))
            shape = (len(committee.sets_of(seat)), len(accepted), n_words)
            return Work.decode(document, snapshot.header(seats[seat].account), opening.accepted, shape)

        posts = self.posts.read(snapshot, accounts(seats), Kind.WORK, decode)
        return {post.seat: post.message for post in reversed(posts)}

    def sums(self, snapshot: Snapshot, seats: Seats, length: int) -> list[Posted]:
        return read_sums(self.posts, snapshot, accounts(seats), length)

    def proposals(self, snapshot: Snapshot, seats: Seats, spec: OpenSpec, n_history: int) -> list[Posted]:
        length, n_steps = spec.model().n_parameters, n_public_steps(spec, n_history)

        def decode(seat: int, document: Document) -> Proposal:
            return Proposal.decode(document, snapshot.header(seats[seat].account), length, n_steps)

        return self.posts.read(snapshot, accounts(seats), Kind.PROPOSAL, decode)

    def shares(self, snapshot: Snapshot, seats: Seats, lengths: dict[bytes, int]) -> list[Posted]:
        """lengths: digest of each known proposal or owner's step -> words in each row of shares that answer it."""

        def decode(seat: int, document: Document) -> ScoreShares:
            held = Committee(len(seats)).sets_of(seat)
            return ScoreShares.decode(document, snapshot.header(seats[seat].account), held, lengths)

        return self.posts.read(snapshot, accounts(seats), Kind.SHARES, decode)

    def owner_openings(self, snapshot: Snapshot, spec: SealedSpec) -> list[Posted]:
        owner, n_trainers = snapshot.task.owner, len(snapshot.trainers)

        def decode(_: int, document: Document) -> OwnerOpenings:
            return OwnerOpenings.decode(document, snapshot.header(owner), spec, n_trainers)

        return self.posts.read(snapshot, [owner], Kind.OWNER_OPENINGS, decode)

    def steps(self, snapshot: Snapshot, spec: SealedSpec) -> list[Posted]:
        """The owner's steps whose next model can be read."""
        owner, n_trainers = snapshot.task.owner, len(snapshot.trainers)

        def decode(_: int, document: Document) -> OwnerStep:
            step = OwnerStep.decode(document, snapshot.header(owner), spec, n_trainers)
            following = snapshot.task.round + 1
            if read_model(self._store, step.model, spec, following).round != following:
                raise InvalidMessage("the owner's step leads to the model of an earlier round")
            return step

        return self.posts.read(snapshot, [owner], Kind.OWNER_STEP, decode)


def accounts(seats: Seats) -> list[str]:
    return [seat.account for seat in seats]


def committed_seats(snapshot: Snapshot) -> frozenset[int]:
    return frozenset(event.seat for event in snapshot.of_round(WorkCommitted, snapshot.task.round))


def _refuse(found: Blobs, index: int, header: Header, error: InvalidMessage) -> None:
    log.warning("blob refused", task=header.task_id, round=header.round, trainer=index, why=str(error))
    found.refused[index] = str(error)


def _read_all(read: Read, items: Sequence[tuple[Document, Header]]) -> list[Update | InvalidMessage | Unavailable]:
    """What can be seen of each blob, or what is wrong with it. Its vector is fetched, checked and let go again."""
    seen: list[Update | InvalidMessage | Unavailable] = []
    for document, header in items:
        try:
            seen.append(read(document, header).update)
        except (InvalidMessage, Unavailable) as error:
            seen.append(error)
    return seen
