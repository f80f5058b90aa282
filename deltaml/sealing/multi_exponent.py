"""Products of powers modulo n**2, many bases at once: Straus's method with shared squarings and signed windows.

Source: Straus, American Mathematical Monthly 71 (1964) 806. A table entry g is kept split as (a, l) with
g = a * (1 + n)**l and a = g mod n: the running product is multiplied by a, half as long, and the l only add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def split_powers(values: Sequence[Any], largest: int, n: Any) -> Iterator[list[tuple[Split, Any]]]:
    """For each value, coprime to n: its powers 0 to `largest`, split, each with the inverse of its a modulo n.

    Works with numbers as long as n only. From g**i = a * (1 + n)**l and g = a' * (1 + n)**l' follows, with
    a * a' = b + q n, g**(i + 1) = b * (1 + n)**(l + l' + q / b).
    """
    parts = [gmpy2.f_divmod(value, n) for value in values]
    for (quotient, base), inverse in zip(parts, _inverses([residue for _, residue in parts], n), strict=True):
        first = quotient * inverse % n
        residue, logarithm, reciprocal = mpz(1), mpz(0), mpz(1)
        powers = [((residue, logarithm), reciprocal)]
        for _ in range(largest):
            carry, residue = gmpy2.f_divmod(residue * base, n)
            reciprocal = reciprocal * inverse % n
            logarithm = (logarithm + first + carry * reciprocal) % n
            powers.append(((residue, logarithm), reciprocal))
        yield powers


def inverse_of(power: Split, reciprocal: Any, n: Any) -> Split:
    """The inverse of a split number, given the inverse of its a: with a * b = 1 + k n it is b * (1 + n)**(-l - k)."""
    residue, logarithm = power
    return reciprocal, -logarithm - residue * reciprocal // n


def multiply(product: Any, factors: Sequence[Any], modulus: Any) -> Any:
    """product * prod factors modulo `modulus`, for factors half as long: two at a time, one reduction for both."""
    if len(factors) % 2:
        product = product * factors[-1] % modulus
    pairs = iter(factors)
    for first, second in zip(pairs, pairs, strict=False):
        product = product * (first * second) % modulus
    return product


def linear_products(values: Sequence[int], matrix: NDArray[np.int64], n: int) -> list[Any]:
    """prod_j values[j]**matrix[i, j] modulo n**2 for each row i: matrix int64[k, d], d values coprime to n."""
    modulus = mpz(n)
    window, digits = _best_digits(matrix)
    tables = _tables([mpz(value) for value in values], _largest(digits), modulus)
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
        entries = [tables[column][digit] for column, digit in zip(used.tolist(), digits[used].tolist(), strict=True)]
        product = multiply(product, [factor for factor, _ in entries], square)
        logarithm += sum(part for _, part in entries)
    return join(product, logarithm, n)


def _tables(values: Sequence[Any], largest: int, n: Any) -> list[list[Split]]:
    """For each value its powers at [0] to [largest] and, counted from the end, the inverse ones at [-1] and so on."""
    return [
        [power for power, _ in powers] + [inverse_of(power, reciprocal, n) for power, reciprocal in powers[:0:-1]]
        for powers in split_powers(values, largest, n)
    ]


def _inverses(residues: Sequence[Any], n: Any) -> list[Any]:
    """Modulo n, with one inversion for all of them (Montgomery 1987)."""
    before, product = [], mpz(1)
    for residue in residues:
        before.append(product)
        product = product * residue % n
    rest, inverses = gmpy2.invert(product, n), []
    for residue, earlier in zip(reversed(residues), reversed(before), strict=True):
        inverses.append(rest * earlier % n)
        rest = rest * residue % n
    return inverses[::-1]


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


def _best_digits(matrix: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """The window with the least work and the digits in it; work is counted in multiplications by half-long numbers."""
    k, d = matrix.shape
    choices = [(window, _signed_digits(matrix, window)) for window in range(2, 9)]

    def work(choice: tuple[int, NDArray[np.int64]]) -> float:
        window, digits = choice
        squarings = 2 * k * window * max(len(digits) - 1, 0)
        # A table entry and its inverse cost about two.
        return float(np.count_nonzero(digits) + squarings + 2 * d * _largest(digits))

    return min(choices, key=work)


def _largest(digits: NDArray[np.int64]) -> int:
    return int(np.abs(digits).max(initial=0))
