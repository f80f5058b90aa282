"""A vector of Paillier ciphertexts as bytes, and what anybody may do to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deltaml.sealing.owner_key import Opening, OwnerPublicKey

if TYPE_CHECKING:
    from phe import EncryptedNumber


class Ciphertexts:
    """Immutable vector of ciphertexts under one key; equal when key and values are.

    Raises InvalidInput for a value outside (0, n**2) or not coprime to n.
    """

    def __init__(self, key: OwnerPublicKey, values: Sequence[int]) -> None:
        raise NotImplementedError

    @property
    def key(self) -> OwnerPublicKey:
        raise NotImplementedError

    @property
    def values(self) -> tuple[int, ...]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def to_octets(self) -> bytes:
        """Big-endian, key.ciphertext_octets each, one after the other."""
        raise NotImplementedError

    @classmethod
    def from_octets(cls, key: OwnerPublicKey, octets: bytes, count: int) -> Ciphertexts:
        """Inverse of `to_octets`. Raises InvalidMessage for another length or values that the constructor refuses."""
        raise NotImplementedError

    @classmethod
    def from_phe(cls, numbers: Sequence[EncryptedNumber], exponent: int) -> Ciphertexts:
        """Raises InvalidMessage, before any arithmetic, for none, mixed keys or any exponent but the given one."""
        raise NotImplementedError

    def to_phe(self, exponent: int) -> list[EncryptedNumber]:
        """As phe's numbers with that exponent of its base 16; phe adds fresh randomness before it shows them."""
        raise NotImplementedError


def encrypt(key: OwnerPublicKey, plaintexts: Sequence[int]) -> Ciphertexts:
    """(1 + n)**m * r**n mod n**2 with r uniform in Z_n*, for signed integers |m| < n / 2.

    Raises InvalidInput for larger ones.
    """
    raise NotImplementedError


def weighted_sum(batch: Sequence[Ciphertexts], weights: Sequence[int]) -> Ciphertexts:
    """Position by position, encryptions of the sum of weight * plaintext; the same bytes for everybody.

    batch: one vector per trainer, all under one key and equally long; weights: integers from 1 to 2**63 - 1.
    Raises InvalidInput otherwise. Nothing is re-randomised: what goes in is public to whoever sees what comes out.
    """
    raise NotImplementedError


def inner_products(ciphertexts: Ciphertexts, directions: NDArray[np.int64]) -> Ciphertexts:
    """Encryptions of the k inner products with directions int64[k, d]; the same bytes for everybody.

    Raises InvalidInput for another shape or dtype.
    """
    raise NotImplementedError


def verify_openings(ciphertexts: Ciphertexts, openings: Sequence[Opening]) -> bool:
    """Whether every opening is the one of its ciphertext, for a key whose KeyProof has been verified.

    False, never an exception, for a wrong count or anything outside its range: openings come from another party.
    """
    raise NotImplementedError
