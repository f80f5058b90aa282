"""A vector of Paillier ciphertexts as bytes, and what anybody may do to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import gmpy2
import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.sealing.fixed_point import WORD_MAX
from deltaml.sealing.multi_exponent import linear_products, power_product
from deltaml.sealing.owner_key import OwnerPublicKey

if TYPE_CHECKING:
    from phe import EncryptedNumber


class Ciphertexts:
    """Immutable vector of ciphertexts under one key; equal when key and values are.

    Raises InvalidInput for a value outside (0, n**2) or not coprime to n.
    """

    __slots__ = ("_key", "_values")

    def __init__(self, key: OwnerPublicKey, values: Sequence[int]) -> None:
        n, product = mpz(key.n), mpz(1)
        square = n * n
        for position, value in enumerate(values):
            if not 0 < value < square:
                raise InvalidInput(f"ciphertext {position} is outside (0, n**2)")
            product = product * (value % n) % n
        # One gcd for all: a factor that any of them shares with n stays in the product.
        if gmpy2.gcd(product, n) != 1:
            raise InvalidInput("a ciphertext has a factor in common with n")
        self._key, self._values = key, tuple(int(value) for value in values)

    @property
    def key(self) -> OwnerPublicKey:
        """The key they are under."""
        return self._key

    @property
    def values(self) -> tuple[int, ...]:
        """Integers in (0, n**2)."""
        return self._values

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ciphertexts) and (self._key, self._values) == (other._key, other._values)

    def __hash__(self) -> int:
        return hash((self._key, self._values))

    def __repr__(self) -> str:
        return f"Ciphertexts({len(self)} under {self._key.key_id.hex()[:16]}…)"

    def to_octets(self) -> bytes:
        """Big-endian, key.ciphertext_octets each, one after the other."""
        return b"".join(value.to_bytes(self._key.ciphertext_octets, "big") for value in self._values)

    @classmethod
    def from_octets(cls, key: OwnerPublicKey, octets: bytes, count: int) -> Ciphertexts:
        """Inverse of `to_octets`. Raises InvalidMessage for another length or values that the constructor refuses."""
        size = key.ciphertext_octets
        if count < 0 or len(octets) != count * size:
            raise InvalidMessage(f"{len(octets)} bytes; expected {count} ciphertexts of {size}")
        values = [int.from_bytes(octets[start : start + size], "big") for start in range(0, len(octets), size)]
        return cls._from_peer(key, values)

    @classmethod
    def from_phe(
        cls, numbers: Sequence[EncryptedNumber], exponent: int, key: OwnerPublicKey | None = None
    ) -> Ciphertexts:
        """Raises InvalidMessage, before any arithmetic, for none, foreign keys or any exponent but the given one.

        All must be under `key`, or under the first one's when none is given. phe scales numbers with different
        exponents to each other by raising them to a power of 16: one crafted exponent costs seconds and gigabytes.
        What phe has computed and not yet re-randomised gets fresh randomness here, so values may differ from phe's.
        """
        if not numbers:
            raise InvalidMessage("no numbers, so no key")
        if any(type(number.exponent) is not int or number.exponent != exponent for number in numbers):
            raise InvalidMessage(f"a number's exponent is not {exponent}")
        n = numbers[0].public_key.n if key is None else key.n
        if any(number.public_key.n != n for number in numbers):
            raise InvalidMessage("a number is under another key")
        known = OwnerPublicKey.from_phe(numbers[0].public_key) if key is None else key
        return cls._from_peer(known, [number.ciphertext() for number in numbers])

    def to_phe(self, exponent: int) -> list[EncryptedNumber]:
        """As phe's numbers with that exponent of its base 16; phe adds fresh randomness before it shows them."""
        from phe import EncryptedNumber

        public = self._key.to_phe()
        return [EncryptedNumber(public, value, exponent) for value in self._values]

    @classmethod
    def _from_peer(cls, key: OwnerPublicKey, values: Sequence[int]) -> Ciphertexts:
        try:
            return cls(key, values)
        except InvalidInput as error:
            raise InvalidMessage(str(error)) from error


def weighted_sum(batch: Sequence[Ciphertexts], weights: Sequence[int]) -> Ciphertexts:
    """Position by position, encryptions of the sum of weight * plaintext; the same bytes for everybody.

    batch: one vector per trainer, all under one key and equally long; weights: integers from 1 to 2**63 - 1.
    Raises InvalidInput otherwise. Nothing is re-randomised: what goes in is public to whoever sees what comes out.
    """
    if not batch or len(batch) != len(weights):
        raise InvalidInput(f"{len(weights)} weights for {len(batch)} vectors; expected one each, at least one")
    if any(not 1 <= weight <= WORD_MAX for weight in weights):
        raise InvalidInput(f"weights are {list(weights)}; expected integers from 1 to 2**63 - 1")
    key, length = batch[0].key, len(batch[0])
    if any(vector.key != key or len(vector) != length for vector in batch):
        raise InvalidInput("the vectors differ in key or length")
    square, factors = mpz(key.n) ** 2, [int(weight) for weight in weights]
    columns = zip(*(vector.values for vector in batch), strict=True)
    return Ciphertexts(key, [power_product(column, factors, square) for column in columns])


def inner_products(ciphertexts: Ciphertexts, directions: NDArray[np.int64]) -> Ciphertexts:
    """Encryptions of the k inner products with directions int64[k, d]; the same bytes for everybody.

    Raises InvalidInput for another shape or dtype. A direction of zeros gives 1, the encryption of 0 with
    randomness 1.
    """
    products = linear_products(ciphertexts.values, checked_matrix(directions, len(ciphertexts)), ciphertexts.key.n)
    return Ciphertexts(ciphertexts.key, products)


def checked_matrix(matrix: NDArray[np.int64], n_columns: int) -> NDArray[np.int64]:
    """The matrix itself. Raises InvalidInput unless it is int64[k, n_columns]."""
    if matrix.dtype != np.int64 or matrix.ndim != 2 or matrix.shape[1] != n_columns:
        raise InvalidInput(f"got {matrix.dtype} of shape {matrix.shape}; expected int64[k, {n_columns}]")
    return matrix
