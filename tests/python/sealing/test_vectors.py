"""tests/vectors/masks.json holds for Python and the browser alike; here by the library and by its slow twin."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from deltaml import sealing
from tests.python.sealing import slow_twin

pytestmark = pytest.mark.unit

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "masks.json").read_text())


def ints(strings: list[str]) -> list[int]:
    return [int(string) for string in strings]


def seeds_of(trainer: int) -> list[bytes]:
    return [bytes.fromhex(seed) for seed in VECTORS["round"]["seeds"][trainer]]


@pytest.fixture
def trainers() -> range:
    return range(len(VECTORS["round"]["updates"]))


def test_aes_known_answer() -> None:
    """AES-256 of a zero block under a zero key (NIST AESAVS, the start of all-zero CTR)."""
    assert sealing.keystream(bytes(32), 2).astype("<u8").tobytes().hex() == "dc95c078a2408989ad48a21492842087"


@pytest.mark.parametrize("case", VECTORS["keystream"], ids=lambda case: f"{case['seed'][:4]}+{case['start']}")
def test_keystream(case: dict) -> None:
    seed, expected = bytes.fromhex(case["seed"]), ints(case["words"])

    assert sealing.keystream(seed, len(expected), case["start"]).tolist() == expected
    assert [slow_twin.word(seed, case["start"] + i) for i in range(len(expected))] == expected


def test_commitment() -> None:
    case = {name: bytes.fromhex(value) for name, value in VECTORS["commitment"].items()}

    assert sealing.seed_commitment(case["seed"], case["context"]) == case["commitment"]
    plain = b"deltaml/seed-commitment/v1\0" + case["context"] + case["seed"]
    assert hashlib.sha256(plain).digest() == case["commitment"]


def test_holder_sets() -> None:
    for n, sets in VECTORS["holder_sets"].items():
        assert [list(holders) for holders in sealing.holder_sets(int(n))] == sets


def test_masked_vectors(trainers: range) -> None:
    for trainer in trainers:
        update = ints(VECTORS["round"]["updates"][trainer])
        expected = ints(VECTORS["round"]["masked"][trainer])
        assert sealing.apply_masks(np.array(update, dtype=np.int64), seeds_of(trainer)).tolist() == expected
        assert slow_twin.masked(update, seeds_of(trainer)) == expected


def test_mask_sums(trainers: range) -> None:
    weights = ints(VECTORS["round"]["weights"])
    for index, expected_text in enumerate(VECTORS["round"]["mask_sums"]):
        expected = ints(expected_text)
        seeds = [seeds_of(trainer)[index] for trainer in trainers]
        assert sealing.mask_sum(seeds, weights, len(expected)).tolist() == expected
        assert slow_twin.mask_sum(seeds, weights, len(expected)) == expected


def test_opened_sum_and_mean() -> None:
    case = VECTORS["round"]
    weights, updates = ints(case["weights"]), [ints(update) for update in case["updates"]]
    plain = [sum(p * u for p, u in zip(weights, column, strict=True)) for column in zip(*updates, strict=True)]
    masked = [np.array(ints(vector), dtype=np.uint64) for vector in case["masked"]]
    mask_sums = [np.array(ints(vector), dtype=np.uint64) for vector in case["mask_sums"]]

    opened = sealing.open_sum(masked, weights, mask_sums)

    assert opened.tolist() == ints(case["sum"]) == plain
    mean = [slow_twin.divide_rounding(value, sum(weights)) for value in plain]
    assert sealing.divide_rounding(opened, sum(weights)).tolist() == ints(case["mean"]) == mean


def test_projections(trainers: range) -> None:
    case = VECTORS["round"]
    directions = [ints(direction) for direction in case["directions"]]
    array = np.array(directions, dtype=np.int64)
    for trainer in trainers:
        expected = [ints(row) for row in case["mask_projections"][trainer]]
        seeds, update = seeds_of(trainer), ints(case["updates"][trainer])
        assert sealing.mask_projections(seeds, array).tolist() == expected
        assert [[slow_twin.mask_projection(seed, row) for row in directions] for seed in seeds] == expected
        masked = np.array(ints(case["masked"][trainer]), dtype=np.uint64)
        opened = sealing.open_projections(masked, array, np.array(expected, dtype=np.uint64)).tolist()
        # The first product is beyond 64 bits on purpose: what is opened then is the wrapped one.
        plain = [
            slow_twin.signed(sum(h * u for h, u in zip(row, update, strict=True)) % slow_twin.RING)
            for row in directions
        ]
        assert opened == ints(case["projections"][trainer]) == plain


def test_divide_rounding() -> None:
    for a, b, expected in (ints(row) for row in VECTORS["divide_rounding"]):
        assert sealing.divide_rounding(np.array([a], dtype=np.int64), b).tolist() == [expected]
        assert slow_twin.divide_rounding(a, b) == expected


def test_random_directions() -> None:
    case = VECTORS["random_directions"]
    beacon, start, entries = bytes.fromhex(case["beacon"]), case["start"], case["entries"]
    stop = start + len(entries[0])

    assert sealing.RandomDirections(beacon, len(entries), stop).chunk(start, stop).tolist() == entries
    slow = [[slow_twin.direction_entry(beacon, k, j) for j in range(start, stop)] for k in range(len(entries))]
    assert slow == entries
