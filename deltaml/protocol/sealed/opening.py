"""What is opened in a round of a sealed-model task, as pure functions over the posts of members and owner.

Two answers make a number: the owner's, a residue that is still masked and that everybody can verify, and the masks of
every holder set, each reported equally by t + 1 holders. A number that does not come out within its bound is none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.bitmap import from_bitmap
from deltaml.protocol.messages import Work
from deltaml.protocol.opening import candidates, check_masks, score_masks
from deltaml.protocol.sealed.blobs import SealedBlob
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep
from deltaml.protocol.sealed.spec import CHECK_ENTRY_BITS, SealedSpec
from deltaml.sealing import (
    OPEN_WORDS,
    Ciphertexts,
    Committee,
    holder_sets,
    inner_products,
    keystream,
    ring_mask_projections,
    ring_mask_sum,
    unmask,
    verify_openings,
    weighted_sum,
)

Int64Array = NDArray[np.int64]
Uint64Array = NDArray[np.uint64]

_DOMAIN = b"deltaml/sealed-check/v1\x00"


def check_directions(spec: SealedSpec, beacon: bytes) -> Int64Array:
    """int64[n_checks, d], entries uniform in -2**15 .. 2**15 - 1, from a beacon that nobody knew when he submitted.

    In Z_n small entries have no hole like that of `RandomDirections`; dense ones see a spike in any coordinate. What
    passes: vectors of fractions u / s modulo n with a small s, each check with a chance of 1 / s. Such a sum can't be
    read, and the round then leaves the model as it is.
    """
    rows = np.empty((spec.n_checks, spec.n_parameters), dtype=np.int64)
    n_words = -(-spec.n_parameters // 4)
    for k in range(spec.n_checks):
        words = keystream(sha256(_DOMAIN + beacon + k.to_bytes(4, "big")).digest(), n_words)
        entries = words.astype("<u8", copy=False).view("<u2")[: spec.n_parameters]
        rows[k] = entries.astype(np.int64) - (1 << CHECK_ENTRY_BITS)
    return rows


def work_openings(
    spec: SealedSpec, n: int, seat: int, blobs: Mapping[int, SealedBlob], accepted: Sequence[int], beacon: bytes
) -> Uint64Array:
    """A member's masks of the checks: uint64[held sets, len(accepted), check_words]."""
    held = Committee(n).sets_of(seat)
    openings = np.zeros((len(held), len(accepted), spec.check_words), dtype=np.uint64)
    directions = check_directions(spec, beacon)
    for column, trainer in enumerate(accepted):
        seeds = [blobs[trainer].seeds[index] for index in held]
        openings[:, column] = ring_mask_projections(seeds, directions, spec.public_key).reshape(len(held), -1)
    return openings


def openings_hold(
    spec: SealedSpec,
    masked: Mapping[int, Ciphertexts],
    post: OwnerOpenings,
    wanted: Sequence[int],
    directions: Int64Array,
) -> bool:
    """Whether the owner's post opens the checks of all `wanted` trainers, and truly."""
    if not set(wanted) <= set(post.openings):
        return False
    products = [inner_products(masked[trainer], directions) for trainer in wanted]
    joined = Ciphertexts(spec.public_key, [value for product in products for value in product.values])
    return verify_openings(joined, [opening for trainer in wanted for opening in post.openings[trainer]])


@dataclass(frozen=True)
class SealedAgreement:
    """Who counts in a round. accepted: sent a valid blob; summed: those in the sum, empty when there are too few."""

    accepted: tuple[int, ...]
    summed: tuple[int, ...]


def agree(
    spec: SealedSpec,
    n: int,
    n_trainers: int,
    works: Mapping[int, Work],
    post: OwnerOpenings,
    directions: Int64Array,
) -> SealedAgreement:
    """Who counts, from the members' opened work and the owner's openings, which hold.

    A trainer is accepted when t + 1 members accept his blob and every holder set's masks are reported equally by t + 1
    holders. He is summed when his projections keep the bound of Cauchy and Schwarz. Who does not loses the round's pay
    but no stake: the owner, who alone knows the weights, could make any update too long.
    """
    bitmaps = {seat: from_bitmap(work.accepted, n_trainers) for seat, work in works.items()}
    accepted, summed = [], []
    for trainer in candidates(n, n_trainers, (work.accepted for work in works.values())):
        masks = check_masks(Committee(n), trainer, works, bitmaps)
        if masks is None:
            continue
        accepted.append(trainer)
        residues = [opening.plaintext for opening in post.openings[trainer]]
        values = unmask(residues, _in_pairs(masks), spec.public_key, spec.check_bound)
        if all(_keeps(spec, value, row) for value, row in zip(values, directions, strict=True)):
            summed.append(trainer)
    return SealedAgreement(tuple(accepted), tuple(summed) if len(summed) >= spec.min_updates else ())


def _keeps(spec: SealedSpec, value: int | None, direction: Int64Array) -> bool:
    size = math.isqrt(sum(int(entry) ** 2 for entry in direction)) + 1
    return value is not None and abs(value) <= spec.update_norm * size


def set_sums(
    spec: SealedSpec,
    blobs: Mapping[int, SealedBlob],
    summed: Sequence[int],
    units: Sequence[int],
    held: Sequence[int],
) -> dict[int, Uint64Array]:
    """A member's mask sums: holder set -> uint64[d * OPEN_WORDS]; empty unless he can open every summed blob."""
    if not set(summed) <= set(blobs):
        return {}
    weights = [units[trainer] for trainer in summed]
    return {
        index: ring_mask_sum(
            [blobs[trainer].seeds[index] for trainer in summed], weights, spec.n_parameters, spec.public_key
        ).reshape(-1)
        for index in held
    }


def masked_sum(masked: Mapping[int, Ciphertexts], summed: Sequence[int], units: Sequence[int]) -> Ciphertexts:
    """The encrypted sum of units_i * update_i, masked: what the owner decrypts."""
    return weighted_sum([masked[trainer] for trainer in summed], [units[trainer] for trainer in summed])


def unmask_sum(
    spec: SealedSpec, n: int, residues: Sequence[int], bodies: Mapping[int, Uint64Array]
) -> list[int] | None:
    """The sum of units_i * update_i, d integers at product_bits, from what the owner decrypted; None when a coordinate
    is not within bounds, because a trainer's update was not."""
    shares = _in_pairs([bodies[index] for index in range(len(holder_sets(n)))])
    values = unmask(residues, shares, spec.public_key, spec.sum_bound)
    total = [value for value in values if value is not None]
    return total if len(total) == len(values) else None


def score_shares(
    spec: SealedSpec, blobs: Mapping[int, SealedBlob], summed: Sequence[int], held: Sequence[int], direction: Int64Array
) -> dict[int, Uint64Array]:
    """A member's masks of the scores: holder set -> uint64[len(summed) * OPEN_WORDS]; empty as `set_sums`."""
    if not set(summed) <= set(blobs):
        return {}
    rows = direction[np.newaxis, :]
    return {
        index: ring_mask_projections([blobs[trainer].seeds[index] for trainer in summed], rows, spec.public_key)
        .reshape(-1)
        .copy()
        for index in held
    }


def step_holds(spec: SealedSpec, masked: Mapping[int, Ciphertexts], step: OwnerStep, summed: Sequence[int]) -> bool:
    """Whether the owner's masked scores are those of the summed trainers' ciphertexts along his direction."""
    rows = step.direction[np.newaxis, :]
    products = [inner_products(masked[trainer], rows).values[0] for trainer in summed]
    return verify_openings(Ciphertexts(spec.public_key, products), step.openings)


def open_scores(
    spec: SealedSpec,
    n: int,
    step: OwnerStep,
    summed: Sequence[int],
    shares: Mapping[int, Mapping[int, Uint64Array]],
) -> dict[int, int] | None:
    """<update_i, direction> of every summed trainer, 0 for one that is not within its bound; None until t + 1 holders
    of each set report the same. shares: seat -> holder set -> masks."""
    masks = score_masks(n, shares)
    if masks is None:
        return None
    values = unmask(
        [opening.plaintext for opening in step.openings], _in_pairs(masks), spec.public_key, spec.score_bound
    )
    return {trainer: value or 0 for trainer, value in zip(summed, values, strict=True)}


def _in_pairs(masks: Sequence[Uint64Array]) -> list[Uint64Array]:
    """Of each holder set uint64[count, OPEN_WORDS], as `unmask` wants them."""
    return [mask.reshape(-1, OPEN_WORDS) for mask in masks]
