"""One message of each kind, from fixed values: what golden vectors are built from and what mutations start from."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header, Proposal, ScoreShares, State, Sums, Update, Work
from deltaml.storage import MemoryStore, encode_block, put_vector

HEADER = Header(31337, bytes.fromhex("aa" * 20), 7, 3, bytes.fromhex("0b" * 20))
LENGTH = 5
N_TRAINERS = 10
ACCEPTED = bytes([0b00000111, 0b10])
HELD = (0, 1, 2)
SUMMED = bytes([0b00000101, 0b10])
PROPOSAL_DIGEST = bytes(range(32))


def words(count: int, start: int = 0) -> np.ndarray:
    """uint64[count] that use all 64 bits: start, start + 1, ... times an odd constant."""
    return (np.arange(start, start + count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)


def integers(count: int, start: int = 0) -> np.ndarray:
    """int64[count] of both signs."""
    return words(count, start).view(np.int64).copy()


STATE = State(
    3, integers(LENGTH), integers(LENGTH, 50), (0, -5, -(2**62), *(0,) * 7), 250_000 * 10**12, 431_000, 912_345
)
WORK = Work(HEADER, ACCEPTED, words(3 * 4 * 9).reshape(3, 4, 9))
SUMS = Sums(HEADER, SUMMED, {0: bytes([1]) * 32, 2: bytes([2]) * 32}, {2: words(LENGTH, 9)})
PROPOSAL = Proposal(
    HEADER, SUMMED, integers(LENGTH, 20), (-(2**40), 1 << 24), integers(LENGTH, 30), 431_000, -12, 250_000 * 10**12
)
SHARES = ScoreShares(HEADER, PROPOSAL_DIGEST, {0: words(3), 1: words(3, 3)})


def update_document() -> Document:
    """The top block of an update from fixed bytes where age would be."""
    blocks = MemoryStore()
    vector = put_vector(blocks, words(LENGTH))
    commitments = tuple(bytes([index]) * 32 for index in range(4))
    return Update(HEADER, vector, commitments, tuple(b"sealed %d" % index for index in range(4))).document(blocks)


@dataclass(frozen=True)
class Sample:
    """A message, and how its reader decodes a document (with another header, if given)."""

    message: Any
    document: Callable[[], Document]
    decode: Callable[[Document], Any]
    decode_for: Callable[[Document, Header], Any] | None


SAMPLES = {
    "state": Sample(STATE, STATE.document, lambda d: State.decode(d, LENGTH, N_TRAINERS), None),
    "work": Sample(
        WORK,
        WORK.document,
        lambda d: Work.decode(d, HEADER, ACCEPTED, (3, 4, 9)),
        lambda d, header: Work.decode(d, header, ACCEPTED, (3, 4, 9)),
    ),
    "sums": Sample(
        SUMS,
        SUMS.document,
        lambda d: Sums.decode(d, HEADER, HELD, LENGTH),
        lambda d, header: Sums.decode(d, header, HELD, LENGTH),
    ),
    "proposal": Sample(
        PROPOSAL,
        PROPOSAL.document,
        lambda d: Proposal.decode(d, HEADER, LENGTH, 2),
        lambda d, header: Proposal.decode(d, header, LENGTH, 2),
    ),
    "shares": Sample(
        SHARES,
        SHARES.document,
        lambda d: ScoreShares.decode(d, HEADER, HELD, {PROPOSAL_DIGEST: 3}),
        lambda d, header: ScoreShares.decode(d, header, HELD, {PROPOSAL_DIGEST: 3}),
    ),
    "update": Sample(
        None,
        update_document,
        lambda d: Update.decode(d, HEADER, 4),
        lambda d, header: Update.decode(d, header, 4),
    ),
}


def same(a: Any, b: Any) -> bool:
    """Whether two messages say the same, arrays compared by type and value."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)


def with_top(document: Document, top: Any) -> Document:
    """The document with another top block, its chunks still at hand."""
    return Document(document.blocks.put(encode_block(top)), document.blocks)
