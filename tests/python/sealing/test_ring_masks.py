"""Masks uniform in Z_n: openings come out right, wrapped ones too, and give away 128 bits at most."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.sealing import (
    MAX_OPEN_BOUND,
    OPEN_BITS,
    OPEN_WORDS,
    OwnerPublicKey,
    draw_seeds,
    ring_keystream,
    ring_mask_projections,
    ring_mask_sum,
    ring_masks,
    unmask,
)
from deltaml.sealing.owner_key import MAX_WRAPS, centred
from tests.python.sealing import slow_paillier
from tests.python.sealing.owner_keys import ALICE

pytestmark = pytest.mark.unit

KEY = ALICE.public
N = KEY.n
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "ring_masks.json").read_text())
seeds_32 = st.binary(min_size=32, max_size=32)


def ints(strings: list[str]) -> list[int]:
    return [int(string) for string in strings]


def words(values: list[int]) -> np.ndarray:
    return np.array([slow_paillier.low_words(value) for value in values], dtype=np.uint64).reshape(-1, 2)


@given(seeds_32, st.integers(0, 2**32), st.integers(0, 4))
def test_streams_are_those_of_the_slow_twin_from_any_place(seed: bytes, start: int, count: int) -> None:
    expected = [slow_paillier.ring_element(seed, N, start + i) for i in range(count)]
    assert ring_keystream(seed, KEY, start, count) == expected


@pytest.mark.parametrize("bits", [2048, 2050, 2113])
def test_widths_of_other_keys(bits: int) -> None:
    from gmpy2 import next_prime

    key = OwnerPublicKey(int(next_prime(N << bits - 2048)))
    assert ring_keystream(bytes(32), key, 1, 2) == [slow_paillier.ring_element(bytes(32), key.n, i) for i in (1, 2)]


def test_golden_vectors() -> None:
    """tests/vectors/ring_masks.json holds for Python and the browser alike."""
    key, case = OwnerPublicKey(int(VECTORS["n"], 16)), VECTORS["round"]
    for stream in VECTORS["keystream"]:
        seed, expected = bytes.fromhex(stream["seed"]), ints(stream["elements"])
        assert ring_keystream(seed, key, stream["start"], len(expected)) == expected
        assert [slow_paillier.ring_element(seed, key.n, stream["start"] + i) for i in range(len(expected))] == expected
    seeds = [[bytes.fromhex(seed) for seed in own] for own in case["seeds"]]
    updates, weights = [ints(update) for update in case["updates"]], ints(case["weights"])
    directions = np.array([ints(row) for row in case["directions"]], dtype=np.int64)
    length = len(updates[0])
    masked = [
        [(u + m) % key.n for u, m in zip(own, ints(masks), strict=True)]
        for own, masks in zip(updates, case["masks"], strict=True)
    ]
    for own, masks in zip(seeds, case["masks"], strict=True):
        assert ring_masks(own, length, key) == ints(masks)
    sums = [words_of(rows) for rows in case["mask_sums"]]
    for i, expected_words in enumerate(sums):
        assert (ring_mask_sum([own[i] for own in seeds], weights, length, key) == expected_words).all()
    total = [sum(p * v for p, v in zip(weights, column, strict=True)) % key.n for column in zip(*masked, strict=True)]
    assert unmask(total, sums, key, 2**88) == ints(case["sum"])
    assert ints(case["sum"]) == [
        sum(p * u for p, u in zip(weights, column, strict=True)) for column in zip(*updates, strict=True)
    ]
    for own, vector, update, projected, scores in zip(
        seeds, masked, updates, case["projections"], case["scores"], strict=True
    ):
        shares = ring_mask_projections(own, directions, key)
        assert (shares == np.array([words_of(rows) for rows in projected])).all()
        opened = [sum(h * v for h, v in zip(row, vector, strict=True)) % key.n for row in directions.tolist()]
        plain = [sum(h * u for h, u in zip(row, update, strict=True)) for row in directions.tolist()]
        assert unmask(opened, list(shares), key, 2**88) == ints(scores) == plain


def words_of(rows: list[list[str]]) -> np.ndarray:
    return np.array([ints(row) for row in rows], dtype=np.uint64)


@pytest.mark.parametrize("n", [4, 7, 10])
def test_sums_and_scores_open(n: int) -> None:
    rng = np.random.default_rng(n)
    updates, weights = rng.integers(-(2**60), 2**60, (3, 5)).tolist(), [1, 77, 4096]
    directions = rng.integers(-(2**20), 2**20, (2, 5))
    seeds = [draw_seeds(n) for _ in updates]
    masked = [
        [(u + m) % N for u, m in zip(update, ring_masks(own, 5, KEY), strict=True)]
        for update, own in zip(updates, seeds, strict=True)
    ]
    shares = [ring_mask_sum([own[i] for own in seeds], weights, 5, KEY) for i in range(len(seeds[0]))]
    total = [sum(p * v for p, v in zip(weights, column, strict=True)) % N for column in zip(*masked, strict=True)]
    assert unmask(total, shares, KEY, 2**80) == [
        sum(p * u for p, u in zip(weights, column, strict=True)) for column in zip(*updates, strict=True)
    ]
    projections = ring_mask_projections(seeds[0], directions, KEY)
    assert projections.shape == (len(seeds[0]), 2, OPEN_WORDS)
    opened = [sum(h * v for h, v in zip(row, masked[0], strict=True)) % N for row in directions.tolist()]
    plain = [sum(h * u for h, u in zip(row, updates[0], strict=True)) for row in directions.tolist()]
    assert unmask(opened, list(projections), KEY, 2**88) == plain


edge_masks = st.sampled_from([0, 1, N - 1, N // 2, 2**128 - 1, N - 2**128])


@given(
    st.integers(-MAX_OPEN_BOUND, MAX_OPEN_BOUND),
    st.lists(st.one_of(edge_masks, st.integers(0, N - 1)), max_size=12),
)
def test_every_wrap_is_undone(x: int, masks: list[int]) -> None:
    opened = (x + sum(masks)) % N
    assert unmask([opened], [words([mask]) for mask in masks], KEY, MAX_OPEN_BOUND) == [x]


def test_most_sets_all_at_the_edge() -> None:
    for x in (-MAX_OPEN_BOUND, -1, 0, 1, MAX_OPEN_BOUND):
        for mask in (0, N - 1):
            shares = [words([mask])] * (MAX_WRAPS - 1)
            assert unmask([(x + mask * len(shares)) % N], shares, KEY, MAX_OPEN_BOUND) == [x]


def test_what_is_beyond_the_bound_does_not_open() -> None:
    masks = [5, N - 7, N // 3]
    shares = [words([mask] * 4) for mask in masks]
    values = [2**80, 2**80 + 1, -(2**80) - 1, N // 2]
    opened = [(value + sum(masks)) % N for value in values]
    assert unmask(opened, shares, KEY, 2**80) == [2**80, None, None, None]


def test_a_wrong_share_opens_nothing() -> None:
    masks = ring_masks([bytes(32)], 20, KEY)
    shares = ring_mask_sum([bytes(32)], [1], 20, KEY)
    other = ring_mask_sum([b"\1" * 32], [1], 20, KEY)
    assert unmask(masks, [shares], KEY, 2**88) == [0] * 20
    assert unmask(masks, [other], KEY, 2**88) == [None] * 20


def test_two_readings_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys whose multiples come close are refused; were one accepted, nobody would guess."""
    monkeypatch.setattr(OwnerPublicKey, "__post_init__", lambda self: None)
    close = OwnerPublicKey((N >> 128 << 128) + 1)
    assert unmask([5], [words([0])], close, 10) == [None]


@given(st.integers(-(2**200), 2**200))
def test_centred(value: int) -> None:
    assert (centred(value) - value) % 2**OPEN_BITS == 0
    assert -(2 ** (OPEN_BITS - 1)) <= centred(value) < 2 ** (OPEN_BITS - 1)


@pytest.mark.parametrize(
    ("opened", "shares", "bound"),
    [
        ([0], [words([0])], 2**88 + 1),
        ([0], [words([0])], -1),
        ([N], [words([0])], 1),
        ([-1], [words([0])], 1),
        ([0], [words([0, 0])], 1),
        ([0], [words([0]).astype(np.int64)], 1),
        ([0], [words([0])] * MAX_WRAPS, 1),
    ],
    ids=["bound", "negative bound", "n", "-1", "length", "dtype", "sets"],
)
def test_what_does_not_fit_is_refused(opened: Any, shares: Any, bound: int) -> None:
    with pytest.raises(InvalidInput):
        unmask(opened, shares, KEY, bound)


def test_sums_and_projections_are_checked() -> None:
    for weights in ([], [0], [-1], [2**63], [1, 1]):
        with pytest.raises(InvalidInput):
            ring_mask_sum([bytes(32)], weights, 2, KEY)
    for directions in (np.zeros(3, dtype=np.int64), np.zeros((1, 3)), np.zeros((1, 3), dtype=np.uint64)):
        with pytest.raises(InvalidInput):
            ring_mask_projections([bytes(32)], directions, KEY)
    with pytest.raises(InvalidInput):
        ring_keystream(b"short", KEY, 0, 1)
    assert ring_masks([], 2, KEY) == [0, 0]
    assert unmask([], [words([])], KEY, 1) == []


def test_streams_are_uniform() -> None:
    """The highest bits, where a modulus without spare bits would show: mean and 16 bins."""
    tops = [element * 16 // N for element in ring_keystream(bytes(range(32)), KEY, 0, 3200)]
    counts = np.bincount(tops, minlength=16)
    assert ((counts - 200) ** 2 / 200).sum() < 50  # 15 degrees of freedom: 1e-5


def test_a_row_of_a_cannot_be_read_out_of_one_opening() -> None:
    """An owner encrypts w_j = 2**(64 j): full residues show a row of A in one opened number, 128 bits two entries."""
    row = [3, 7, 2**24, 12345, 1, 99, 2**23, 6, 5, 4]
    planted = sum(a << 64 * j for j, a in enumerate(row))
    seeds = draw_seeds(4)
    masks = [ring_keystream(seed, KEY, 0, 1)[0] for seed in seeds]
    opened = (planted + sum(masks)) % N

    full = (opened - sum(masks)) % N
    assert [full >> 64 * j & 2**64 - 1 for j in range(len(row))] == row

    shares = [ring_mask_sum([seed], [1], 1, KEY) for seed in seeds]
    low = [sum(int(word) << 64 * i for i, word in enumerate(share[0])) for share in shares]
    assert low == [mask % 2**128 for mask in masks]
    # What he knows of x is its low 128 bits, up to the wraps: two entries.
    first_two = row[0] + (row[1] << 64)
    assert unmask([opened], shares, KEY, MAX_OPEN_BOUND) == [first_two]
    # The very same view comes from a row that differs in every other entry, with a mask as likely as this one.
    change = sum((500 + j) << 64 * j for j in range(2, len(row)))
    other_masks = [(masks[0] - change) % N, *masks[1:]]
    assert (planted + change + sum(other_masks)) % N == opened
    assert [mask % 2**128 for mask in other_masks] == low
