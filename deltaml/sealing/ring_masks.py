"""The committee's masks for a sealed model: uniform in Z_n, of which only the low 128 bits are ever opened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deltaml.sealing.owner_key import OwnerPublicKey

OPEN_BITS = 128
OPEN_WORDS = 2
MAX_OPEN_BOUND = 2**88


def ring_keystream(seed: bytes, key: OwnerPublicKey, start: int, count: int) -> list[int]:
    """Elements start to start + count of the stream under `seed` (32 bytes): uniform in [0, n) up to 2**-128."""
    raise NotImplementedError


def ring_masks(seeds: Sequence[bytes], length: int, key: OwnerPublicKey) -> list[int]:
    """What a trainer adds to an update: the sum modulo n of all holder sets' streams, `length` elements."""
    raise NotImplementedError


def ring_mask_sum(
    seeds: Sequence[bytes], weights: Sequence[int], length: int, key: OwnerPublicKey
) -> NDArray[np.uint64]:
    """Sum over trainers of weight * stream modulo n, for one holder set; its low 128 bits: uint64[length, OPEN_WORDS].

    Words are little-endian. Raises InvalidInput when seeds and weights differ in number or a weight is not in 1 to
    2**63 - 1.
    """
    raise NotImplementedError


def ring_mask_projections(
    seeds: Sequence[bytes], directions: NDArray[np.int64], key: OwnerPublicKey
) -> NDArray[np.uint64]:
    """Inner products modulo n of each seed's stream with directions int64[k, d]; the low 128 bits of each.

    uint64[len(seeds), k, OPEN_WORDS]. Raises InvalidInput for another shape or dtype.
    """
    raise NotImplementedError


def unmask(
    opened: Sequence[int], shares: Sequence[NDArray[np.uint64]], key: OwnerPublicKey, bound: int
) -> list[int | None]:
    """Opened values modulo n minus the sum of all sets' shares: the signed integer of size at most `bound`, or None.

    opened: count residues modulo n; shares: uint64[count, OPEN_WORDS] per holder set, all of them. Raises
    InvalidInput for shapes that don't match, a value outside [0, n), or a bound above MAX_OPEN_BOUND.
    """
    raise NotImplementedError
