"""Writes ring_masks.json: `python tests/vectors/make_ring_masks.py`. The tests check it with a slow twin."""

import hashlib
import json
from itertools import count
from pathlib import Path

import numpy as np

from deltaml import sealing

# 2048 hashed bits, moved on until OwnerPublicKey takes them; nobody knows the factors.
N_SEED = b"deltaml ring masks test modulus"
DIRECTIONS = [[1, -1, 0, 2**40, -7], [3, 0, -(2**20), 5, 1]]
UPDATES = [[0, 1, -1, 2**40, -(2**40)], [9, -(2**33), 5, 5, -6]]
WEIGHTS = [3, 2**40]


class CountingSource:
    """Reproducible bytes in place of the system's random source."""

    def __init__(self) -> None:
        self._numbers = count()

    def token_bytes(self, nbytes: int) -> bytes:
        return hashlib.sha256(b"ring test seed %d" % next(self._numbers)).digest()[:nbytes]


def modulus() -> sealing.OwnerPublicKey:
    """The first number from 2048 hashed bits upwards that is accepted as a key."""
    octets = b"".join(hashlib.sha256(N_SEED + bytes([i])).digest() for i in range(8))
    candidate = int.from_bytes(octets, "big") | 1 << 2047 | 1
    while True:
        try:
            return sealing.OwnerPublicKey(candidate)
        except ValueError:
            candidate += 2


def text(numbers: object) -> object:
    """Integers as decimal strings: JSON readers in browsers round them beyond 2**53."""
    return [text(number) for number in numbers] if isinstance(numbers, list) else str(numbers)


def main() -> None:
    key, source = modulus(), CountingSource()
    seeds = [sealing.draw_seeds(4, source) for _ in UPDATES]
    directions, length = np.array(DIRECTIONS, dtype=np.int64), len(UPDATES[0])
    masks = [sealing.ring_masks(own, length, key) for own in seeds]
    vectors = {
        "n": f"{key.n:x}",
        "key_id": key.key_id.hex(),
        "keystream": [
            {"seed": seed.hex(), "start": start, "elements": text(sealing.ring_keystream(seed, key, start, 2))}
            for seed, start in ((bytes(32), 0), (seeds[0][0], 0), (seeds[0][0], 1), (seeds[0][0], 2**33 + 3))
        ],
        "round": {
            "weights": text(WEIGHTS),
            "updates": text(UPDATES),
            "seeds": [[seed.hex() for seed in own] for own in seeds],
            "masks": text(masks),
            "mask_sums": [
                text(sealing.ring_mask_sum([own[i] for own in seeds], WEIGHTS, length, key).tolist()) for i in range(4)
            ],
            "sum": text(
                [sum(p * u for p, u in zip(WEIGHTS, column, strict=True)) for column in zip(*UPDATES, strict=True)]
            ),
            "directions": text(DIRECTIONS),
            "projections": [text(sealing.ring_mask_projections(own, directions, key).tolist()) for own in seeds],
            "scores": text(
                [[sum(h * u for h, u in zip(row, own, strict=True)) for row in DIRECTIONS] for own in UPDATES]
            ),
        },
    }
    Path(__file__).with_name("ring_masks.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
