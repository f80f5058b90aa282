"""The owner lock's keys: Paillier's cryptosystem with g = 1 + n (design §3).

Sources: Paillier, Eurocrypt 1999; Damgård and Jurik, PKC 2001 (g = 1 + n, and that who decrypts learns the randomness
too). Keys are those of `phe`, interoperable both ways.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import gmpy2
from gmpy2 import mpz

from deltaml.errors import InvalidInput

if TYPE_CHECKING:
    from phe import PaillierPrivateKey, PaillierPublicKey

    from deltaml.sealing.ciphertexts import Ciphertexts

MIN_KEY_BITS = 2048
"""About 112 bits of strength (NIST SP 800-57 part 1); 3072 bits have 128."""
MAX_KEY_BITS = 4096
DEFAULT_KEY_BITS = 3072
LEAST_FACTOR_BITS = 16
"""Every prime factor of an accepted n is above 2**16."""

OPEN_BITS = 128
MAX_OPEN_BOUND = 2**88
MAX_WRAPS = 128
"""How many different multiples of n a sum of masks may be off by; a committee of 10 has 120 holder sets."""

_KEY_DOMAIN = b"deltaml/owner-key/v1\x00"
_PRIME_ROUNDS = 40


class Opening(NamedTuple):
    """What a ciphertext holds and the proof of it: c = (1 + n)**plaintext * randomness**n mod n**2."""

    plaintext: int
    randomness: int


@dataclass(frozen=True)
class OwnerPublicKey:
    """The modulus n that a model owner publishes.

    Raises InvalidInput at construction unless n is odd, has MIN_KEY_BITS to MAX_KEY_BITS bits, has no factor below
    2**16, and its small multiples stay apart modulo 2**128 (what `unmask` relies on; a random n fails with 2**-31).
    That n and phi(n) have no common factor can't be seen from n: `verify_key` checks the owner's proof of it.
    """

    n: int

    def __post_init__(self) -> None:
        if not MIN_KEY_BITS <= self.bits <= MAX_KEY_BITS:
            raise InvalidInput(f"n has {self.bits} bits; expected {MIN_KEY_BITS} to {MAX_KEY_BITS}")
        if self.n < 0 or self.n % 2 == 0 or gmpy2.gcd(self.n, _small_primes()) != 1:
            raise InvalidInput(f"n is even or has a factor below 2**{LEAST_FACTOR_BITS}")
        # Two readings of one opened value differ by j * n modulo 2**128: both fit only if that is small.
        if any(abs(centred(j * self.n)) <= 2 * MAX_OPEN_BOUND for j in range(1, MAX_WRAPS + 1)):
            raise InvalidInput("a small multiple of n is close to a multiple of 2**128; draw another key")

    @property
    def bits(self) -> int:
        """Size of n."""
        return self.n.bit_length()

    @property
    def ciphertext_octets(self) -> int:
        """How long one ciphertext is on the wire: that of n**2, rounded up."""
        return -(-2 * self.bits // 8)

    @cached_property
    def key_id(self) -> bytes:
        """sha256(domain || n, big-endian without leading zeros): 32 bytes that name the key in messages."""
        return hashlib.sha256(_KEY_DOMAIN + self.n.to_bytes(-(-self.bits // 8), "big")).digest()

    def to_phe(self) -> PaillierPublicKey:
        """phe's object with the same n."""
        from phe import PaillierPublicKey

        return PaillierPublicKey(self.n)

    @classmethod
    def from_phe(cls, key: PaillierPublicKey) -> OwnerPublicKey:
        """Raises InvalidInput as the constructor, and unless g is 1 + n."""
        if key.g != key.n + 1:
            raise InvalidInput("the generator is not n + 1")
        return cls(int(key.n))


@dataclass(frozen=True, repr=False)
class OwnerKey:
    """The owner's private key: two primes of the same length, never shown by str() or repr().

    Raises InvalidInput when p or q is not prime, they are equal or of different lengths, or p * q is no
    OwnerPublicKey. Equal lengths leave n and phi(n) without a common factor, so every key here can be proven.
    """

    p: int
    q: int

    def __post_init__(self) -> None:
        p, q = self.p, self.q
        # Size first: testing numbers without end for primality is work without end.
        if p == q or p.bit_length() != q.bit_length() or 2 * p.bit_length() > MAX_KEY_BITS + 1:
            raise InvalidInput("p and q must differ, be equally long and not too long")
        if not all(gmpy2.is_prime(prime, _PRIME_ROUNDS) for prime in (p, q)):
            raise InvalidInput("p and q must be prime")
        _ = self.public

    def __repr__(self) -> str:
        return f"OwnerKey({self.public.bits} bits, id {self.public.key_id.hex()[:16]}…)"

    @classmethod
    def generate(cls, bits: int = DEFAULT_KEY_BITS) -> OwnerKey:
        """Two fresh random primes of bits / 2 each. Raises InvalidInput for an odd or refused size."""
        if bits % 2 or not MIN_KEY_BITS <= bits <= MAX_KEY_BITS:
            raise InvalidInput(f"a key of {bits} bits; expected an even number, {MIN_KEY_BITS} to {MAX_KEY_BITS}")
        while True:
            try:
                return cls(_random_prime(bits // 2), _random_prime(bits // 2))
            except InvalidInput:  # one pair in 2**31 has unlucky multiples
                continue

    @cached_property
    def public(self) -> OwnerPublicKey:
        """What goes to everybody else."""
        return OwnerPublicKey(self.p * self.q)

    def decrypt(self, ciphertexts: Ciphertexts) -> list[int]:
        """Plaintexts in [0, n), by the Chinese remainders. Raises InvalidInput for ciphertexts under another key."""
        if ciphertexts.key != self.public:
            raise InvalidInput(f"ciphertexts are under key {ciphertexts.key.key_id.hex()}, not under this one")
        return [self._plaintext(value) for value in ciphertexts.values]

    def open(self, ciphertexts: Ciphertexts) -> list[Opening]:
        """Plaintexts in [0, n) with the randomness that proves them to anybody. Raises InvalidInput as `decrypt`."""
        plaintexts = self.decrypt(ciphertexts)
        randomness = [self.root(value) for value in ciphertexts.values]
        return [Opening(m, r) for m, r in zip(plaintexts, randomness, strict=True)]

    def root(self, value: int) -> int:
        """The r in [0, n) with r**n = value modulo n; the n-th root, which only the primes give."""
        return self._join(
            *(
                gmpy2.powmod_sec(value % prime, gmpy2.invert(self.public.n, prime - 1), prime)
                for prime in (self.p, self.q)
            )
        )

    def to_octets(self) -> bytes:
        """p then q, big-endian, equally long: for a key file that only its owner can read."""
        size = -(-self.p.bit_length() // 8)
        return self.p.to_bytes(size, "big") + self.q.to_bytes(size, "big")

    @classmethod
    def from_octets(cls, octets: bytes) -> OwnerKey:
        """Inverse of `to_octets`. Raises InvalidInput, which quotes nothing of the key."""
        if len(octets) % 2 or not MIN_KEY_BITS <= 8 * len(octets) <= MAX_KEY_BITS + 14:
            raise InvalidInput(f"a private key of {len(octets)} bytes; expected {MIN_KEY_BITS // 8} or more")
        half = len(octets) // 2
        return cls(int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big"))

    def to_phe(self) -> PaillierPrivateKey:
        """phe's object with the same primes."""
        from phe import PaillierPrivateKey

        return PaillierPrivateKey(self.public.to_phe(), self.p, self.q)

    @classmethod
    def from_phe(cls, key: PaillierPrivateKey) -> OwnerKey:
        """Raises InvalidInput as the constructor."""
        return cls(int(key.p), int(key.q))

    def _plaintext(self, value: int) -> int:
        return self._join(
            *(
                _logarithm(gmpy2.powmod_sec(value % prime**2, prime - 1, prime**2), prime) * scale % prime
                for prime, scale in zip((self.p, self.q), self._scales, strict=True)
            )
        )

    @cached_property
    def _scales(self) -> tuple[Any, Any]:
        """Inverses modulo p and q of what (1 + n)**1 gives."""
        first, second = (
            gmpy2.invert(_logarithm(gmpy2.powmod_sec(1 + self.public.n, prime - 1, prime**2), prime), prime)
            for prime in (self.p, self.q)
        )
        return first, second

    @cached_property
    def _q_inverse(self) -> Any:
        return gmpy2.invert(self.q, self.p)

    def _join(self, modulo_p: Any, modulo_q: Any) -> int:
        return int(modulo_q + self.q * ((modulo_p - modulo_q) * self._q_inverse % self.p))


def centred(value: int) -> int:
    """The number of least size that is value modulo 2**OPEN_BITS."""
    half = 1 << (OPEN_BITS - 1)
    return (value + half) % (2 * half) - half


def _logarithm(power: Any, prime: int) -> Any:
    return (power - 1) // prime


def _random_prime(bits: int) -> int:
    # The two highest bits are set, so that a product has exactly twice the bits.
    while True:
        candidate = secrets.randbits(bits) | 3 << (bits - 2) | 1
        if gmpy2.is_prime(candidate, _PRIME_ROUNDS):
            return candidate


@cache
def _small_primes() -> mpz:
    return gmpy2.primorial(2**LEAST_FACTOR_BITS)
