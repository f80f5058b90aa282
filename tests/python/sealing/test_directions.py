"""Norms under the lock (R16a): honest updates pass, boosted and wrapped ones do not."""

import numpy as np
import pytest

from deltaml.errors import InvalidInput
from deltaml.sealing import RandomDirections, norm_checks, norm_is_plausible, project, to_ring
from deltaml.sealing.fixed_point import from_ring

pytestmark = pytest.mark.unit

NORM = 2**24
LENGTH = 1000


def passes(update: np.ndarray, beacon: int, count: int = norm_checks(LENGTH)) -> bool:
    directions = RandomDirections(beacon.to_bytes(32, "big"), count, len(update))
    return norm_is_plausible(from_ring(project(to_ring(update), directions)).tolist(), NORM)


def gaussian(multiple: float, seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=LENGTH)
    return np.rint(vector / np.linalg.norm(vector) * multiple * NORM).astype(np.int64)


@pytest.mark.parametrize("n_parameters", range(3, 2000, 7))
def test_openings_never_suffice_to_solve_for_an_update(n_parameters: int) -> None:
    """I20: the pre-score, the projections and the score are equations about one update of so many unknowns."""
    assert 1 + norm_checks(n_parameters) + 1 < max(3, n_parameters / 4)


def test_entries_are_fair() -> None:
    entries = RandomDirections(bytes(32), 4, 50_000).chunk(0, 50_000)
    counts = [int((entries == value).sum()) for value in (-1, 0, 1)]

    assert sum(counts) == entries.size
    # Six standard deviations of a binomial.
    assert abs(counts[0] - 50_000) < 1200
    assert abs(counts[1] - 100_000) < 1400
    assert abs(counts[2] - 50_000) < 1200


def test_directions_depend_on_beacon_and_number() -> None:
    first = RandomDirections(bytes(32), 2, 200).chunk(0, 200)
    second = RandomDirections(b"\1" + bytes(31), 2, 200).chunk(0, 200)

    assert not (first[0] == first[1]).all()
    assert not (first == second).all()


@pytest.mark.parametrize("cut", [1, 31, 32, 33, 64, 99])
def test_chunks_join(cut: int) -> None:
    directions = RandomDirections(bytes(32), 3, 100)
    joined = np.concatenate([directions.chunk(0, cut), directions.chunk(cut, 100)], axis=1)

    assert (joined == directions.chunk(0, 100)).all()


def test_honest_updates_pass() -> None:
    """At the full norm, spread out, in two coordinates, in one."""
    sparse = np.zeros(LENGTH, dtype=np.int64)
    sparse[:2] = int(NORM / 2**0.5)
    single = np.zeros(LENGTH, dtype=np.int64)
    single[7] = -NORM

    assert sum(passes(gaussian(1.0, seed), seed) for seed in range(200)) >= 199
    assert all(passes(sparse, beacon) and passes(single, beacon) for beacon in range(100))


def test_boosted_updates_are_caught() -> None:
    assert sum(passes(gaussian(5.0, seed), seed) for seed in range(200)) == 0
    assert sum(passes(gaussian(3.0, seed), seed) for seed in range(200)) <= 20


def test_two_coordinates_that_cancel_are_caught() -> None:
    """A direction misses X and -X when both entries are equal, 3 times in 8; never all of them do."""
    update = np.zeros(LENGTH, dtype=np.int64)
    update[:2] = [100 * NORM, -100 * NORM]

    assert not any(passes(update, beacon) for beacon in range(300))


def test_an_update_that_wraps_is_caught() -> None:
    """2**63 twice is 0 modulo 2**64 in any vector of +-1, however many are drawn, and ruins two parameters."""
    update = np.zeros(LENGTH, dtype=np.int64)
    update[:2] = -(2**63)
    entries = RandomDirections(bytes(32), 64, LENGTH).chunk(0, LENGTH)
    signs = np.where(entries > 0, 1, -1).astype(np.int64)

    assert not project(to_ring(update), signs).any()
    assert not any(passes(update, beacon) for beacon in range(300))


def test_the_threshold_is_exact() -> None:
    """2 p**2 <= 25 C**2 with C = 2: 50 is the last square below, so |p| <= 7."""
    assert norm_is_plausible([7, -7, 0], 2)
    assert not norm_is_plausible([0, 8], 2)
    assert not norm_is_plausible([-(2**63)], 2**40)


@pytest.mark.parametrize(("beacon", "count", "length"), [(bytes(31), 1, 1), (bytes(32), 0, 1), (bytes(32), 1, 0)])
def test_nonsense_is_refused(beacon: bytes, count: int, length: int) -> None:
    with pytest.raises(InvalidInput):
        RandomDirections(beacon, count, length)
