"""An update under both locks: how a trainer closes it and how a member of the committee opens his part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.blobs import close_masked, open_update, read_masked
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.protocol.sealed.messages import SealedModel, SealedUpdate, to_ciphertexts, to_words
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.sealing import Ciphertexts, Identity, Rerandomiser, affine, draw_seeds, ring_masks


@dataclass(frozen=True, eq=False)
class SealedBlob:
    """What one oracle can see of an update: the masked ciphertexts and the seeds of the holder sets he is in."""

    masked: Ciphertexts
    seeds: Mapping[int, bytes]

    def __repr__(self) -> str:
        return f"SealedBlob(d={len(self.masked)}, seeds of sets {sorted(self.seeds)})"


def close_sealed_update(
    spec: SealedSpec,
    header: Header,
    model: SealedModel,
    matrix: NDArray[np.int64],
    offset: Sequence[int],
    recipients: Sequence[bytes],
    rerandomiser: Rerandomiser,
) -> Document:
    """The blob of matrix @ w + offset for a committee whose age recipients are given in seat order.

    matrix: int64[d, d] at data_bits; offset: d integers at product_bits.
    """
    seeds = draw_seeds(len(recipients))
    masks = ring_masks(seeds, spec.n_parameters, spec.public_key)
    masked = affine(model.weights, matrix, offset, masks, rerandomiser)
    return close_masked(SealedUpdate, header, to_words(masked.to_octets()), seeds, recipients)


def open_sealed_update(
    spec: SealedSpec, document: Document, header: Header, recipients: Sequence[bytes], seat: int, identity: Identity
) -> SealedBlob:
    """Opens what the oracle in `seat` may open. Raises InvalidMessage for anything that is not a blob of `header` with
    d ciphertexts under the task's key, sealed to everybody whom it must be; Unavailable when a block can't be
    fetched."""
    blob = open_update(document, header, recipients, seat, identity, spec.blob_words, SealedUpdate)
    return SealedBlob(to_ciphertexts(blob.masked, spec), blob.seeds)


def read_ciphertexts(spec: SealedSpec, document: Document, header: Header, n: int) -> Ciphertexts:
    """The ciphertexts alone, as the owner and everybody else sees them. Raises as `open_sealed_update`."""
    return to_ciphertexts(read_masked(document, header, n, spec.blob_words, SealedUpdate), spec)
