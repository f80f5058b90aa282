"""An update under the committee lock: how a trainer closes it and how an oracle opens its part of it.

Each holder set H gets one 256-bit seed, sealed to its members with age together with the header and the digest of the
masked vector (R14), and committed to by hash so that all members of H see the same seed (R16).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header, Update
from deltaml.protocol.schema import Fields
from deltaml.sealing import Identity, apply_masks, draw_seeds, holder_sets, seal, seed_commitment, unseal
from deltaml.storage import MemoryStore, StoredVector, decode_block, digest_of, encode_block, put_vector

MAX_SEED_BYTES = 1024


@dataclass(frozen=True, eq=False)
class ReadBlob:
    """A blob whose form is right and whose vector could be fetched, with nothing opened yet: what anybody can see."""

    update: Update
    masked: StoredVector


@dataclass(frozen=True, eq=False)
class OpenedBlob:
    """What one oracle can see of an update: the masked vector uint64[d], left in the store, and the seeds of the holder
    sets he is in."""

    masked: StoredVector
    seeds: Mapping[int, bytes]

    def __repr__(self) -> str:
        return f"OpenedBlob(d={len(self.masked)}, seeds of sets {sorted(self.seeds)})"


def close_update(header: Header, update: NDArray[np.int64], recipients: Sequence[bytes]) -> Document:
    """The blob of `update` (int64[d], fixed point) for the committee whose age recipients are given in seat order."""
    seeds = draw_seeds(len(recipients))
    return close_masked(Update, header, apply_masks(update, seeds), seeds, recipients)


def close_masked(
    kind: type[Update],
    header: Header,
    masked: NDArray[np.uint64],
    seeds: Sequence[bytes],
    recipients: Sequence[bytes],
) -> Document:
    """The blob of a vector that is masked already, with the seeds of its masks, one per holder set."""
    n = len(recipients)
    blocks = MemoryStore()
    vector = put_vector(blocks, masked)
    vector_digest = digest_of(encode_block(vector))
    commitments, sealed = [], []
    for index, (holders, seed) in enumerate(zip(holder_sets(n), seeds, strict=True)):
        commitments.append(seed_commitment(seed, _context(header, index)))
        inner = encode_block({**header.to_map(), "set": index, "seed": seed, "vector": vector_digest})
        sealed.append(seal(inner, [recipients[seat] for seat in holders]))
    return kind(header, vector, tuple(commitments), tuple(sealed)).document(blocks)


def read_blob(document: Document, header: Header, n: int, length: int, kind: type[Update] = Update) -> ReadBlob:
    """Reads what anybody can see of a blob, and fetches every chunk of its vector once to check it.

    Raises InvalidMessage for anything that is not a blob of `header` with `length` words; Unavailable when a block
    can't be fetched.
    """
    update = kind.decode(document, header, len(holder_sets(n)))
    masked = StoredVector.of(document.blocks, update.vector, "uint64", length)
    masked.check()
    return ReadBlob(update, masked)


def open_seeds(update: Update, header: Header, n: int, seat: int, identity: Identity) -> dict[int, bytes]:
    """Holder set -> seed, for the sets of the oracle in `seat`. Raises InvalidMessage for a seed that is not exactly
    one for this blob of `header`."""
    vector_digest = digest_of(encode_block(update.vector))
    return {
        index: _open_seed(update, index, header, vector_digest, identity)
        for index, holders in enumerate(holder_sets(n))
        if seat in holders
    }


def open_update(
    document: Document,
    header: Header,
    n: int,
    seat: int,
    identity: Identity,
    length: int,
    kind: type[Update] = Update,
) -> OpenedBlob:
    """Opens what the oracle in `seat` may open. Raises as `read_blob` and `open_seeds`."""
    blob = read_blob(document, header, n, length, kind)
    return OpenedBlob(blob.masked, open_seeds(blob.update, header, n, seat, identity))


def _open_seed(update: Update, index: int, header: Header, vector_digest: bytes, identity: Identity) -> bytes:
    inner = decode_block(unseal(identity, update.sealed_seeds[index], MAX_SEED_BYTES))
    given = Fields.of("sealed seed", inner, Header.NAMES | {"set", "seed", "vector"})
    Header.read(given).require(header)
    seed = given.octets("seed", 32)
    if given.integer("set", 0, len(update.commitments) - 1) != index or given.octets("vector", 32) != vector_digest:
        raise InvalidMessage(f"sealed seed {index}: made for another holder set or another vector")
    if seed_commitment(seed, _context(header, index)) != update.commitments[index]:
        raise InvalidMessage(f"sealed seed {index}: does not match its commitment")
    return seed


def _context(header: Header, index: int) -> bytes:
    return encode_block({**header.to_map(), "set": index})
