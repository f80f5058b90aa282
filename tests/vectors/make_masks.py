"""Writes masks.json: `python tests/vectors/make_masks.py`. The tests check it with arithmetic of their own."""

import hashlib
import json
from itertools import count
from pathlib import Path

import numpy as np

from deltaml import sealing

DIRECTIONS = [[1, -1, 0, 2**40, -7, 0, 1], [3, 0, -(2**20), 5, 1, 1, -1]]
UPDATES = [[0, 1, -1, 2**40, -(2**40), 12345, 7], [9, -(2**33), 5, 5, -6, 0, 1], [-1, -1, -1, 2**30, 3, 3, 3]]
WEIGHTS = [3, 1, 10]
DIVISIONS = [
    (7, 2),
    (-7, 2),
    (-3, 2),
    (3, 2),
    (5, 3),
    (-5, 3),
    (2**63 - 1, 2),
    (-(2**63), 3),
    (-(2**63), 2**63 - 1),
    (0, 9),
]


class CountingSource:
    """Reproducible bytes in place of the system's random source."""

    def __init__(self) -> None:
        self._numbers = count()

    def token_bytes(self, nbytes: int) -> bytes:
        return hashlib.sha256(b"test seed %d" % next(self._numbers)).digest()[:nbytes]


def text(numbers: object) -> object:
    """Integers as decimal strings: JSON readers in browsers round them beyond 2**53."""
    return [text(number) for number in numbers] if isinstance(numbers, list) else str(numbers)


def main() -> None:
    source = CountingSource()
    seeds = [sealing.draw_seeds(4, source) for _ in UPDATES]
    directions = np.array(DIRECTIONS, dtype=np.int64)
    updates = [np.array(update, dtype=np.int64) for update in UPDATES]
    length = len(UPDATES[0])
    masked = [sealing.apply_masks(update, own) for update, own in zip(updates, seeds, strict=True)]
    mask_sums = [sealing.mask_sum([own[i] for own in seeds], WEIGHTS, length) for i in range(4)]
    projected = [sealing.mask_projections(own, directions) for own in seeds]
    opened = sealing.open_sum(masked, WEIGHTS, mask_sums)
    beacon = hashlib.sha256(b"test beacon").digest()
    context = b"where the seed belongs"
    vectors = {
        "keystream": [
            {"seed": seed.hex(), "start": start, "words": text(sealing.keystream(seed, 5, start).tolist())}
            for seed, start in ((bytes(32), 0), (seeds[0][0], 0), (seeds[0][0], 1), (seeds[0][0], 2**33 + 3))
        ],
        "commitment": {
            "seed": seeds[0][0].hex(),
            "context": context.hex(),
            "commitment": sealing.seed_commitment(seeds[0][0], context).hex(),
        },
        "holder_sets": {str(n): sealing.holder_sets(n) for n in (4, 7)},
        "round": {
            "n": 4,
            "weights": text(WEIGHTS),
            "updates": text(UPDATES),
            "seeds": [[seed.hex() for seed in own] for own in seeds],
            "masked": text([vector.tolist() for vector in masked]),
            "mask_sums": text([vector.tolist() for vector in mask_sums]),
            "sum": text(opened.tolist()),
            "mean": text(sealing.divide_rounding(opened, sum(WEIGHTS)).tolist()),
            "directions": text(DIRECTIONS),
            "mask_projections": text([vectors.tolist() for vectors in projected]),
            "projections": text(
                [
                    sealing.open_projections(vector, directions, masks).tolist()
                    for vector, masks in zip(masked, projected, strict=True)
                ]
            ),
        },
        "divide_rounding": [
            text([a, b, sealing.divide_rounding(np.array([a], dtype=np.int64), b).tolist()[0]]) for a, b in DIVISIONS
        ],
        "random_directions": {
            "beacon": beacon.hex(),
            "start": 30,
            "entries": sealing.RandomDirections(beacon, 3, 70).chunk(30, 70).tolist(),
        },
    }
    Path(__file__).with_name("masks.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
