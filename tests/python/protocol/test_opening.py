"""What is added up chunk by chunk and part by part, beside its slow and obvious twin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pytest

from deltaml.protocol import opening, spread
from deltaml.protocol.blobs import OpenedBlob
from deltaml.sealing import Committee, RandomDirections, apply_masks, draw_seeds, holder_sets, keystream, norm_checks
from deltaml.storage import CHUNK_WORDS, MemoryStore, StoredVector, put_vector

pytestmark = pytest.mark.unit

N, SEAT = 4, 2
HELD = Committee(N).sets_of(SEAT)
BEACON = bytes(range(32))
TRAINERS = (0, 2, 3, 5, 6)
UNITS = [1, 9, 2, 3, 9, 1, 65_535]
LENGTHS = [1, 15, 40, CHUNK_WORDS + 3]


@dataclass(frozen=True)
class Round:
    """Blobs of a few trainers as the member in SEAT has opened them, and all there is to know about them."""

    updates: dict[int, Any]
    seeds: dict[int, tuple[bytes, ...]]
    blobs: dict[int, OpenedBlob]
    gradient: Any

    @property
    def masked(self) -> dict[int, StoredVector]:
        return {trainer: blob.masked for trainer, blob in self.blobs.items()}


def make_round(length: int) -> Round:
    rng, store = np.random.default_rng(length), MemoryStore()
    updates = {trainer: rng.integers(-(2**30), 2**30, length) for trainer in TRAINERS}
    seeds = {trainer: draw_seeds(N) for trainer in TRAINERS}
    blobs = {}
    for trainer in TRAINERS:
        node = put_vector(store, apply_masks(updates[trainer], seeds[trainer]))
        masked = StoredVector.of(store, node, "uint64", length)
        blobs[trainer] = OpenedBlob(masked, {index: seeds[trainer][index] for index in HELD})
    return Round(updates, seeds, blobs, rng.integers(-(2**20), 2**20, length))


@pytest.fixture(scope="module", params=LENGTHS)
def made(request: pytest.FixtureRequest) -> Round:
    return make_round(request.param)


def directions(made: Round) -> Any:
    """All that is opened about each update before the sum, at once: int64[n_checks, d]."""
    length, count = len(made.gradient), norm_checks(len(made.gradient))
    random = [RandomDirections(BEACON, count, length).chunk(0, length)] if count else []
    return np.concatenate([made.gradient[np.newaxis, :], *random])


def products(vector: Any, rows: Any) -> Any:
    """Inner products in the ring, one by one: uint64[k]."""
    return np.array([np.dot(vector, row.view(np.uint64)) for row in rows])


def stream(made: Round, trainer: int, index: int) -> Any:
    return keystream(made.seeds[trainer][index], len(made.gradient))


def test_masks_of_checks(made: Round) -> None:
    openings = opening.work_openings(N, SEAT, made.blobs, TRAINERS, made.gradient, BEACON)
    assert openings.shape == (len(HELD), len(TRAINERS), opening.n_checks(len(made.gradient)))
    assert openings.flags.c_contiguous
    for row, index in enumerate(HELD):
        for column, trainer in enumerate(TRAINERS):
            assert (openings[row, column] == products(stream(made, trainer, index), directions(made))).all()


def test_masked_checks(made: Round) -> None:
    checks = opening.masked_checks(made.masked, TRAINERS, made.gradient, BEACON)
    assert set(checks) == set(TRAINERS)
    for trainer in TRAINERS:
        assert (checks[trainer] == products(made.masked[trainer].read(), directions(made))).all()


def test_mask_sums(made: Round) -> None:
    sums = opening.set_sums(made.blobs, TRAINERS, UNITS, HELD, len(made.gradient))
    assert set(sums) == set(HELD)
    for index in HELD:
        expected = sum(np.uint64(UNITS[trainer]) * stream(made, trainer, index) for trainer in TRAINERS)
        assert (sums[index] == expected).all()


def test_the_opened_sum(made: Round) -> None:
    weights = [UNITS[trainer] for trainer in TRAINERS]
    bodies = {
        index: sum(np.uint64(w) * stream(made, t, index) for w, t in zip(weights, TRAINERS, strict=True))
        for index in range(len(holder_sets(N)))
    }
    opened = opening.open_sum(N, made.masked, TRAINERS, UNITS, bodies)
    expected = sum(weight * made.updates[trainer] for weight, trainer in zip(weights, TRAINERS, strict=True))
    assert opened.dtype == np.int64 and (opened == expected).all()


def test_scores(made: Round) -> None:
    shares = opening.score_shares(made.blobs, TRAINERS, HELD, made.gradient)
    for index in HELD:
        expected = [products(stream(made, t, index), [made.gradient])[0] for t in TRAINERS]
        assert shares[index].tolist() == expected
    masks = [
        np.array([products(stream(made, t, index), [made.gradient])[0] for t in TRAINERS])
        for index in range(len(holder_sets(N)))
    ]
    masked = opening.masked_scores(made.masked, TRAINERS, made.gradient)
    scores = opening.open_scores(masked, masks, TRAINERS)
    assert scores == {trainer: int(made.updates[trainer] @ made.gradient) for trainer in TRAINERS}


def everything(made: Round, trainers: Sequence[int] = TRAINERS) -> list[bytes]:
    """The bytes of all that is spread."""
    sums = opening.set_sums(made.blobs, trainers, UNITS, HELD, len(made.gradient))
    bodies = {index: sums.get(index, made.masked[0].read()) for index in range(len(holder_sets(N)))}
    shares = opening.score_shares(made.blobs, trainers, HELD, made.gradient)
    arrays = [
        opening.work_openings(N, SEAT, made.blobs, trainers, made.gradient, BEACON),
        *opening.masked_checks(made.masked, trainers, made.gradient, BEACON).values(),
        *sums.values(),
        *shares.values(),
        opening.open_sum(N, made.masked, trainers, UNITS, bodies),
        opening.masked_scores(made.masked, trainers, made.gradient),
    ]
    return [array.tobytes() for array in arrays]


@pytest.mark.parametrize("n_jobs", [2, 3, 5, 8])
def test_however_it_is_cut_the_bytes_are_the_same(made: Round, n_jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = everything(made)
    monkeypatch.setattr(spread, "LEAST_SECONDS", 0)
    with joblib.parallel_config(backend="threading", n_jobs=n_jobs):
        assert everything(made) == whole


def test_nobody_accepted_gives_no_rows() -> None:
    made = make_round(40)
    assert opening.work_openings(N, SEAT, made.blobs, (), made.gradient, BEACON).shape == (len(HELD), 0, 3)
    assert opening.masked_checks(made.masked, (), made.gradient, BEACON) == {}


def test_who_can_not_open_all_blobs_has_no_sums_and_no_shares() -> None:
    made = make_round(15)
    assert opening.set_sums(made.blobs, (0, 1), UNITS, HELD, 15) == {}
    assert opening.score_shares(made.blobs, (0, 1), HELD, made.gradient) == {}


@pytest.mark.parametrize(
    ("bitmaps", "expected"),
    [([], ()), ([b"\x05"], ()), ([b"\x05", b"\x01"], (0,)), ([b"\x05", b"\x07", b"\x02"], (0, 1, 2))],
)
def test_candidates_have_two_of_four_behind_them(bitmaps: list[bytes], expected: tuple[int, ...]) -> None:
    assert opening.candidates(4, 3, bitmaps) == expected
