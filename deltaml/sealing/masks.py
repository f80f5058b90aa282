"""The committee lock: a vector plus one mask per holder set, in the ring Z_2^64 (design §3, R16).

Everything opened is linear, so members work on masks alone. All functions walk in chunks: next to their arguments and
results they need a few hundred kilobytes, whatever the length. numpy's uint64 wraps, which *is* the ring.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.sealing.committee import holder_sets
from deltaml.sealing.directions import Directions, columns, shape_of
from deltaml.sealing.fixed_point import WORD_MAX, from_ring, to_ring
from deltaml.sealing.keystream import CHUNK_WORDS, SEED_BYTES, keystream

_COMMITMENT_DOMAIN = b"deltaml/seed-commitment/v1\x00"


class RandomSource(Protocol):
    """What `secrets` offers; tests give a seeded one."""

    def token_bytes(self, nbytes: int, /) -> bytes: ...


def draw_seeds(n: int, rng: RandomSource = secrets) -> tuple[bytes, ...]:
    """One fresh 32-byte seed per holder set of a committee of n. A seed masks one vector, once, and nothing else."""
    return tuple(rng.token_bytes(SEED_BYTES) for _ in holder_sets(n))


def seed_commitment(seed: bytes, context: bytes) -> bytes:
    """sha256(domain || context || seed), 32 bytes: binds all holders to one seed and hides it (256 bits of entropy).

    `context` says where the seed belongs (chain, contract, task, round, sender, set). Raises InvalidInput for a seed
    that is not 32 bytes: the fixed length keeps context and seed apart.
    """
    if len(seed) != SEED_BYTES:
        raise InvalidInput(f"a seed has {len(seed)} bytes; expected {SEED_BYTES}")
    return hashlib.sha256(_COMMITMENT_DOMAIN + context + seed).digest()


def apply_masks(vector: NDArray[np.int64], seeds: Sequence[bytes]) -> NDArray[np.uint64]:
    """vector + the keystreams of all seeds: int64[d] to uint64[d]. Raises InvalidInput on other shapes or dtypes."""
    masked = _flat(to_ring(vector)).copy()
    for start, stop in _chunks(len(masked)):
        for seed in seeds:
            masked[start:stop] += keystream(seed, stop - start, start)
    return masked


def mask_sum(seeds: Sequence[bytes], weights: Sequence[int], length: int) -> NDArray[np.uint64]:
    """Sum over trainers of weight * keystream, for one holder set: uint64[length].

    seeds, weights: one per trainer of the round, in the same order. Raises InvalidInput when their numbers differ or
    a weight is not in 1 to 2**63 - 1.
    """
    factors = _factors(weights, len(seeds))
    total = np.zeros(length, dtype=np.uint64)
    for start, stop in _chunks(length):
        for seed, factor in zip(seeds, factors, strict=True):
            total[start:stop] += factor * keystream(seed, stop - start, start)
    return total


def sum_masked(masked: Iterable[NDArray[np.uint64]], weights: Sequence[int], length: int) -> NDArray[np.uint64]:
    """Sum over trainers of weight * masked vector, in the ring: uint64[length].

    masked: uint64[length] per trainer, may be read lazily one at a time. Sums over parts of the trainers add up to that
    over all. Raises InvalidInput when lengths or numbers do not match.
    """
    factors = _factors(weights, len(weights))
    total = np.zeros(length, dtype=np.uint64)
    n_read = 0
    for vector in masked:
        if n_read == len(factors):
            raise InvalidInput(f"more masked vectors than the {len(factors)} weights")
        _same_length(vector, length)
        for start, stop in _chunks(length):
            total[start:stop] += factors[n_read] * vector[start:stop]
        n_read += 1
    if n_read != len(factors):
        raise InvalidInput(f"{n_read} masked vectors for {len(factors)} weights; expected one each")
    return total


def remove_masks(total: NDArray[np.uint64], mask_sums: Iterable[NDArray[np.uint64]]) -> NDArray[np.int64]:
    """The weighted sum of the updates, int64[d], from `sum_masked` and the mask sum of every holder set.

    Right as long as `RoundBounds.weighted_sum` holds. Raises InvalidInput when lengths do not match.
    """
    opened = _flat(total).copy()
    for mask in mask_sums:
        _same_length(mask, len(opened))
        opened -= mask
    return from_ring(opened)


def open_sum(
    masked: Iterable[NDArray[np.uint64]], weights: Sequence[int], mask_sums: Iterable[NDArray[np.uint64]]
) -> NDArray[np.int64]:
    """The weighted sum of the updates, in one go: int64[d].

    masked: uint64[d] per trainer, may be read lazily one at a time; mask_sums: uint64[d] per holder set, all of them.
    Right as long as `RoundBounds.weighted_sum` holds. Raises InvalidInput when lengths or numbers do not match.
    """
    vectors = iter(masked)
    first = next(vectors, None)
    if first is None:
        raise InvalidInput(f"no masked vectors for {len(weights)} weights; expected one each, at least one")
    return remove_masks(sum_masked(chain([first], vectors), weights, len(_flat(first))), mask_sums)


def project(vector: NDArray[np.uint64], directions: Directions) -> NDArray[np.uint64]:
    """Inner products in the ring with each direction: uint64[d] to uint64[k]. Raises InvalidInput unless d agrees."""
    count, length = shape_of(directions)
    _same_length(vector, length)
    products = np.zeros(count, dtype=np.uint64)
    for start, stop in _chunks(length):
        products += _multiply(columns(directions, start, stop), vector[start:stop])
    return products


def mask_projections(seeds: Sequence[bytes], directions: Directions) -> NDArray[np.uint64]:
    """`project` of each seed's keystream: uint64[len(seeds), k]. Directions are drawn once for all seeds."""
    count, length = shape_of(directions)
    products = np.zeros((len(seeds), count), dtype=np.uint64)
    for start, stop in _chunks(length):
        block = columns(directions, start, stop)
        for row, seed in enumerate(seeds):
            products[row] += _multiply(block, keystream(seed, stop - start, start))
    return products


def open_projections(
    masked: NDArray[np.uint64], directions: Directions, projections: Iterable[NDArray[np.uint64]]
) -> NDArray[np.int64]:
    """Inner products of one update with each direction: int64[k].

    masked: uint64[d] of the blob; projections: uint64[k] per holder set, all of them (rows of `mask_projections`).
    Right as long as `RoundBounds` holds. Raises InvalidInput when lengths do not match.
    """
    products = project(masked, directions)
    for projection in projections:
        _same_length(projection, len(products))
        products -= projection
    return from_ring(products)


def _multiply(block: NDArray[np.int64], words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # einsum runs over wrapping integers at twice the speed of dot or matmul, which have no fast path for them.
    product: NDArray[np.uint64] = np.einsum("ki,i->k", block.view(np.uint64), words)
    return product


def _chunks(length: int) -> Iterator[tuple[int, int]]:
    for start in range(0, length, CHUNK_WORDS):
        yield start, min(start + CHUNK_WORDS, length)


def _factors(weights: Sequence[int], expected: int) -> NDArray[np.uint64]:
    if len(weights) != expected:
        raise InvalidInput(f"{len(weights)} weights for {expected} trainers")
    if any(not 1 <= weight <= WORD_MAX for weight in weights):
        raise InvalidInput(f"weights are {list(weights)}; expected integers from 1 to 2**63 - 1")
    return np.array(weights, dtype=np.uint64)


def _flat(vector: NDArray[np.uint64]) -> NDArray[np.uint64]:
    if vector.ndim != 1 or vector.dtype != np.uint64:
        raise InvalidInput(f"got {vector.dtype} of shape {vector.shape}; expected a vector of 64-bit integers")
    return vector


def _same_length(vector: NDArray[np.uint64], expected: int) -> None:
    if len(_flat(vector)) != expected:
        raise InvalidInput(f"a vector of {len(vector)} words where {expected} were expected")
