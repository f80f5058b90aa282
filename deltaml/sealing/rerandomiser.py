"""Fresh encryptions of zero, statistically uniform, at a fraction of their price.

A short exponent (h**r with r below n) hides nothing from the key's owner, who may have chosen p - 1 and q - 1 smooth
and then takes discrete logarithms. r**n with r uniform does, and costs a full exponentiation. In between: K residues
R_j = r_j**n, r_j uniform, are made once per key; a draw is prod R_j**e_j with fresh e_j uniform in [0, 2**8), one
look-up and one multiplication each.

How far from uniform. G, the group of n-th residues, has fewer than 2**bits elements. For a character chi of G of order
m, chi(R_j) is uniform among the m-th roots of unity, so over the choice of the R_j

    E |E_e chi(prod R_j**e_j)|**2 = c_m**K,   c_m = Pr[e = e' modulo m],

and by Parseval and Cauchy-Schwarz the distance SD of a draw from uniform, to somebody who knows all R_j, has

    E[SD]**2 <= 1/4 * (sum of c_m**K over the characters other than 1).

From m = 2**8 on, c_m = 2**-8: these characters add at most 2**(bits - 8 K). For smaller m, c_m is about 1/m, and
there are at most m**t of order m, where G is a product of t cyclic groups. t is the number of prime factors of n,
which nobody has proven to be two: all are above 2**16, so t <= bits / 16. Characters of order 2 weigh most, 2**(t - K).
Hence 8 K >= bits + 160 and K >= bits / 16 + 160 keep SD below 2**-80 for one draw, below D * 2**-80 for D draws, for
*every* n that OwnerPublicKey accepts, smooth p - 1 or not. (Sixteen bits for half the R_j cost as many
multiplications, but then the smallest orders no longer vanish when n has many factors.)
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from operator import getitem
from typing import Any, TypeAlias

from gmpy2 import mpz

from deltaml.sealing.encryption import random_residue
from deltaml.sealing.multi_exponent import join, multiply, split_powers
from deltaml.sealing.owner_key import LEAST_FACTOR_BITS, OwnerPublicKey

Tables: TypeAlias = tuple[list[list[Any]], list[list[Any]]]
"""The a and the l of split powers, looked up by element and exponent."""

EXPONENT_BITS = 8
DISTANCE_BITS = 80

_BREAK_EVEN = 1.6
"""Draws per element of the pool that cost as much without it as making it does."""


def pool_size(bits: int) -> int:
    """K for keys of so many bits: 288, 404, 532 for 2048, 3072, 4096."""
    return max(-(-(bits + 2 * DISTANCE_BITS) // EXPONENT_BITS), bits // LEAST_FACTOR_BITS + 2 * DISTANCE_BITS)


class Rerandomiser:
    """Draws n-th residues modulo n**2 under one key. Keep one per key.

    The first draws are plain r**n; the pool is made when as many were drawn as it costs, or by `prepare`. The pool
    need not be secret, and no state besides it is kept: exponents come from the system for every draw, so copies in
    forked processes and calls from several threads draw independently (two threads may both make a pool; one stays).
    """

    def __init__(self, key: OwnerPublicKey) -> None:
        self._key = key
        self._drawn = 0
        self._tables: Tables | None = None

    @property
    def key(self) -> OwnerPublicKey:
        """The key it draws for."""
        return self._key

    def prepare(self) -> None:
        """Make the pool now, rather than when first worth it: 3 s and 70 MB at 2048 bits, 16 s at 3072."""
        if self._tables is None:
            residues = [random_residue(self._key) for _ in range(pool_size(self._key.bits))]
            self._tables = _tables(residues, mpz(self._key.n))

    def draw(self, count: int) -> list[int]:
        """`count` independent n-th residues modulo n**2."""
        self._drawn += count
        if self._drawn >= _BREAK_EVEN * pool_size(self._key.bits):
            self.prepare()
        tables = self._tables
        if tables is None:
            return [int(random_residue(self._key)) for _ in range(count)]
        return [int(_draw(tables, mpz(self._key.n))) for _ in range(count)]


def _draw(tables: Tables, n: Any) -> Any:
    factors, parts = tables
    exponents = secrets.token_bytes(len(factors))
    product = multiply(mpz(1), list(map(getitem, factors, exponents)), n * n)
    return join(product, sum(map(getitem, parts, exponents)), n)


def _tables(residues: Sequence[Any], n: Any) -> Tables:
    """Of each residue the powers 0 to 255."""
    factors, parts = [], []
    for powers in split_powers(residues, (1 << EXPONENT_BITS) - 1, n):
        factors.append([factor for (factor, _), _ in powers])
        parts.append([part for (_, part), _ in powers])
    return factors, parts
