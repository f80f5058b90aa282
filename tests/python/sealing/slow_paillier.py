"""The owner lock once more, with pow() and the textbook's formulas: shares no code with deltaml.sealing."""

from math import gcd

from tests.python.sealing import slow_twin


def encrypt(n: int, plaintext: int, randomness: int) -> int:
    return pow(1 + n, plaintext % n, n * n) * pow(randomness, n, n * n) % (n * n)


def decrypt(p: int, q: int, ciphertext: int) -> int:
    """L(c**lambda) / lambda modulo n."""
    n = p * q
    order = (p - 1) * (q - 1) // gcd(p - 1, q - 1)
    return (pow(ciphertext, order, n * n) - 1) // n * pow(order, -1, n) % n


def product(values: list[int], exponents: list[int], modulus: int) -> int:
    result = 1
    for value, exponent in zip(values, exponents, strict=True):
        result = result * pow(value, exponent, modulus) % modulus
    return result


def ring_element(seed: bytes, n: int, index: int) -> int:
    width = (n.bit_length() + 128 + 63) // 64
    return sum(slow_twin.word(seed, index * width + i) << 64 * i for i in range(width)) % n


def low_words(value: int) -> list[int]:
    return [value % 2**64, value // 2**64 % 2**64]
