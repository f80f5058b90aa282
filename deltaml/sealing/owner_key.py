"""The owner lock's keys: Paillier's cryptosystem with g = 1 + n (design §3).

Sources: Paillier, Eurocrypt 1999; Damgård and Jurik, PKC 2001 (g = 1 + n, and what a decryptor knows: the message and
the randomness). Keys are those of `phe`, interoperable both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from phe import PaillierPrivateKey, PaillierPublicKey

    from deltaml.sealing.ciphertexts import Ciphertexts

MIN_KEY_BITS = 2048
"""Below this nothing is refused more gladly: NIST SP 800-57 gives 2048 bits about 112 bits of strength."""
MAX_KEY_BITS = 4096
DEFAULT_KEY_BITS = 3072


class Opening(NamedTuple):
    """What a ciphertext holds and the proof of it: c = (1 + n)**plaintext * randomness**n mod n**2."""

    plaintext: int
    randomness: int


@dataclass(frozen=True)
class OwnerPublicKey:
    """The modulus n that a model owner publishes.

    Raises InvalidInput at construction unless n is odd, has MIN_KEY_BITS to MAX_KEY_BITS bits, has no factor below
    2**16, and its small multiples stay apart modulo 2**128 (what `unmask` relies on; a random n fails with 2**-31).
    """

    n: int

    @property
    def bits(self) -> int:
        """Size of n."""
        raise NotImplementedError

    @property
    def ciphertext_octets(self) -> int:
        """How long one ciphertext is on the wire: 2 * bits / 8, rounded up."""
        raise NotImplementedError

    @cached_property
    def key_id(self) -> bytes:
        """sha256(domain || n, big-endian): 32 bytes that name the key in messages."""
        raise NotImplementedError

    def to_phe(self) -> PaillierPublicKey:
        raise NotImplementedError

    @classmethod
    def from_phe(cls, key: PaillierPublicKey) -> OwnerPublicKey:
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class OwnerKey:
    """The owner's private key: two primes of the same length, never shown by str() or repr().

    Raises InvalidInput when p or q is not prime, they are equal or of different lengths, or p * q is no
    OwnerPublicKey.
    """

    p: int = field(repr=False)
    q: int = field(repr=False)

    @classmethod
    def generate(cls, bits: int = DEFAULT_KEY_BITS) -> OwnerKey:
        """Two fresh random primes of bits / 2 each. Raises InvalidInput for an odd or refused size."""
        raise NotImplementedError

    @cached_property
    def public(self) -> OwnerPublicKey:
        raise NotImplementedError

    def decrypt(self, ciphertexts: Ciphertexts) -> list[int]:
        """Plaintexts in [0, n). Raises InvalidInput for ciphertexts under another key."""
        raise NotImplementedError

    def open(self, ciphertexts: Ciphertexts) -> list[Opening]:
        """Plaintexts in [0, n) with the randomness that proves them to anybody. Raises InvalidInput as `decrypt`."""
        raise NotImplementedError

    def to_octets(self) -> bytes:
        """p then q, big-endian, equally long: for a key file that only its owner can read."""
        raise NotImplementedError

    @classmethod
    def from_octets(cls, octets: bytes) -> OwnerKey:
        """Inverse of `to_octets`. Raises InvalidInput, which quotes nothing of the key."""
        raise NotImplementedError

    def to_phe(self) -> PaillierPrivateKey:
        raise NotImplementedError

    @classmethod
    def from_phe(cls, key: PaillierPrivateKey) -> OwnerKey:
        raise NotImplementedError


def as_signed(residues: Sequence[int], n: int) -> list[int]:
    """Residues modulo n as integers of size below n / 2."""
    raise NotImplementedError
