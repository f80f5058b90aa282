"""Proof that a key's n has no factor in common with phi(n), without which the owner lock does not hold."""

from __future__ import annotations

from deltaml.sealing.owner_key import OwnerKey, OwnerPublicKey


def prove_key(key: OwnerKey) -> bytes:
    """8 n-th roots modulo n of numbers that a hash of n gives: 8 * bits / 8 octets, to be published beside n."""
    raise NotImplementedError


def verify_key(key: OwnerPublicKey, proof: bytes) -> bool:
    """Whether `proof` is a KeyProof for this key; False for anything malformed."""
    raise NotImplementedError
