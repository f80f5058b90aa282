"""What is opened in a round of a sealed-model task, as pure functions over the posts of members and owner.

Two answers make a number: the owner's, a residue that is still masked and that everybody can verify, and the masks of
every holder set, each reported equally by t + 1 holders. A number that does not come out within its bound is none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.messages import Work
from deltaml.protocol.opening import CheckReports, can_open, candidates, score_masks, seeds_of
from deltaml.protocol.sealed.blobs import ciphertexts_in
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep
from deltaml.protocol.sealed.spec import CHECK_ENTRY_BITS, SealedSpec
from deltaml.protocol.spread import spread
from deltaml.sealing import (
    OPEN_WORDS,
    Ciphertexts,
    Committee,
    OwnerPublicKey,
    holder_sets,
    inner_products,
    keystream,
    ring_mask_projections,
    ring_mask_sum,
    unmask,
    verify_openings,
    weighted_sum,
)
from deltaml.storage import StoredVector

Int64Array = NDArray[np.int64]
Uint64Array = NDArray[np.uint64]

# What one core takes, roughly, with a key of 2048 bits: only `spread` looks at it.
SECONDS_PER_MASK = 2e-6
SECONDS_PER_CIPHERTEXT = 3e-5

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
    spec: SealedSpec, n: int, seat: int, blobs: Mapping[int, OpenedBlob], accepted: Sequence[int], beacon: bytes
) -> Uint64Array:
    """A member's masks of the checks: uint64[held sets, len(accepted), check_words]."""
    products = _mask_products(spec, blobs, accepted, Committee(n).sets_of(seat), check_directions(spec, beacon))
    return np.ascontiguousarray(products.transpose(1, 0, 2))


def openings_hold(
    spec: SealedSpec,
    masked: Mapping[int, StoredVector],
    post: OwnerOpenings,
    wanted: Sequence[int],
    directions: Int64Array,
) -> bool:
    """Whether the owner's post opens the checks of all `wanted` trainers, and truly. Raises Unavailable."""
    if not set(wanted) <= set(post.openings):
        return False
    joined = _products(spec, masked, wanted, directions)
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
    accepted, summed = [], []
    reports = CheckReports(n, n_trainers, works)
    for trainer in candidates(n, n_trainers, (work.accepted for work in works.values())):
        masks = reports.agreed(trainer)
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
    blobs: Mapping[int, OpenedBlob],
    summed: Sequence[int],
    units: Sequence[int],
    held: Sequence[int],
) -> dict[int, Uint64Array]:
    """A member's mask sums: holder set -> uint64[d * OPEN_WORDS]; empty unless he can open every summed blob."""
    if not can_open(blobs, summed):
        return {}
    work = partial(_mask_sums, spec.public_key, spec.n_parameters, [units[trainer] for trainer in summed])
    # By sets, not by trainers: low bits of residues of parts don't add up to those of the sum.
    items = [[blobs[trainer].seeds[index] for trainer in summed] for index in held]
    seconds = SECONDS_PER_MASK * len(items) * len(summed) * spec.n_parameters
    return dict(zip(held, chain.from_iterable(spread(work, items, seconds)), strict=True))


def _mask_sums(
    key: OwnerPublicKey, length: int, weights: Sequence[int], items: Sequence[Sequence[bytes]]
) -> list[Uint64Array]:
    return [ring_mask_sum(seeds, weights, length, key).reshape(-1) for seeds in items]


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
    spec: SealedSpec, blobs: Mapping[int, OpenedBlob], summed: Sequence[int], held: Sequence[int], direction: Int64Array
) -> dict[int, Uint64Array]:
    """A member's masks of the scores: holder set -> uint64[len(summed) * OPEN_WORDS]; empty as `set_sums`."""
    if not can_open(blobs, summed):
        return {}
    products = _mask_products(spec, blobs, summed, held, direction[np.newaxis, :])
    return {index: products[:, row].reshape(-1) for row, index in enumerate(held)}


def step_holds(spec: SealedSpec, masked: Mapping[int, StoredVector], step: OwnerStep, summed: Sequence[int]) -> bool:
    """Whether the owner's masked scores are those of the summed trainers' ciphertexts along his direction. Raises
    Unavailable."""
    return verify_openings(_products(spec, masked, summed, step.direction[np.newaxis, :]), step.openings)


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


def _mask_products(
    spec: SealedSpec,
    blobs: Mapping[int, OpenedBlob],
    trainers: Sequence[int],
    held: Sequence[int],
    directions: Int64Array,
) -> Uint64Array:
    """Of each trainer's masks, one per held set, the inner products with all directions: uint64[len(trainers),
    len(held), len(directions) * OPEN_WORDS]."""
    items = [seeds_of(blobs[trainer], held) for trainer in trainers]
    seconds = SECONDS_PER_MASK * len(trainers) * len(held) * spec.n_parameters
    parts = spread(partial(_project_masks, spec.public_key, directions), items, seconds)
    return np.concatenate(parts).reshape(len(trainers), len(held), len(directions) * OPEN_WORDS)


def _project_masks(key: OwnerPublicKey, directions: Int64Array, items: Sequence[list[bytes]]) -> Uint64Array:
    return ring_mask_projections(list(chain.from_iterable(items)), directions, key)


def _products(
    spec: SealedSpec, masked: Mapping[int, StoredVector], trainers: Sequence[int], directions: Int64Array
) -> Ciphertexts:
    """Of each trainer's ciphertexts the inner products with all directions, one trainer after the other."""
    items = [masked[trainer] for trainer in trainers]
    seconds = SECONDS_PER_CIPHERTEXT * len(items) * directions.size
    parts = spread(partial(_project, spec, directions), items, seconds)
    return Ciphertexts(spec.public_key, list(chain.from_iterable(parts)))


def _project(spec: SealedSpec, directions: Int64Array, vectors: Sequence[StoredVector]) -> list[int]:
    products = [inner_products(ciphertexts_in(vector, spec), directions).values for vector in vectors]
    return list(chain.from_iterable(products))
