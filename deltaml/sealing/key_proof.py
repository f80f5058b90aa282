"""Proof that a key's n has no factor in common with phi(n), without which the owner lock does not hold.

With such a factor s, Z_{n**2}* is more than messages times n-th residues. An owner could then
- send Enc(w) with parts that neither a mask in Z_n nor a re-randomisation covers, and read A from the results;
- give several openings of one ciphertext, each of which everybody's check accepts.

Source: Goldberg, Reyzin, Sagga, Baldimtsi, "Efficient Noninteractive Certification of RSA Moduli and Beyond",
Asiacrypt 2019. If a prime s divides both n and phi(n), at most one number in s has an n-th root modulo n; an accepted
n has no factor below 2**16, so 8 numbers that nobody chose all have one with probability below 2**-128.
"""

from __future__ import annotations

import hashlib

import gmpy2
from gmpy2 import mpz

from deltaml.sealing.owner_key import LEAST_FACTOR_BITS, OwnerKey, OwnerPublicKey
from deltaml.sealing.ring_masks import ring_keystream

_DOMAIN = b"deltaml/owner-key-proof/v1\x00"
_ROOTS = 128 // LEAST_FACTOR_BITS


def prove_key(key: OwnerKey) -> bytes:
    """8 n-th roots modulo n, big-endian, each as long as n: published once beside n."""
    size = _root_octets(key.public)
    return b"".join(key.root(challenge).to_bytes(size, "big") for challenge in _challenges(key.public))


def verify_key(key: OwnerPublicKey, proof: bytes) -> bool:
    """Whether `proof` is what `prove_key` gives for this key; False for anything malformed."""
    size, n = _root_octets(key), mpz(key.n)
    if len(proof) != _ROOTS * size:
        return False
    roots = [int.from_bytes(proof[start : start + size], "big") for start in range(0, len(proof), size)]
    return all(
        0 < root < n and gmpy2.gcd(challenge, n) == 1 and gmpy2.powmod(root, n, n) == challenge
        for root, challenge in zip(roots, _challenges(key), strict=True)
    )


def _challenges(key: OwnerPublicKey) -> list[int]:
    return ring_keystream(hashlib.sha256(_DOMAIN + key.key_id).digest(), key, 0, _ROOTS)


def _root_octets(key: OwnerPublicKey) -> int:
    return -(-key.bits // 8)
