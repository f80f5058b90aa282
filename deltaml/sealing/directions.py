"""Public random directions that bound the norm of an update nobody may see (design R16a)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.sealing.keystream import keystream

MAX_NORM_CHECKS = 32
PARAMETERS_PER_CHECK = 16

_DOMAIN = b"deltaml/norm-direction/v1\x00"
_ENTRIES_PER_WORD = 32


def norm_checks(n_parameters: int) -> int:
    """How many directions a round draws for a model of that size: up to 32, and at most one per 16 parameters.

    Each of k opened projections is an equation about one update; as many as the update has coordinates would give it
    away. A coordinate above 7.1 clip norms passes with 2**-k, so below 16 parameters only the pre-score bounds what a
    trainer can do.
    """
    return min(MAX_NORM_CHECKS, n_parameters // PARAMETERS_PER_CHECK)


@dataclass(frozen=True, slots=True)
class RandomDirections:
    """`count` vectors of `length` entries: -1, 0, 0 or 1, each as likely, drawn from a 32-byte public beacon.

    The zeros matter: modulo 2 all vectors of +-1 are the same, so an update of 2**63 in two coordinates is orthogonal
    to every one of them in the ring Z_2^64. With zeros, any coordinate larger than twice the threshold is caught by
    each direction with probability 1/2 or more, whatever the other coordinates are (the distribution is that of PINE,
    Rothblum et al., 2023).

    Entry j of vector k is bit 2j minus bit 2j + 1 of the keystream under sha256(domain || beacon || k as 4 bytes,
    big-endian), the least significant bit of each byte first.

    Raises InvalidInput when the beacon is not 32 bytes.
    """

    beacon: bytes
    count: int
    length: int

    def __post_init__(self) -> None:
        if len(self.beacon) != 32:
            raise InvalidInput(f"the beacon has {len(self.beacon)} bytes; expected 32")
        if self.count < 1 or self.length < 1:
            raise InvalidInput(f"count is {self.count} and length {self.length}; expected at least 1")

    def chunk(self, start: int, stop: int) -> NDArray[np.int64]:
        """Columns start to stop: int64[count, stop - start] of -1, 0, 1."""
        first_word = start // _ENTRIES_PER_WORD
        n_words = -(-stop // _ENTRIES_PER_WORD) - first_word
        skip = start - first_word * _ENTRIES_PER_WORD
        rows = np.empty((self.count, stop - start), dtype=np.int64)
        for k in range(self.count):
            seed = hashlib.sha256(_DOMAIN + self.beacon + k.to_bytes(4, "big")).digest()
            words = keystream(seed, n_words, start=first_word).astype("<u8", copy=False)
            bits = np.unpackbits(words.view(np.uint8), bitorder="little").view(np.int8)
            rows[k] = (bits[0::2] - bits[1::2])[skip : skip + stop - start]
        return rows


Directions = NDArray[np.int64] | RandomDirections
"""int64[count, length], or vectors that are drawn when needed."""


def shape_of(directions: Directions) -> tuple[int, int]:
    """(count, length). Raises InvalidInput when an array is not int64 with two dimensions."""
    if isinstance(directions, RandomDirections):
        return directions.count, directions.length
    if directions.dtype != np.int64 or directions.ndim != 2:
        raise InvalidInput(
            f"directions are {directions.dtype} of shape {directions.shape}; expected int64[count, length]"
        )
    return directions.shape[0], directions.shape[1]


def columns(directions: Directions, start: int, stop: int) -> NDArray[np.int64]:
    """int64[count, stop - start] out of either kind."""
    if isinstance(directions, RandomDirections):
        return directions.chunk(start, stop)
    return directions[:, start:stop]


def norm_is_plausible(projections: Iterable[int], update_norm: int) -> bool:
    """Whether every opened projection is within 5 standard deviations of an update of the allowed norm.

    A projection of a vector of norm C on a random direction has variance C**2 / 2, hence 2 p**2 <= 25 C**2. An honest
    update is refused with probability below 2.4e-4 whatever its shape (Hoeffding; about 2e-5 when many coordinates
    share the norm), one of norm 5 C passes with 5e-6 and one of 3 C with 4 %. `update_norm` is
    `RoundBounds.update_norm`; integers only, so that everybody decides alike.
    """
    return all(2 * int(p) ** 2 <= 25 * update_norm**2 for p in projections)
