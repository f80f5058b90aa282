"""Products of powers modulo n**2, many bases at once: Straus's method with shared squarings and signed windows.

Source: Straus, American Mathematical Monthly 71 (1964) 806. A table entry g is kept split as (a, l) with
g = a * (1 + n)**l and a = g mod n: the running product is multiplied by a, half as long, and the l only add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import gmpy2
import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

Split: TypeAlias = tuple[Any, Any]
"""(a, l), standing for a * (1 + n)**l modulo n**2."""


def join(product: Any, logarithm: Any, n: Any) -> Any:
    """product * (1 + n)**logarithm modulo n**2."""
    return (product + n * (product * (logarithm % n) % n)) % (n * n)


def split_all(values: Sequence[Any], n: Any) -> list[tuple[Split, Split]]:
    """Each value and its inverse, split. One inversion for all of them (Montgomery's trick, 1987).

    With a * b = 1 + k n the inverse of a is b * (1 + n)**-k, so inverses cost next to nothing here.
    """
    parts = [gmpy2.f_divmod(value, n) for value in values]
    before, product = [], mpz(1)
    for _, residue in parts:
        before.append(product)
        product = product * residue % n
    rest = gmpy2.invert(product, n)
    pairs = []
    for (quotient, residue), earlier in zip(reversed(parts), reversed(before), strict=True):
        inverse = rest * earlier % n
        rest = rest * residue % n
        logarithm = quotient * inverse % n
        pairs.append(((residue, logarithm), (inverse, -logarithm - residue * inverse // n)))
    return pairs[::-1]


def linear_products(values: Sequence[int], matrix: NDArray[np.int64], n: int) -> list[Any]:
    """prod_j values[j]**matrix[i, j] modulo n**2 for each row i: matrix int64[k, d], d values coprime to n."""
    modulus = mpz(n)
    window = _window(matrix)
    digits = _signed_digits(matrix, window)
    tables = _tables([mpz(value) for value in values], int(np.abs(digits).max(initial=0)), modulus)
    return [_row(tables, rows, window, modulus) for rows in digits.swapaxes(0, 1)]


def power_product(bases: Sequence[int], exponents: Sequence[int], modulus: int) -> Any:
    """prod bases[i]**exponents[i] for exponents of at least 0, with shared squarings. Made for short exponents."""
    top = max((exponent.bit_length() for exponent in exponents), default=0)
    window = 1 if top < 8 else 3
    tables = [_powers(mpz(base), (1 << window) - 1, modulus) for base in bases]
    product = mpz(1)
    for position in range(-(-top // window) * window - window, -1, -window):
        for _ in range(window):
            product = product * product % modulus
        for table, exponent in zip(tables, exponents, strict=True):
            digit = exponent >> position & (1 << window) - 1
            if digit:
                product = product * table[digit] % modulus
    return product


def _row(tables: Sequence[Sequence[Any]], rows: NDArray[np.int64], window: int, n: Any) -> Any:
    """rows int64[positions, d]: the digits of one row of the matrix, the lowest first."""
    square = n * n
    product, logarithm = mpz(1), mpz(0)
    for digits in rows[::-1]:
        if product != 1:
            for _ in range(window):
                product = product * product % square
            logarithm <<= window
        used = np.flatnonzero(digits)
        for column, digit in zip(used.tolist(), digits[used].tolist(), strict=True):
            factor, part = tables[column][digit]
            product = product * factor % square
            logarithm += part
    return join(product, logarithm, n)


def _tables(values: Sequence[Any], largest: int, n: Any) -> list[list[Any]]:
    """For each value its powers at [1] to [largest] and, counted from the end, the inverse ones at [-1] and so on."""
    powers = [_powers(value, largest, n * n)[1:] for value in values]
    pairs = iter(split_all([power for row in powers for power in row], n))
    tables = []
    for _ in values:
        own = [next(pairs) for _ in range(largest)]
        tables.append([None, *(plain for plain, _ in own), *(inverse for _, inverse in reversed(own))])
    return tables


def _powers(base: Any, largest: int, modulus: Any) -> list[Any]:
    powers = [mpz(1), base % modulus]
    for _ in range(2, largest + 1):
        powers.append(powers[-1] * base % modulus)
    return powers[: largest + 1]


def _signed_digits(matrix: NDArray[np.int64], window: int) -> NDArray[np.int64]:
    """int64[positions, k, d] in (-2**(window - 1), 2**(window - 1)], the lowest position first."""
    rest, positions = matrix.astype(np.int64), []
    while rest.any():
        digits = rest & (1 << window) - 1
        borrow = digits > 1 << (window - 1)
        positions.append(digits - (borrow.astype(np.int64) << window))
        rest = (rest >> window) + borrow
    return np.stack(positions) if positions else np.zeros((0, *matrix.shape), dtype=np.int64)


def _window(matrix: NDArray[np.int64]) -> int:
    """The width with the least work, in multiplications by half-long numbers; a table entry costs about four."""
    k = len(matrix)
    bits = max((abs(value).bit_length() for value in _extremes(matrix)), default=0)

    def work(window: int) -> float:
        return 4 * 2 ** (window - 1) + k * (bits + 1) / window * (1 - 2**-window)

    return min(range(2, 9), key=work)


def _extremes(matrix: NDArray[np.int64]) -> Iterable[int]:
    return (int(matrix.min()), int(matrix.max())) if matrix.size else ()
