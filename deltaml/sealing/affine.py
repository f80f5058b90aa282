"""A trainer's step on an encrypted model: Enc(A w + offset + mask), from integers (design §3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deltaml.sealing.ciphertexts import Ciphertexts
from deltaml.sealing.rerandomiser import Rerandomiser

MAX_ENTRY_BITS = 40
"""Entries of the matrix are at most 2**40 in size."""


def affine(
    encrypted: Ciphertexts,
    matrix: NDArray[np.int64],
    offset: Sequence[int],
    masks: Sequence[int],
    rerandomiser: Rerandomiser,
) -> Ciphertexts:
    """Enc(matrix @ w + offset + masks) from Enc(w): re-randomised, so that nothing else is in it.

    matrix int64[k, d], at most 2**40 in size; offset: k integers; masks: k residues modulo n (`ring_masks`). The
    ciphertexts of w may be anything the owner likes: a result tells its plaintext modulo n and nothing more, if the
    key's KeyProof has been verified. Raises InvalidInput for other shapes, sizes or another key's rerandomiser.
    """
    raise NotImplementedError
