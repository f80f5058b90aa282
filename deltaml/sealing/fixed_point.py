"""Integers in, integers out: what every process must agree on bit for bit is never a float (design R17)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput

WORD_MAX = 2**63 - 1
MAX_FRACTION_BITS = 52


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A real x is held as the integer nearest to x * 2**fraction_bits (ties to even), in 64 bits with sign."""

    fraction_bits: int

    def __post_init__(self) -> None:
        if not 0 <= self.fraction_bits <= MAX_FRACTION_BITS:
            raise InvalidInput(f"fraction_bits is {self.fraction_bits}; expected 0 to {MAX_FRACTION_BITS}")

    def encode(self, values: ArrayLike) -> NDArray[np.int64]:
        """Reals of any shape to integers of the same shape.

        Raises InvalidInput for NaN, infinity, or where |x| * 2**fraction_bits reaches 2**63.
        """
        with np.errstate(over="ignore"):
            scaled = np.rint(np.ldexp(np.asarray(values, dtype=np.float64), self.fraction_bits))
        # NaN fails the comparison too.
        bad = ~(np.abs(scaled) < 2.0**63)
        if bad.any():
            first = tuple(int(i) for i in np.argwhere(bad)[0])
            raise InvalidInput(
                f"{int(bad.sum())} values, the first at {first}, are not finite or do not fit 64 bits with "
                f"{self.fraction_bits} fraction bits; clip them or use fewer fraction bits"
            )
        return scaled.astype(np.int64)

    def decode(self, integers: ArrayLike) -> NDArray[np.float64]:
        """Integers to reals; beyond 2**53 the nearest float64. Raises InvalidInput unless they are integers."""
        array = np.asarray(integers)
        if array.dtype != np.int64:
            raise InvalidInput(f"expected int64, got {array.dtype}")
        return np.ldexp(array.astype(np.float64), -self.fraction_bits)


def to_ring(signed: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The same bits read modulo 2**64 (two's complement). Shares memory. Raises InvalidInput on another dtype."""
    if signed.dtype != np.int64:
        raise InvalidInput(f"expected int64, got {signed.dtype}")
    return signed.view(np.uint64)


def from_ring(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Inverse of `to_ring`: words from 2**63 upwards stand for negative numbers."""
    if words.dtype != np.uint64:
        raise InvalidInput(f"expected uint64, got {words.dtype}")
    return words.view(np.int64)


def divide_rounding(numerators: NDArray[np.int64], denominator: int) -> NDArray[np.int64]:
    """floor((2a + b) / (2b)) for each a: the nearest integer to a / b, halves go up (-1.5 gives -1).

    Exact for every int64 and every b from 1 to 2**63 - 1; with BigInt in a browser the formula above gives the
    same. Raises InvalidInput for another dtype or denominator.
    """
    if numerators.dtype != np.int64:
        raise InvalidInput(f"expected int64, got {numerators.dtype}")
    if not 1 <= denominator <= WORD_MAX:
        raise InvalidInput(f"denominator is {denominator}; expected 1 to 2**63 - 1")
    quotient, remainder = np.divmod(numerators, np.int64(denominator))
    # 2r >= b, written so that it can't overflow.
    return quotient + (remainder >= np.int64(denominator) - remainder)


@dataclass(frozen=True, slots=True)
class RoundBounds:
    """The sizes of one task, refused unless nothing opened in a round can wrap around 64 bits with sign.

    An instance exists only if the three properties below are at most 2**63 - 1, so holding one is the proof. All
    arithmetic is exact. Raises InvalidInput naming the bound that is broken.

    n_parameters: length d of an update. clip_norm: largest L2 norm of an update before rounding, in model units.
    fraction_bits: of updates. gradient_bits, gradient_norm: fraction bits and largest L2 norm of the public vectors
    that updates are multiplied with. max_weight_sum: largest sum of the stake weights of a round.
    """

    n_parameters: int
    clip_norm: float
    fraction_bits: int
    gradient_bits: int
    gradient_norm: float
    max_weight_sum: int

    def __post_init__(self) -> None:
        for name in ("n_parameters", "max_weight_sum"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"{name} is {getattr(self, name)}; expected at least 1")
        for name in ("clip_norm", "gradient_norm"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InvalidInput(f"{name} is {getattr(self, name)}; expected a finite number above 0")
        for name in ("fraction_bits", "gradient_bits"):
            if not 0 <= getattr(self, name) <= MAX_FRACTION_BITS:
                raise InvalidInput(f"{name} is {getattr(self, name)}; expected 0 to {MAX_FRACTION_BITS}")
        for name in ("weighted_sum", "inner_product", "projection"):
            if getattr(self, name) > WORD_MAX:
                raise InvalidInput(
                    f"{name} may reach {getattr(self, name)}, above 2**63 - 1; "
                    "use fewer fraction bits, a smaller clip norm or smaller weights"
                )

    @property
    def update_norm(self) -> int:
        """L2 norm of a rounded update, in units of 2**-fraction_bits: rounding adds at most sqrt(d) / 2."""
        return math.ceil(Fraction(self.clip_norm) * 2**self.fraction_bits + Fraction(self._root, 2))

    @property
    def weighted_sum(self) -> int:
        """Largest size of one coordinate of the weighted sum."""
        return self.max_weight_sum * (math.floor(Fraction(self.clip_norm) * 2**self.fraction_bits) + 1)

    @property
    def inner_product(self) -> int:
        """Largest size of an update times a public vector (Cauchy-Schwarz on the rounded vectors)."""
        gradient = math.ceil(Fraction(self.gradient_norm) * 2**self.gradient_bits + Fraction(self._root, 2))
        return self.update_norm * gradient

    @property
    def projection(self) -> int:
        """Largest size of an update times a vector of -1, 0 and 1."""
        return self.update_norm * self._root

    @property
    def _root(self) -> int:
        """sqrt(d), rounded up."""
        return math.isqrt(self.n_parameters - 1) + 1
