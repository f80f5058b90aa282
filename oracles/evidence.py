"""Fetching what members and trainers posted in a round; a post that breaks a rule is left out with a reason (R12)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from deltaml.board import PostReader, Snapshot, read_sums
from deltaml.chain.events import WorkCommitted, WorkOpened
from deltaml.chain.types import SeatState
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.ballot import Posted
from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.blobs import open_update, read_masked
from deltaml.protocol.document import Document
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Header, Proposal, ScoreShares, Work
from deltaml.protocol.sealed.blobs import open_sealed_update, read_ciphertexts
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, read_model
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stepping import n_public_steps
from deltaml.sealing import Committee, Identity, usable
from deltaml.storage import Store

log = structlog.get_logger()

Seats = tuple[SeatState, ...]


@dataclass(frozen=True)
class BlobFormat:
    """How a member reads the blobs of a task: all that he can open, or what anybody can see of it."""

    open: Callable[[Document, Header, Identity], Any]
    read_masked: Callable[[Document, Header], Any]


def open_model_blobs(recipients: Sequence[bytes], seat: int, length: int) -> BlobFormat:
    return BlobFormat(
        lambda document, header, identity: open_update(document, header, recipients, seat, identity, length),
        lambda document, header: read_masked(document, header, len(recipients), length),
    )


def sealed_model_blobs(spec: SealedSpec, recipients: Sequence[bytes], seat: int) -> BlobFormat:
    return BlobFormat(
        lambda document, header, identity: open_sealed_update(spec, document, header, recipients, seat, identity),
        lambda document, header: read_ciphertexts(spec, document, header, len(recipients)),
    )


@dataclass
class Blobs:
    """The submitted blobs of one round as this member could open them."""

    opened: dict[int, Any] = field(default_factory=dict)
    masked: dict[int, Any] = field(default_factory=dict)
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
        self.posts.forget_some()

    def forget(self, task_id: int) -> None:
        """Drops everything of a task that is over."""
        self._blobs = {key: blobs for key, blobs in self._blobs.items() if key[0] != task_id}
        self.posts.forget(task_id)

    def blobs(self, snapshot: Snapshot, blob_format: BlobFormat) -> Blobs:
        """All blobs of the current round that can be read by now."""
        number = snapshot.task.round
        found = self._blobs.setdefault((snapshot.task_id, number), Blobs())
        for index, digest in snapshot.submissions(number).items():
            if index in found.masked or index in found.refused:
                continue
            header = snapshot.header(snapshot.trainers[index].account)
            try:
                self._open_blob(found, index, Document(digest, self._store), header, blob_format)
            except Unavailable as error:
                log.warning("blob not to be had", task=snapshot.task_id, round=number, trainer=index, why=str(error))
        return found

    def _open_blob(self, found: Blobs, index: int, document: Document, header: Header, blob_format: BlobFormat) -> None:
        try:
            blob = blob_format.open(document, header, self._identity)
            found.opened[index], found.masked[index] = blob, blob.masked
        except InvalidMessage as error:
            log.warning("blob refused", task=header.task_id, round=header.round, trainer=index, why=str(error))
            # Nobody can have accepted what is not even a vector; a vector that can't be had now is tried again.
            with suppress(InvalidMessage):
                found.masked[index] = blob_format.read_masked(document, header)
            found.refused[index] = str(error)

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

        posts = self.posts.read(snapshot, accounts(seats), Kind.WORK, readers(seats), decode)
        return {post.seat: post.message for post in reversed(posts)}

    def sums(self, snapshot: Snapshot, seats: Seats, length: int, owner: bytes | None = None) -> list[Posted]:
        """owner: the recipient of an owner who reads them too."""
        return read_sums(self.posts, snapshot, accounts(seats), readers(seats, owner), length)

    def proposals(self, snapshot: Snapshot, seats: Seats, spec: OpenSpec, n_history: int) -> list[Posted]:
        length, n_steps = spec.model().n_parameters, n_public_steps(spec, n_history)

        def decode(seat: int, document: Document) -> Proposal:
            return Proposal.decode(document, snapshot.header(seats[seat].account), length, n_steps)

        return self.posts.read(snapshot, accounts(seats), Kind.PROPOSAL, readers(seats), decode)

    def shares(self, snapshot: Snapshot, seats: Seats, lengths: dict[bytes, int]) -> list[Posted]:
        """lengths: digest of each known proposal or owner's step -> words in each row of shares that answer it."""

        def decode(seat: int, document: Document) -> ScoreShares:
            held = Committee(len(seats)).sets_of(seat)
            return ScoreShares.decode(document, snapshot.header(seats[seat].account), held, lengths)

        return self.posts.read(snapshot, accounts(seats), Kind.SHARES, readers(seats), decode)

    def owner_openings(self, snapshot: Snapshot, seats: Seats, spec: SealedSpec) -> list[Posted]:
        owner, n_trainers = snapshot.task.owner, len(snapshot.trainers)

        def decode(_: int, document: Document) -> OwnerOpenings:
            return OwnerOpenings.decode(document, snapshot.header(owner), spec, n_trainers)

        to = readers(seats, spec.owner_recipient)
        return self.posts.read(snapshot, [owner], Kind.OWNER_OPENINGS, to, decode)

    def steps(self, snapshot: Snapshot, seats: Seats, spec: SealedSpec) -> list[Posted]:
        """The owner's steps whose next model can be read."""
        owner, n_trainers = snapshot.task.owner, len(snapshot.trainers)

        def decode(_: int, document: Document) -> OwnerStep:
            step = OwnerStep.decode(document, snapshot.header(owner), spec, n_trainers)
            following = snapshot.task.round + 1
            if read_model(self._store, step.model, spec, following).round != following:
                raise InvalidMessage("the owner's step leads to the model of an earlier round")
            return step

        return self.posts.read(snapshot, [owner], Kind.OWNER_STEP, readers(seats, spec.owner_recipient), decode)


def accounts(seats: Seats) -> list[str]:
    return [seat.account for seat in seats]


def recipients_of(seats: Seats) -> list[bytes]:
    return [seat.recipient for seat in seats]


def readers(seats: Seats, owner: bytes | None = None) -> list[bytes]:
    """Whom a post is sealed to: all members whose key can be, and an owner who takes part in the round."""
    return usable([*recipients_of(seats), *([owner] if owner else [])])


def committed_seats(snapshot: Snapshot) -> frozenset[int]:
    return frozenset(event.seat for event in snapshot.of_round(WorkCommitted, snapshot.task.round))
