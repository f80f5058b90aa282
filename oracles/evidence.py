"""Fetching what members and trainers posted in a round; a post that breaks a rule is left out with a reason (R12)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from deltaml.board import Snapshot
from deltaml.chain.events import Announced, WorkCommitted, WorkOpened
from deltaml.chain.types import SeatState
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.blobs import OpenedBlob, open_update, read_masked
from deltaml.protocol.document import Document, fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Header, Proposal, ScoreShares, Sums, Work
from deltaml.protocol.opening import n_checks
from deltaml.protocol.round import Posted
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stepping import n_public_steps
from deltaml.sealing import Committee, Identity
from deltaml.storage import Store

log = structlog.get_logger()

MAX_POST_BYTES = 1 << 30


@dataclass
class Blobs:
    """The submitted blobs of one round as this member could open them."""

    opened: dict[int, OpenedBlob] = field(default_factory=dict)
    masked: dict[int, Any] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


class EvidenceRoom:
    """Fetches and opens posts, each once; everything kept can be fetched again after a restart."""

    def __init__(self, store: Store, identity: Identity, chain_id: int, market: bytes) -> None:
        self._store = store
        self._identity = identity
        self._chain_id = chain_id
        self._market = market
        self._blobs: dict[tuple[int, int], Blobs] = {}
        self._posts: dict[tuple[int, int, Kind, int, bytes], Any] = {}

    def header(self, snapshot: Snapshot, sender: str) -> Header:
        return Header(
            self._chain_id,
            self._market,
            snapshot.task_id,
            snapshot.task.round,
            bytes.fromhex(sender.removeprefix("0x")),
        )

    def forget_before(self, task_id: int, number: int) -> None:
        """Drops what only earlier rounds needed."""
        self._blobs = {key: blobs for key, blobs in self._blobs.items() if key[0] != task_id or key[1] >= number}
        if len(self._posts) > 1000:
            self._posts.clear()

    def forget(self, task_id: int) -> None:
        """Drops everything of a task that is over."""
        self._blobs = {key: blobs for key, blobs in self._blobs.items() if key[0] != task_id}
        self._posts = {key: post for key, post in self._posts.items() if key[0] != task_id}

    def blobs(self, snapshot: Snapshot, spec: OpenSpec, n: int, seat: int) -> Blobs:
        """All blobs of the current round that can be read by now."""
        number = snapshot.task.round
        found = self._blobs.setdefault((snapshot.task_id, number), Blobs())
        length = spec.model().n_parameters
        for index, digest in snapshot.submissions(number).items():
            if index in found.masked or index in found.refused:
                continue
            header = self.header(snapshot, snapshot.trainers[index].account)
            try:
                self._open_blob(found, index, Document(digest, self._store), header, (n, seat, length))
            except Unavailable as error:
                log.warning("blob not to be had", task=snapshot.task_id, round=number, trainer=index, why=str(error))
        return found

    def _open_blob(
        self, found: Blobs, index: int, document: Document, header: Header, shape: tuple[int, int, int]
    ) -> None:
        n, seat, length = shape
        try:
            blob = open_update(document, header, n, seat, self._identity, length)
            found.opened[index], found.masked[index] = blob, blob.masked
        except InvalidMessage as error:
            log.warning("blob refused", task=header.task_id, round=header.round, trainer=index, why=str(error))
            # Nobody can have accepted what is not even a vector; a vector that can't be had now is tried again.
            with suppress(InvalidMessage):
                found.masked[index] = read_masked(document, header, n, length)
            found.refused[index] = str(error)

    def works(self, snapshot: Snapshot, seats: tuple[SeatState, ...], length: int) -> dict[int, Work]:
        """Seat -> work that was opened on chain and could be fetched."""
        number = snapshot.task.round
        openings = {event.seat: event for event in snapshot.of_round(WorkOpened, number)}
        found: dict[int, Work] = {}
        for event in snapshot.announcements(number, Kind.WORK):
            seat = _seat_of(seats, event.sender)
            if seat is None or seat not in openings or seat in found:
                continue
            work = self._post(snapshot, seat, event, partial(self._work, snapshot, seats, length, openings[seat]))
            if work is not None:
                found[seat] = work
        return found

    def _work(
        self, snapshot: Snapshot, seats: tuple[SeatState, ...], length: int, opening: WorkOpened, document: Document
    ) -> Work:
        if document.digest != opening.digest:
            raise InvalidMessage("work differs from what was opened on chain")
        accepted = from_bitmap(opening.accepted, len(snapshot.trainers))
        shape = (len(Committee(len(seats)).sets_of(opening.seat)), len(accepted), n_checks(length))
        return Work.decode(document, self.header(snapshot, seats[opening.seat].account), opening.accepted, shape)

    def sums(self, snapshot: Snapshot, seats: tuple[SeatState, ...], length: int) -> list[Posted]:
        def decode(seat: int, document: Document) -> Sums:
            held = Committee(len(seats)).sets_of(seat)
            return Sums.decode(document, self.header(snapshot, seats[seat].account), held, length)

        return self._posted(snapshot, seats, Kind.SUMS, decode)

    def proposals(
        self, snapshot: Snapshot, seats: tuple[SeatState, ...], spec: OpenSpec, n_history: int
    ) -> list[Posted]:
        length, n_steps = spec.model().n_parameters, n_public_steps(spec, n_history)

        def decode(seat: int, document: Document) -> Proposal:
            return Proposal.decode(document, self.header(snapshot, seats[seat].account), length, n_steps)

        return self._posted(snapshot, seats, Kind.PROPOSAL, decode)

    def shares(self, snapshot: Snapshot, seats: tuple[SeatState, ...], counts: dict[bytes, int]) -> list[Posted]:
        """counts: digest of each known proposal -> number of trainers it sums."""

        def decode(seat: int, document: Document) -> ScoreShares:
            held = Committee(len(seats)).sets_of(seat)
            return ScoreShares.decode(document, self.header(snapshot, seats[seat].account), held, counts)

        return self._posted(snapshot, seats, Kind.SHARES, decode)

    def _posted(
        self,
        snapshot: Snapshot,
        seats: tuple[SeatState, ...],
        kind: Kind,
        decode: Callable[[int, Document], Any],
    ) -> list[Posted]:
        posts = []
        for event in snapshot.announcements(snapshot.task.round, kind):
            seat = _seat_of(seats, event.sender)
            if seat is None:
                continue
            message = self._post(snapshot, seat, event, partial(decode, seat))
            if message is not None:
                posts.append(Posted(seat, event.position.timestamp, event.digest, message))
        return posts

    def _post(self, snapshot: Snapshot, seat: int, event: Announced, decode: Callable[[Document], Any]) -> Any:
        # By seat and kind too: a member who announces another's digest must not decide what becomes of it.
        key = (snapshot.task_id, event.round, Kind(event.kind), seat, event.digest)
        if key not in self._posts:
            where = {"task": snapshot.task_id, "round": event.round, "seat": seat, "kind": Kind(event.kind).name}
            try:
                document = fetch_sealed(event.digest, self._identity, self._store, MAX_POST_BYTES)
                self._posts[key] = decode(document)
            except InvalidMessage as error:
                log.warning("post refused", **where, digest=event.digest.hex(), why=str(error))
                self._posts[key] = None
            except Unavailable as error:
                log.warning("post not to be had", **where, digest=event.digest.hex(), why=str(error))
                return None
        return self._posts[key]


def committed_seats(snapshot: Snapshot) -> frozenset[int]:
    return frozenset(event.seat for event in snapshot.of_round(WorkCommitted, snapshot.task.round))


def _seat_of(seats: tuple[SeatState, ...], account: str) -> int | None:
    for index, seat in enumerate(seats):
        if seat.account == account:
            return index
    return None
