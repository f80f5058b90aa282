"""A trainer's step on an encrypted model: Enc(A w + offset + mask), from integers (design §3).

What a trainer knows of the data, A = X'X / n and b = X'y / n, does not grow with the rows; nor does this step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.sealing.ciphertexts import Ciphertexts, checked_matrix
from deltaml.sealing.multi_exponent import join, linear_products
from deltaml.sealing.rerandomiser import Rerandomiser

MAX_ENTRY = 2**40


def affine(
    encrypted: Ciphertexts,
    matrix: NDArray[np.int64],
    offset: Sequence[int],
    masks: Sequence[int],
    rerandomiser: Rerandomiser,
) -> Ciphertexts:
    """Enc(matrix @ w + offset + masks) from Enc(w): re-randomised, so that nothing else is in it.

    matrix int64[k, d], at most 2**40 in size; offset: k integers; masks: k residues modulo n (`ring_masks`). The
    ciphertexts of w may be anything the owner likes: a result tells its plaintext modulo n and nothing more, if
    `verify_key` has accepted the key's proof. Raises InvalidInput for other shapes, sizes or another key's
    rerandomiser.
    """
    key, rows = encrypted.key, checked_matrix(matrix, len(encrypted))
    if rows.size and not -MAX_ENTRY <= rows.min() <= rows.max() <= MAX_ENTRY:
        raise InvalidInput("an entry of the matrix is above 2**40 in size")
    if not len(rows) == len(offset) == len(masks):
        raise InvalidInput(f"{len(rows)} rows, {len(offset)} offsets and {len(masks)} masks; expected as many of each")
    if any(not 0 <= mask < key.n for mask in masks):
        raise InvalidInput("a mask is outside [0, n)")
    if rerandomiser.key != key:
        raise InvalidInput("the rerandomiser is for another key")
    n = mpz(key.n)
    products = linear_products(encrypted.values, rows, key.n)
    fresh = rerandomiser.draw(len(rows))
    return Ciphertexts(
        key,
        [
            join(product * zero % (n * n), int(constant) + mask, n)
            for product, zero, constant, mask in zip(products, fresh, offset, masks, strict=True)
        ],
    )
