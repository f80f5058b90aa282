"""The committee's masks for a sealed model: uniform in Z_n, of which only the low 128 bits are ever opened.

The owner decrypts a sum or a score still masked: v = x + (sum of all holder sets' masks) modulo n, which is uniform
whatever x is. What the committee then gives him of each set's mask are its low OPEN_BITS bits. Were it the whole
residue, an owner who encrypts w_j = 2**(k j) instead of weights would read d numbers of a trainer's data out of one
opened value. As it is, one opened value tells at most 128 bits of x, whatever was encrypted: v and the masks of all
sets but one are independent of x, so all he can learn is in the last set's 128 bits.

The reader of v knows x modulo 2**128 up to the multiples of n by which the sum of masks went around. An honest x is
far smaller than 2**128 / MAX_WRAPS, so one of them fits and, by what OwnerPublicKey checks of n, only one. That a value
fits is no proof that x is small: whoever made x may have added multiples of 2**128.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.sealing.ciphertexts import checked_matrix
from deltaml.sealing.fixed_point import WORD_MAX
from deltaml.sealing.keystream import keystream
from deltaml.sealing.owner_key import MAX_OPEN_BOUND, MAX_WRAPS, OPEN_BITS, OwnerPublicKey, centred

OPEN_WORDS = OPEN_BITS // 64

_EXTRA_BITS = 128
"""Drawn beyond the size of n, so that the remainder is uniform up to 2**-128."""


def ring_keystream(seed: bytes, key: OwnerPublicKey, start: int, count: int) -> list[int]:
    """Elements start to start + count of the stream under `seed` (32 bytes): uniform in [0, n) up to 2**-128.

    Element i is words i * W to (i + 1) * W of `keystream`, read as one little-endian number, modulo n; W is
    (bits + 128) / 64 rounded up. Raises InvalidInput as `keystream`.
    """
    width = -(-(key.bits + _EXTRA_BITS) // 64)
    stream = keystream(seed, count * width, start * width).astype("<u8", copy=False).tobytes()
    n, size = mpz(key.n), 8 * width
    return [int(int.from_bytes(stream[at : at + size], "little") % n) for at in range(0, len(stream), size)]


def ring_masks(seeds: Sequence[bytes], length: int, key: OwnerPublicKey) -> list[int]:
    """What a trainer adds to an update: the sum modulo n of all holder sets' streams, `length` elements."""
    streams = [ring_keystream(seed, key, 0, length) for seed in seeds]
    return [sum(elements) % key.n for elements in zip(*streams, strict=True)] if streams else [0] * length


def ring_mask_sum(
    seeds: Sequence[bytes], weights: Sequence[int], length: int, key: OwnerPublicKey
) -> NDArray[np.uint64]:
    """Sum over trainers of weight * stream modulo n, for one holder set; its low 128 bits: uint64[length, OPEN_WORDS].

    Words are little-endian. Raises InvalidInput when seeds and weights differ in number or a weight is not in 1 to
    2**63 - 1.
    """
    if len(seeds) != len(weights):
        raise InvalidInput(f"{len(weights)} weights for {len(seeds)} trainers")
    if any(not 1 <= weight <= WORD_MAX for weight in weights):
        raise InvalidInput(f"weights are {list(weights)}; expected integers from 1 to 2**63 - 1")
    totals = [0] * length
    for seed, weight in zip(seeds, weights, strict=True):
        for position, element in enumerate(ring_keystream(seed, key, 0, length)):
            totals[position] += int(weight) * element
    return _low_words([total % key.n for total in totals])


def ring_mask_projections(
    seeds: Sequence[bytes], directions: NDArray[np.int64], key: OwnerPublicKey
) -> NDArray[np.uint64]:
    """Inner products modulo n of each seed's stream with directions int64[k, d]; the low 128 bits of each.

    uint64[len(seeds), k, OPEN_WORDS]. Raises InvalidInput for another shape or dtype.
    """
    if directions.ndim != 2:
        raise InvalidInput(f"directions have shape {directions.shape}; expected (k, d)")
    rows = checked_matrix(directions, directions.shape[1]).tolist()
    products = np.zeros((len(seeds), len(rows), OPEN_WORDS), dtype=np.uint64)
    for place, seed in enumerate(seeds):
        stream = [mpz(element) for element in ring_keystream(seed, key, 0, directions.shape[1])]
        sums = [sum((h * s for h, s in zip(row, stream, strict=True)), mpz(0)) for row in rows]
        products[place] = _low_words([int(total % key.n) for total in sums])
    return products


def unmask(
    opened: Sequence[int], shares: Sequence[NDArray[np.uint64]], key: OwnerPublicKey, bound: int
) -> list[int | None]:
    """Opened values modulo n minus the sum of all sets' shares: the signed integer of size at most `bound`, or None.

    opened: count residues modulo n; shares: uint64[count, OPEN_WORDS] per holder set, all of them. None where no
    reading fits, or more than one; a random value fits with 2**-31 at most for the largest bound and committee.
    Raises InvalidInput for shapes that don't match, a value outside [0, n), or a bound above MAX_OPEN_BOUND.
    """
    if not 0 <= bound <= MAX_OPEN_BOUND:
        raise InvalidInput(f"bound is {bound}; expected 0 to 2**88")
    if len(shares) >= MAX_WRAPS:
        raise InvalidInput(f"{len(shares)} shares; expected fewer than {MAX_WRAPS}")
    if any(not 0 <= value < key.n for value in opened):
        raise InvalidInput("an opened value is outside [0, n)")
    totals = [0] * len(opened)
    for share in shares:
        for position, low in enumerate(_from_low_words(share, len(opened))):
            totals[position] += low
    # v + j n = x + masks: j is 0 to one less than the sets, one more on either side for the sign and size of x.
    return [
        _only([x for j in range(-1, len(shares) + 1) if abs(x := centred(value - total + j * key.n)) <= bound])
        for value, total in zip(opened, totals, strict=True)
    ]


def _only(fits: Sequence[int]) -> int | None:
    return fits[0] if len(fits) == 1 else None


def _low_words(residues: Sequence[int]) -> NDArray[np.uint64]:
    low = b"".join((residue % (1 << OPEN_BITS)).to_bytes(OPEN_BITS // 8, "little") for residue in residues)
    return np.frombuffer(low, dtype="<u8").astype(np.uint64).reshape(len(residues), OPEN_WORDS)


def _from_low_words(share: NDArray[np.uint64], count: int) -> list[int]:
    if share.dtype != np.uint64 or share.shape != (count, OPEN_WORDS):
        raise InvalidInput(f"got {share.dtype} of shape {share.shape}; expected uint64[{count}, {OPEN_WORDS}]")
    return [int(high) << 64 | int(low) for low, high in share.tolist()]
