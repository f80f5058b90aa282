"""The committee lock once more, one word at a time with Python integers: shares no code with deltaml.sealing."""

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RING = 2**64


def word(seed: bytes, index: int) -> int:
    """Word `index` of the keystream: AES of the counter block alone, no counter mode."""
    encryptor = Cipher(algorithms.AES(seed), modes.ECB()).encryptor()
    block = encryptor.update((index // 2).to_bytes(16, "big"))
    return int.from_bytes(block[8 * (index % 2) :][:8], "little")


def signed(word_value: int) -> int:
    return word_value - RING if word_value >= RING // 2 else word_value


def masked(vector: list[int], seeds: list[bytes]) -> list[int]:
    return [(value + sum(word(seed, j) for seed in seeds)) % RING for j, value in enumerate(vector)]


def mask_sum(seeds: list[bytes], weights: list[int], length: int) -> list[int]:
    return [sum(p * word(seed, j) for seed, p in zip(seeds, weights, strict=True)) % RING for j in range(length)]


def mask_projection(seed: bytes, direction: list[int]) -> int:
    return sum(h * word(seed, j) for j, h in enumerate(direction)) % RING


def divide_rounding(a: int, b: int) -> int:
    return (2 * a + b) // (2 * b)


def direction_entry(beacon: bytes, k: int, j: int) -> int:
    seed = hashlib.sha256(b"deltaml/norm-direction/v1\0" + beacon + k.to_bytes(4, "big")).digest()

    def bit(i: int) -> int:
        return word(seed, i // 64) >> (i % 64) & 1

    return bit(2 * j) - bit(2 * j + 1)
