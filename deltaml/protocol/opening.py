"""What the committee opens in a round, as pure functions over the members' posts (design §3 and §5).

Who counts (`agree`), the weighted sum (`open_sum`) and the scores (`open_scores`) each need t + 1 equal reports for
every holder set, so t liars or absentees change nothing. All arithmetic is in Z_2^64 and exact.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.messages import Work
from deltaml.protocol.spec import OpenSpec
from deltaml.sealing import (
    Committee,
    RandomDirections,
    holder_sets,
    majority,
    mask_projections,
    mask_sum,
    norm_checks,
    norm_is_plausible,
    open_projections,
)
from deltaml.sealing import open_sum as open_masked_sum

Int64Array = NDArray[np.int64]
Uint64Array = NDArray[np.uint64]


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
    openings = np.zeros((len(held), len(accepted), n_checks(len(gradient))), dtype=np.uint64)
    directions = _random_directions(beacon, len(gradient))
    for column, trainer in enumerate(accepted):
        seeds = [blobs[trainer].seeds[index] for index in held]
        openings[:, column, :1] = mask_projections(seeds, gradient[np.newaxis, :])
        if directions is not None:
            openings[:, column, 1:] = mask_projections(seeds, directions)
    return openings


def _random_directions(beacon: bytes, length: int) -> RandomDirections | None:
    count = norm_checks(length)
    return RandomDirections(beacon, count, length) if count else None


@dataclass(frozen=True)
class Agreement:
    """Who counts in a round. accepted: sent a valid update; summed: those in the sum; pre_scores: <u_i, gradient>."""

    accepted: tuple[int, ...]
    summed: tuple[int, ...]
    pre_scores: Mapping[int, int]

    @property
    def left_out(self) -> dict[int, int]:
        """Accepted and not summed: their pre-scores."""
        return {trainer: self.pre_scores[trainer] for trainer in self.accepted if trainer not in self.summed}


def candidates(n: int, n_trainers: int, bitmaps: Iterable[bytes]) -> tuple[int, ...]:
    """Trainers whose blob t + 1 members accept, by the bitmaps that were opened on chain."""
    accepted = [from_bitmap(bitmap, n_trainers) for bitmap in bitmaps]
    threshold = Committee(n).threshold
    return tuple(i for i in range(n_trainers) if sum(i in bitmap for bitmap in accepted) >= threshold)


def agree(
    spec: OpenSpec,
    n: int,
    n_trainers: int,
    masked: Mapping[int, Uint64Array],
    works: Mapping[int, Work],
    gradient: Int64Array,
    beacon: bytes,
) -> Agreement:
    """Who counts, from the members' opened work (seat -> Work) and the masked vectors of the submitted blobs.

    A trainer is accepted when t + 1 members accept his blob, every holder set's masks are reported equally by t + 1
    holders, the pre-score keeps the Cauchy-Schwarz bound and the projections speak for its norm (R16a). He is summed
    unless the task drops negative pre-scores and his step does not point downhill.
    """
    committee = Committee(n)
    bitmaps = {seat: from_bitmap(work.accepted, n_trainers) for seat, work in works.items()}
    # An honest update keeps to this by Cauchy-Schwarz on the rounded vectors; one unit for the square root's floor.
    size = math.isqrt(sum(int(value) ** 2 for value in gradient)) + 1
    update_norm = spec.bounds().update_norm
    accepted: list[int] = []
    pre_scores: dict[int, int] = {}
    for trainer in sorted(masked):
        if sum(trainer in bitmap for bitmap in bitmaps.values()) < committee.threshold:
            continue
        masks = check_masks(committee, trainer, works, bitmaps)
        if masks is None:
            continue
        pre_score, projections = _open_checks(masked[trainer], masks, gradient, beacon)
        if abs(pre_score) > update_norm * size or not norm_is_plausible(projections, update_norm):
            continue
        accepted.append(trainer)
        pre_scores[trainer] = pre_score
    summed = [trainer for trainer in accepted if not (spec.drop_negative and pre_scores[trainer] > 0)]
    if len(summed) < spec.min_updates:
        summed = []
    return Agreement(tuple(accepted), tuple(summed), pre_scores)


def _open_checks(
    masked: Uint64Array, masks: list[Uint64Array], gradient: Int64Array, beacon: bytes
) -> tuple[int, list[int]]:
    pre_score = open_projections(masked, gradient[np.newaxis, :], [mask[:1] for mask in masks])
    directions = _random_directions(beacon, len(masked))
    if directions is None:
        return int(pre_score[0]), []
    projections = open_projections(masked, directions, [mask[1:] for mask in masks])
    return int(pre_score[0]), [int(value) for value in projections]


def check_masks(
    committee: Committee, trainer: int, works: Mapping[int, Work], bitmaps: Mapping[int, tuple[int, ...]]
) -> list[Uint64Array] | None:
    """Of each holder set the masks that t + 1 holders report of a trainer's checks; None unless there are such for all
    sets. bitmaps: seat -> the trainers he accepts."""

    def report(seat: int, index: int) -> Uint64Array | None:
        if seat not in works or trainer not in bitmaps[seat]:
            return None
        row: Uint64Array = works[seat].openings[committee.sets_of(seat).index(index), bitmaps[seat].index(trainer)]
        return row

    return _agreed_by_all_sets(committee, report)


def score_masks(n: int, shares: Mapping[int, Mapping[int, Uint64Array]]) -> list[Uint64Array] | None:
    """The same of the masks of scores. shares: seat -> holder set -> words."""
    return _agreed_by_all_sets(Committee(n), lambda seat, index: shares.get(seat, {}).get(index))


def _agreed_by_all_sets(
    committee: Committee, report: Callable[[int, int], Uint64Array | None]
) -> list[Uint64Array] | None:
    masks = []
    for index, holders in enumerate(committee.holder_sets):
        reported = {seat: report(seat, index) for seat in holders}
        agreed = majority({s: row.tobytes() for s, row in reported.items() if row is not None}, committee.threshold)
        if agreed is None:
            return None
        masks.append(np.frombuffer(agreed, dtype=np.uint64))
    return masks


def set_sums(
    blobs: Mapping[int, OpenedBlob], summed: Sequence[int], units: Sequence[int], held: Sequence[int], length: int
) -> dict[int, Uint64Array]:
    """A member's mask sums, for each set whose seeds he has: holder set -> sum of units_i * PRG(seed_i)."""
    weights = [units[trainer] for trainer in summed]
    return {
        index: mask_sum([blobs[trainer].seeds[index] for trainer in summed], weights, length)
        for index in _known_sets(blobs, summed, held)
    }


def _known_sets(blobs: Mapping[int, OpenedBlob], summed: Sequence[int], held: Sequence[int]) -> list[int]:
    # Others may have accepted a trainer whose seeds this member could not open.
    return list(held) if all(trainer in blobs for trainer in summed) else []


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
    masked: Mapping[int, Uint64Array],
    summed: Sequence[int],
    units: Sequence[int],
    bodies: Mapping[int, Uint64Array],
) -> Int64Array:
    """Sum of units_i * update_i over the summed trainers, int64[d]; needs the body of every holder set."""
    return open_masked_sum(
        [masked[trainer] for trainer in summed],
        [units[trainer] for trainer in summed],
        [bodies[index] for index in range(len(holder_sets(n)))],
    )


def score_shares(
    blobs: Mapping[int, OpenedBlob], summed: Sequence[int], held: Sequence[int], path_gradient: Int64Array
) -> dict[int, Uint64Array]:
    """A member's masks of <u_i, h>: holder set -> uint64[len(summed)], for each set whose seeds he has."""
    direction = path_gradient[np.newaxis, :]
    return {
        index: mask_projections([blobs[trainer].seeds[index] for trainer in summed], direction)[:, 0].copy()
        for index in _known_sets(blobs, summed, held)
    }


def open_scores(
    n: int,
    masked: Mapping[int, Uint64Array],
    summed: Sequence[int],
    shares: Mapping[int, Mapping[int, Uint64Array]],
    path_gradient: Int64Array,
) -> dict[int, int] | None:
    """<u_i, h> of every summed trainer, or None until t + 1 holders of each set report the same for all of them.

    shares: seat -> holder set -> uint64[len(summed)].
    """
    masks = score_masks(n, shares)
    if masks is None:
        return None
    direction = path_gradient[np.newaxis, :]
    return {
        trainer: int(open_projections(masked[trainer], direction, [row[column : column + 1] for row in masks])[0])
        for column, trainer in enumerate(summed)
    }
