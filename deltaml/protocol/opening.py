"""What the committee opens in a round, as pure functions over the members' posts (design §3 and §5).

Who counts (`agree`), the weighted sum (`open_sum`) and the scores (`open_scores`) each need t + 1 equal reports for
every holder set, so t liars or absentees change nothing. All arithmetic is in Z_2^64 and exact.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import downhill_enough
from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.messages import Work
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.spread import spread
from deltaml.sealing import (
    Committee,
    Directions,
    RandomDirections,
    columns,
    holder_sets,
    majority,
    mask_projections,
    mask_sum,
    norm_checks,
    norm_is_plausible,
    project,
    remove_masks,
    shape_of,
    sum_masked,
)
from deltaml.storage import CHUNK_WORDS, StoredVector

Int64Array = NDArray[np.int64]
Uint64Array = NDArray[np.uint64]

# What one core takes, roughly: only `spread` looks at it.
NANOSECONDS_PER_FETCHED_WORD = 150
NANOSECONDS_PER_MASK_WORD = 6
NANOSECONDS_PER_PRODUCT = 0.6


class Opened(Protocol):
    """A blob as far as a member can open it."""

    @property
    def seeds(self) -> Mapping[int, bytes]: ...


def n_checks(n_parameters: int) -> int:
    """How many numbers are opened about each update before it is summed: the pre-score, then R16a's projections."""
    return 1 + norm_checks(n_parameters)


def work_openings(
    n: int, seat: int, blobs: Mapping[int, OpenedBlob], accepted: Sequence[int], gradient: Int64Array, beacon: bytes
) -> Uint64Array:
    """A member's masks of pre-scores and projections: uint64[held sets, len(accepted), n_checks(d)].

    gradient: int64[d], published with the model; beacon: 32 bytes that nobody knew before submissions closed.
    """
    held = Committee(n).sets_of(seat)
    directions = _check_directions(gradient, beacon)
    return np.ascontiguousarray(_mask_products(blobs, accepted, held, directions).transpose(1, 0, 2))


def masked_checks(
    masked: Mapping[int, StoredVector], trainers: Sequence[int], gradient: Int64Array, beacon: bytes
) -> dict[int, Uint64Array]:
    """Of each trainer the same numbers about his masked vector: trainer -> uint64[n_checks(d)]. Raises Unavailable."""
    return dict(zip(trainers, _products(masked, trainers, _check_directions(gradient, beacon)), strict=True))


def _check_directions(gradient: Int64Array, beacon: bytes) -> list[Directions]:
    count = norm_checks(len(gradient))
    random: list[Directions] = [RandomDirections(beacon, count, len(gradient))] if count else []
    return [gradient[np.newaxis, :], *random]


@dataclass(frozen=True)
class Agreement:
    """Who counts in a round. accepted: sent a valid update; summed: those in the sum; pre_scores: <u_i, gradient>."""

    accepted: tuple[int, ...]
    summed: tuple[int, ...]
    pre_scores: Mapping[int, int]

    @property
    def left_out(self) -> dict[int, int]:
        """Accepted and not summed: their pre-scores."""
        return {trainer: self.pre_scores[trainer] for trainer in set(self.accepted).difference(self.summed)}


def candidates(n: int, n_trainers: int, bitmaps: Iterable[bytes]) -> tuple[int, ...]:
    """Trainers whose blob t + 1 members accept, by the bitmaps that were opened on chain: somebody honest could read
    it."""
    counts = Counter(trainer for bitmap in bitmaps for trainer in from_bitmap(bitmap, n_trainers))
    return tuple(sorted(trainer for trainer, count in counts.items() if count >= Committee(n).threshold))


def agree(
    spec: OpenSpec,
    n: int,
    n_trainers: int,
    checks: Mapping[int, Uint64Array],
    works: Mapping[int, Work],
    gradient: Int64Array,
) -> Agreement:
    """Who counts, from the members' opened work (seat -> Work) and the `masked_checks` of candidates.

    A trainer is accepted when t + 1 members accept his blob, every holder set's masks are reported equally by t + 1
    holders, the pre-score keeps the Cauchy-Schwarz bound and the projections speak for its norm (R16a). Who of
    them is summed says `summed_of`.
    """
    limit, update_norm = _most_uphill(spec, gradient), spec.bounds().update_norm
    accepted: list[int] = []
    pre_scores: dict[int, int] = {}
    reports = CheckReports(n, n_trainers, works)
    for trainer in candidates(n, n_trainers, (work.accepted for work in works.values())):
        masks = reports.agreed(trainer)
        if masks is None or trainer not in checks:
            continue
        pre_score, *projections = remove_masks(checks[trainer], masks).tolist()
        if abs(pre_score) > limit or not norm_is_plausible(projections, update_norm):
            continue
        accepted.append(trainer)
        pre_scores[trainer] = pre_score
    return Agreement(tuple(accepted), summed_of(spec, gradient, pre_scores), pre_scores)


def summed_of(spec: OpenSpec, gradient: Int64Array, pre_scores: Mapping[int, int]) -> tuple[int, ...]:
    """Those of the accepted trainers whose updates are summed, nobody if they are too few; pre_scores: <u_i, gradient>
    by trainer, in order."""
    trainers = list(pre_scores)
    if spec.drop_negative:
        limit = _most_uphill(spec, gradient)
        trainers = [trainers[i] for i in downhill_enough(list(pre_scores.values()), limit, spec.min_updates)]
    return tuple(trainers) if len(trainers) >= spec.min_updates else ()


def _most_uphill(spec: OpenSpec, gradient: Int64Array) -> int:
    """What no honest update's pre-score exceeds, by Cauchy-Schwarz on the rounded vectors; one unit for the floor."""
    return spec.bounds().update_norm * (math.isqrt(sum(int(value) ** 2 for value in gradient)) + 1)


class CheckReports:
    """What members report of the masks of trainers' checks. works: seat -> opened work."""

    def __init__(self, n: int, n_trainers: int, works: Mapping[int, Work]) -> None:
        self._committee = Committee(n)
        self._works = works
        self._columns = {
            seat: {trainer: column for column, trainer in enumerate(from_bitmap(work.accepted, n_trainers))}
            for seat, work in works.items()
        }

    def of(self, seat: int, trainer: int) -> Uint64Array | None:
        """The masks of the trainer's checks that the member reports, uint64[held sets, checks]; None for none."""
        column = self._columns.get(seat, {}).get(trainer)
        return None if column is None else self._works[seat].openings[:, column]

    def agreed(self, trainer: int) -> list[Uint64Array] | None:
        """Of each holder set the masks that t + 1 holders report of the trainer's checks; None unless there are such
        for all sets."""
        return _unless_missing(self.by_set(trainer))

    def by_set(self, trainer: int) -> Iterator[Uint64Array | None]:
        """The same of one holder set after the other, None where there are none."""

        def report(seat: int, row: int) -> Uint64Array | None:
            masks = self.of(seat, trainer)
            return None if masks is None else masks[row]

        return _agreed_by_sets(self._committee, report)


def score_masks(n: int, shares: Mapping[int, Mapping[int, Uint64Array]]) -> list[Uint64Array] | None:
    """The same of the masks of scores. shares: seat -> holder set -> words."""
    committee = Committee(n)
    held = {seat: committee.sets_of(seat) for seat in shares}
    return _unless_missing(
        _agreed_by_sets(committee, lambda seat, row: shares[seat].get(held[seat][row]) if seat in shares else None)
    )


def _agreed_by_sets(
    committee: Committee, report: Callable[[int, int], Uint64Array | None]
) -> Iterator[Uint64Array | None]:
    """One holder set after the other, None where t + 1 holders don't agree. report: (seat, how manieth of the sets he
    holds) -> what the member says of that set."""
    rows = [0] * committee.size
    for holders in committee.holder_sets:
        reported = {}
        for seat in holders:
            words = report(seat, rows[seat])
            rows[seat] += 1
            if words is not None:
                reported[seat] = words.tobytes()
        agreed = majority(reported, committee.threshold)
        yield None if agreed is None else np.frombuffer(agreed, dtype=np.uint64)


def _unless_missing(masks: Iterator[Uint64Array | None]) -> list[Uint64Array] | None:
    found = []
    for mask in masks:
        if mask is None:
            return None
        found.append(mask)
    return found


def set_sums(
    blobs: Mapping[int, OpenedBlob], summed: Sequence[int], units: Sequence[int], held: Sequence[int], length: int
) -> dict[int, Uint64Array]:
    """A member's mask sums: holder set -> sum of units_i * PRG(seed_i); empty unless he can open every summed blob."""
    if not can_open(blobs, summed):
        return {}
    items = [(seeds_of(blobs[trainer], held), units[trainer]) for trainer in summed]
    seconds = NANOSECONDS_PER_MASK_WORD * 1e-9 * len(summed) * len(held) * length
    parts = spread(partial(_mask_sums, len(held), length), items, seconds)
    return dict(zip(held, sum(parts[1:], start=parts[0]), strict=True))


def _mask_sums(n_sets: int, length: int, items: Sequence[tuple[list[bytes], int]]) -> Uint64Array:
    """uint64[n_sets, length]. items: of each trainer his seeds, one per set, and his units."""
    weights = [units for _, units in items]
    sums = np.empty((n_sets, length), dtype=np.uint64)
    for row in range(n_sets):
        sums[row] = mask_sum([seeds[row] for seeds, _ in items], weights, length)
    return sums


def can_open(blobs: Mapping[int, Opened], summed: Sequence[int]) -> bool:
    """Others may have accepted a trainer whose seeds this member could not open."""
    return all(trainer in blobs for trainer in summed)


def seeds_of(blob: Opened, held: Sequence[int]) -> list[bytes]:
    """His seeds, one per held set in their order."""
    return [blob.seeds[index] for index in held]


def hash_sum(body: Uint64Array) -> bytes:
    """sha2-256 of a mask sum's little-endian words."""
    return sha256(np.ascontiguousarray(body, dtype="<u8").tobytes()).digest()


def agreed_bodies(
    n: int, hashes: Mapping[int, Mapping[int, bytes]], bodies: Sequence[tuple[int, Uint64Array]]
) -> dict[int, Uint64Array]:
    """The mask sums whose hash t + 1 holders report. hashes: seat -> set -> hash; bodies: (set, sum) as posted."""
    threshold = Committee(n).threshold
    found: dict[int, Uint64Array] = {}
    for index, holders in enumerate(holder_sets(n)):
        wanted = majority({seat: hashes[seat][index] for seat in holders if index in hashes.get(seat, {})}, threshold)
        for owner, body in bodies:
            if owner == index and wanted is not None and hash_sum(body) == wanted:
                found[index] = body
                break
    return found


def open_sum(
    n: int,
    masked: Mapping[int, StoredVector],
    summed: Sequence[int],
    units: Sequence[int],
    bodies: Mapping[int, Uint64Array],
) -> Int64Array:
    """Sum of units_i * update_i over the summed trainers, int64[d]; needs the body of every holder set. Raises
    Unavailable."""
    items = [(masked[trainer], units[trainer]) for trainer in summed]
    seconds = NANOSECONDS_PER_FETCHED_WORD * 1e-9 * len(items) * len(bodies[0])
    parts = spread(partial(_weighted_sum, len(bodies[0])), items, seconds)
    return remove_masks(sum(parts[1:], start=parts[0]), [bodies[index] for index in range(len(holder_sets(n)))])


def _weighted_sum(length: int, items: Sequence[tuple[StoredVector, int]]) -> Uint64Array:
    return sum_masked((vector.read() for vector, _ in items), [units for _, units in items], length)


def score_shares(
    blobs: Mapping[int, OpenedBlob], summed: Sequence[int], held: Sequence[int], path_gradient: Int64Array
) -> dict[int, Uint64Array]:
    """A member's masks of <u_i, h>: holder set -> uint64[len(summed)]; empty as `set_sums`."""
    if not can_open(blobs, summed):
        return {}
    products = _mask_products(blobs, summed, held, [path_gradient[np.newaxis, :]])
    return {index: products[:, row, 0].copy() for row, index in enumerate(held)}


def masked_scores(masked: Mapping[int, StoredVector], summed: Sequence[int], path_gradient: Int64Array) -> Uint64Array:
    """The inner products of the summed masked vectors with h: uint64[len(summed)]. Raises Unavailable."""
    return _products(masked, summed, [path_gradient[np.newaxis, :]])[:, 0]


def open_scores(products: Uint64Array, masks: Sequence[Uint64Array], summed: Sequence[int]) -> dict[int, int]:
    """<u_i, h> of every summed trainer, from `masked_scores` and `score_masks`."""
    return dict(zip(summed, remove_masks(products, masks).tolist(), strict=True))


def _mask_products(
    blobs: Mapping[int, OpenedBlob], trainers: Sequence[int], held: Sequence[int], directions: Sequence[Directions]
) -> Uint64Array:
    """Of each trainer's masks, one per held set, the inner products with all directions, one kind after the other:
    uint64[len(trainers), len(held), directions]."""
    count, length = _shape(directions)
    items = [seeds_of(blobs[trainer], held) for trainer in trainers]
    nanoseconds = NANOSECONDS_PER_MASK_WORD * len(directions) + NANOSECONDS_PER_PRODUCT * count
    seconds = nanoseconds * 1e-9 * len(trainers) * len(held) * length
    products = np.concatenate(spread(partial(_project_masks, directions), items, seconds))
    return products.reshape(len(trainers), len(held), count)


def _project_masks(directions: Sequence[Directions], items: Sequence[list[bytes]]) -> Uint64Array:
    seeds = list(chain.from_iterable(items))
    return np.concatenate([mask_projections(seeds, several) for several in directions], axis=1)


def _products(
    masked: Mapping[int, StoredVector], trainers: Sequence[int], directions: Sequence[Directions]
) -> Uint64Array:
    """The inner products of masked vectors with all directions: uint64[len(trainers), directions]."""
    count, length = _shape(directions)
    items = [masked[trainer] for trainer in trainers]
    nanoseconds = NANOSECONDS_PER_FETCHED_WORD + NANOSECONDS_PER_PRODUCT * count
    return np.concatenate(spread(partial(_project, directions), items, nanoseconds * 1e-9 * len(trainers) * length))


def _project(directions: Sequence[Directions], vectors: Sequence[StoredVector]) -> Uint64Array:
    # Chunk by chunk, not vector by vector: random directions cost more to draw than to multiply with.
    count, length = _shape(directions)
    products = np.zeros((len(vectors), count), dtype=np.uint64)
    for index, start in enumerate(range(0, length, CHUNK_WORDS)):
        stop = min(start + CHUNK_WORDS, length)
        block = np.concatenate([columns(several, start, stop) for several in directions])
        for row, vector in enumerate(vectors):
            products[row] += project(vector.chunk(index), block)
    return products


def _shape(directions: Sequence[Directions]) -> tuple[int, int]:
    """(how many there are of all kinds, length)."""
    shapes = [shape_of(several) for several in directions]
    return sum(count for count, _ in shapes), shapes[0][1]
