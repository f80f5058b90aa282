"""Sealing under the owner's public key, and checking what the owner says was sealed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import gmpy2
from gmpy2 import mpz

from deltaml.errors import InvalidInput
from deltaml.sealing.ciphertexts import Ciphertexts
from deltaml.sealing.multi_exponent import join, power_product
from deltaml.sealing.owner_key import Opening, OwnerPublicKey

BATCHES = 5
"""With every factor of n above 2**16 each lets a wrong plaintext pass with 2**-16: 2**-79 for all."""
_COEFFICIENT_BITS = 32


def encrypt(key: OwnerPublicKey, plaintexts: Sequence[int]) -> Ciphertexts:
    """(1 + n)**m * r**n mod n**2 with r uniform in Z_n*, for signed integers |m| < n / 2.

    Raises InvalidInput for larger ones.
    """
    numbers, n = [int(plaintext) for plaintext in plaintexts], mpz(key.n)
    if any(2 * abs(number) >= n for number in numbers):
        raise InvalidInput("a plaintext is n / 2 or more in size")
    return Ciphertexts(key, [join(random_residue(key), number, n) for number in numbers])


def random_residue(key: OwnerPublicKey) -> Any:
    """r**n modulo n**2, r uniform in Z_n*."""
    n = mpz(key.n)
    while True:
        root = secrets.randbelow(key.n)
        if gmpy2.gcd(root, n) == 1:
            return gmpy2.powmod(root, n, n * n)


def verify_openings(ciphertexts: Ciphertexts, openings: Sequence[Opening]) -> bool:
    """Whether every opening is the one of its ciphertext, for a key whose proof `verify_key` has accepted.

    Exact for up to BATCHES openings. More are checked together in BATCHES random combinations: if
    c_i = e_i * (1 + n)**m_i * r_i**n, then prod e_i**rho_i = 1 must hold. n and phi(n) have no common factor, so
    modulo n**2 the powers of 1 + n and the n-th residues meet only in 1: a wrong m_i leaves in e_i a power of 1 + n
    other than 1. Its order divides n and so is above 2**16, in a key of two large primes even above 2**1023, and each
    combination catches it but for 2**-16 (2**-32). What the key's owner can get past it with probability 1/2 are
    elements of small order, all of them n-th residues (-1 is one): they change only r_i, never what is opened.

    False, never an exception, for a wrong count or anything outside its range: openings come from another party.
    """
    key = ciphertexts.key
    if len(openings) != len(ciphertexts) or not all(_in_range(opening, key.n) for opening in openings):
        return False
    if len(openings) <= BATCHES:
        return all(
            _holds(key, value, opening.plaintext, opening.randomness)
            for value, opening in zip(ciphertexts.values, openings, strict=True)
        )
    return all(_combination_holds(ciphertexts, openings) for _ in range(BATCHES))


def _combination_holds(ciphertexts: Ciphertexts, openings: Sequence[Opening]) -> bool:
    n = mpz(ciphertexts.key.n)
    coefficients = [secrets.randbits(_COEFFICIENT_BITS) for _ in openings]
    return _holds(
        ciphertexts.key,
        power_product(ciphertexts.values, coefficients, n * n),
        sum(rho * opening.plaintext for rho, opening in zip(coefficients, openings, strict=True)),
        power_product([opening.randomness for opening in openings], coefficients, n),
    )


def _holds(key: OwnerPublicKey, value: Any, plaintext: int, randomness: Any) -> bool:
    n = mpz(key.n)
    return bool(join(gmpy2.powmod(randomness, n, n * n), plaintext, n) == value)


def _in_range(opening: Opening, n: int) -> bool:
    plaintext, randomness = opening
    if type(plaintext) is not int or type(randomness) is not int:
        return False
    return 0 <= plaintext < n and 0 < randomness < n and gmpy2.gcd(randomness, n) == 1
