"""An update under both locks: how a trainer closes it and how a member of the committee opens his part of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.blobs import OpenedBlob, ReadBlob, close_masked, open_seeds
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.protocol.sealed.messages import SealedModel, SealedUpdate, to_ciphertexts, to_words
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.sealing import Ciphertexts, Identity, Rerandomiser, affine, draw_seeds, holder_sets, ring_masks
from deltaml.storage import StoredVector


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


def read_sealed_blob(document: Document, header: Header, n: int, spec: SealedSpec) -> ReadBlob:
    """Reads what anybody can see of a blob, and looks at every ciphertext once. Raises InvalidMessage for anything that
    is not a blob of `header` with d ciphertexts under the task's key; Unavailable when a block can't be fetched."""
    update = SealedUpdate.decode(document, header, len(holder_sets(n)))
    masked = StoredVector.of(document.blocks, update.vector, "uint64", spec.blob_words)
    ciphertexts_in(masked, spec)
    return ReadBlob(update, masked)


def ciphertexts_in(masked: StoredVector, spec: SealedSpec) -> Ciphertexts:
    """The d ciphertexts that a blob's words hold. Raises InvalidMessage, Unavailable."""
    return to_ciphertexts(masked.read(), spec)


def open_sealed_update(
    spec: SealedSpec, document: Document, header: Header, n: int, seat: int, identity: Identity
) -> OpenedBlob:
    """Opens what the oracle in `seat` may open. Raises as `read_sealed_blob` and `open_seeds`."""
    blob = read_sealed_blob(document, header, n, spec)
    return OpenedBlob(blob.masked, open_seeds(blob.update, header, n, seat, identity))


def read_ciphertexts(spec: SealedSpec, document: Document, header: Header, n: int) -> Ciphertexts:
    """The ciphertexts alone, as the owner and everybody else sees them. Raises as `read_sealed_blob`."""
    update = SealedUpdate.decode(document, header, len(holder_sets(n)))
    return ciphertexts_in(StoredVector.of(document.blocks, update.vector, "uint64", spec.blob_words), spec)
