"""Round trips, linearity and refusals of the committee lock."""

import hashlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deltaml import sealing
from deltaml.errors import InvalidInput
from deltaml.sealing.keystream import CHUNK_WORDS

pytestmark = pytest.mark.unit

WORDS = st.integers(-(2**63), 2**63 - 1)
SIZES = pytest.mark.parametrize("n", [4, 7, 10])


def random_ints(rng: np.random.Generator, *shape: int, bits: int = 40) -> np.ndarray:
    return rng.integers(-(2**bits), 2**bits, shape, dtype=np.int64)


@SIZES
def test_weighted_sum_opens(n: int) -> None:
    rng = np.random.default_rng(n)
    updates, weights = random_ints(rng, 3, 50), [1, 20, 300]
    seeds = [sealing.draw_seeds(n) for _ in updates]

    masked = [sealing.apply_masks(update, own) for update, own in zip(updates, seeds, strict=True)]
    sets = range(len(sealing.holder_sets(n)))
    mask_sums = [sealing.mask_sum([own[i] for own in seeds], weights, 50) for i in sets]

    assert (sealing.open_sum(iter(masked), weights, mask_sums) == np.array(weights) @ updates).all()


@SIZES
def test_projections_open(n: int) -> None:
    rng = np.random.default_rng(n)
    update, directions = random_ints(rng, 50, bits=20), random_ints(rng, 3, 50, bits=20)
    seeds = sealing.draw_seeds(n)

    opened = sealing.open_projections(
        sealing.apply_masks(update, seeds), directions, sealing.mask_projections(seeds, directions)
    )

    assert (opened == directions @ update).all()


def test_chunks_leave_no_seams() -> None:
    """Lengths around the chunk size give what one pass over the whole stream gives."""
    rng = np.random.default_rng(1)
    seed, beacon = bytes(range(32)), bytes(32)
    for length in (1, CHUNK_WORDS - 1, CHUNK_WORDS, CHUNK_WORDS + 1, 2 * CHUNK_WORDS + 3):
        stream = sealing.keystream(seed, length)
        vector = random_ints(rng, length)
        signs = sealing.RandomDirections(beacon, 2, length)
        dense = signs.chunk(0, length)
        assert (sealing.apply_masks(vector, [seed]) == vector.view(np.uint64) + stream).all()
        assert (sealing.mask_sum([seed], [3], length) == stream * np.uint64(3)).all()
        assert (sealing.project(stream, signs) == (dense.view(np.uint64) * stream).sum(axis=1)).all()
        assert (sealing.mask_projections([seed], signs)[0] == sealing.project(stream, dense)).all()


@given(start=st.integers(0, 2**40), length=st.integers(0, 20), cut=st.integers(0, 20))
def test_keystream_can_be_read_from_anywhere(start: int, length: int, cut: int) -> None:
    seed = bytes(range(32))
    cut = min(cut, length)
    parts = [sealing.keystream(seed, cut, start), sealing.keystream(seed, length - cut, start + cut)]

    assert (np.concatenate(parts) == sealing.keystream(seed, length, start)).all()


@given(
    pair=hnp.arrays(np.int64, (2, 6), elements=WORDS),
    direction=hnp.arrays(np.int64, (1, 6), elements=WORDS),
    weight=st.integers(1, 2**63 - 1),
)
def test_the_lock_is_linear_in_the_ring(pair: np.ndarray, direction: np.ndarray, weight: int) -> None:
    """project(a + w b) = project(a) + w project(b), wrapping and all, under masks."""
    a, b = (sealing.apply_masks(vector, [bytes([i]) * 32]) for i, vector in enumerate(pair))
    factor = np.uint64(weight)

    left = sealing.project(a + factor * b, direction)

    assert (left == sealing.project(a, direction) + factor * sealing.project(b, direction)).all()
    exact = sum(int(x) * int(h) for x, h in zip(a, direction[0], strict=True)) % 2**64
    assert int(sealing.project(a, direction)[0]) == exact


def test_t_members_see_nothing_that_depends_on_the_update() -> None:
    """For the missing seed there is, for any other update, a mask that explains the same blob."""
    update, other = np.arange(8, dtype=np.int64), np.full(8, -(2**50), dtype=np.int64)
    for coalition in combinations(range(4), 1):
        seeds = sealing.draw_seeds(4)
        known = {i for member in coalition for i in sealing.Committee(4).sets_of(member)}
        blob = sealing.apply_masks(update, seeds)
        unmasked = blob - sum(sealing.keystream(seeds[i], 8) for i in known)
        # What is left is update + one uniform keystream, whose seed nobody in the coalition holds.
        (missing,) = set(range(4)) - known
        assert (unmasked - update.view(np.uint64) == sealing.keystream(seeds[missing], 8)).all()
        assert not (unmasked - other.view(np.uint64) == sealing.keystream(seeds[missing], 8)).any()


def test_blob_looks_uniform() -> None:
    """Top bits of a masked all-zero update: half of them set, within 6 standard deviations."""
    blob = sealing.apply_masks(np.zeros(40_000, dtype=np.int64), sealing.draw_seeds(4))

    assert abs(int((blob >> np.uint64(63)).sum()) - 20_000) < 600


def test_one_wrong_mask_sum_ruins_the_sum() -> None:
    """Why mask sums go through `majority` first."""
    update = np.arange(20, dtype=np.int64)
    seeds = sealing.draw_seeds(4)
    masks = [sealing.mask_sum([seed], [1], 20) for seed in seeds]
    masks[2] = masks[2] + np.uint64(1)

    assert (sealing.open_sum([sealing.apply_masks(update, seeds)], [1], masks) == update - 1).all()


def test_seeds_are_fresh() -> None:
    drawn = {seed for _ in range(20) for seed in sealing.draw_seeds(4)}

    assert len(drawn) == 80
    assert all(len(seed) == 32 for seed in drawn)


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from([bytes(32), bytes(31) + b"\1"]))
def test_commitments_bind_seed_and_context(context: bytes, other: bytes, seed: bytes) -> None:
    commitment = sealing.seed_commitment(bytes(32), context)

    assert (sealing.seed_commitment(seed, other) == commitment) == (seed == bytes(32) and other == context)
    assert commitment != hashlib.sha256(context + bytes(32)).digest()


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_seeds_of_other_sizes_are_refused(seed: bytes) -> None:
    for call in (lambda: sealing.keystream(seed, 1), lambda: sealing.seed_commitment(seed, b"")):
        with pytest.raises(InvalidInput, match="seed"):
            call()


def test_what_does_not_fit_together_is_refused() -> None:
    good, short = np.zeros(5, dtype=np.uint64), np.zeros(4, dtype=np.uint64)
    directions, seed = np.zeros((2, 5), dtype=np.int64), bytes(32)
    cases = [
        lambda: sealing.apply_masks(np.zeros(5), [seed]),
        lambda: sealing.apply_masks(np.zeros((5, 1), dtype=np.int64), [seed]),
        lambda: sealing.mask_sum([seed], [1, 2], 5),
        lambda: sealing.mask_sum([seed], [0], 5),
        lambda: sealing.mask_sum([seed], [-1], 5),
        lambda: sealing.mask_sum([seed], [2**63], 5),
        lambda: sealing.open_sum([], [], []),
        lambda: sealing.open_sum([good], [1, 2], []),
        lambda: sealing.open_sum([good, good], [1], []),
        lambda: sealing.open_sum([good, short], [1, 1], []),
        lambda: sealing.open_sum([good], [1], [short]),
        lambda: sealing.project(short, directions),
        lambda: sealing.project(good, directions.astype(np.float64)),
        lambda: sealing.project(good, directions[0]),
        lambda: sealing.open_projections(good, directions, [np.zeros(3, dtype=np.uint64)]),
        lambda: sealing.keystream(seed, -1),
        lambda: sealing.keystream(seed, 1, -1),
    ]
    for case in cases:
        with pytest.raises(InvalidInput):
            case()
