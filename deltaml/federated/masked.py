"""Updates that the central server never sees: masked for a committee of helpers who open one weighted sum per round.

A client adds one mask per holder set to its update in fixed point and seals each mask's seed, with its own weight, to
the helpers of that set. The server holds masked vectors and sealed seeds; the helpers hold keys. A helper adds up the
masks of a set once, over at least three clients, and with the weights that the clients sealed: a server that could
choose weights would write several updates into one sum and read each. t of n = 3t + 1 helpers may be away or lie.

To learn an update it takes t + 1 helpers, or all other clients of a round together, or a server that does not follow
the protocol: one that asks some helpers for a sum with somebody and others for one without. In the marketplace the
committee first agrees on chain whom it adds up; here the server is trusted with that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput, InvalidMessage, Refused
from deltaml.learning import clip_to_norm
from deltaml.learning.arrays import Floats
from deltaml.sealing import (
    Committee,
    FixedPoint,
    Identity,
    RoundBounds,
    apply_masks,
    draw_seeds,
    majority,
    mask_sum,
    open_sum,
    seal,
    unseal,
)
from deltaml.storage import Value, decode_block, encode_block

MIN_CLIENTS = 3
MAX_WEIGHT = (1 << 16) - 1
FRACTION_BITS = 24
_MAX_SEALED_BYTES = 2048


@dataclass(frozen=True, eq=False)
class MaskedUpdate:
    """masked: uint64[d]. sealed: one sealed seed per holder set. weight: as the client sealed it."""

    masked: NDArray[np.uint64]
    sealed: tuple[bytes, ...]
    weight: int


@dataclass(frozen=True)
class SumRequest:
    """What a helper is asked: the seeds of these clients, sealed per holder set, for vectors of `length` words."""

    number: int
    length: int
    names: tuple[str, ...]
    sealed: Mapping[int, tuple[bytes, ...]]


def require_sizes(n_parameters: int, clip_norm: float | None, max_clients: int) -> None:
    """Raise InvalidInput unless a sum of so many updates of that length fits 64 bits."""
    if clip_norm is None:
        raise InvalidInput("masked updates want a clip norm: wrap the strategy in NormClipping")
    RoundBounds(n_parameters, clip_norm, FRACTION_BITS, 0, 1.0, max_clients * MAX_WEIGHT)


def mask_update(
    update: Floats, clip_norm: float, weight: int, name: str, number: int, helpers: Sequence[bytes]
) -> MaskedUpdate:
    """Closes `update` for the helpers whose age recipients are given in seat order; weights are capped at 65535."""
    committee = Committee(len(helpers))
    integers = FixedPoint(FRACTION_BITS).encode(clip_to_norm(update, clip_norm))
    seeds, capped = draw_seeds(committee.size), min(weight, MAX_WEIGHT)
    sealed = []
    for index, (holders, seed) in enumerate(zip(committee.holder_sets, seeds, strict=True)):
        inner: dict[str, Value] = {"name": name, "round": number, "set": index, "weight": capped, "seed": seed}
        sealed.append(seal(encode_block(inner), [helpers[seat] for seat in holders]))
    return MaskedUpdate(apply_masks(integers, seeds), tuple(sealed), capped)


class Helper:
    """One member of the committee. It remembers which seeds it has used, and uses none in two different sums."""

    def __init__(self, identity: Identity, helpers: Sequence[bytes]) -> None:
        if identity.recipient not in helpers:
            raise InvalidInput("this identity is none of the helpers'")
        self.seat = list(helpers).index(identity.recipient)
        self.sets = Committee(len(helpers)).sets_of(self.seat)
        self._identity = identity
        self._used: dict[bytes, bytes] = {}

    def sums(self, request: SumRequest) -> dict[int, NDArray[np.uint64]]:
        """The mask sum uint64[length] of each set it is in.

        Raises Refused for fewer than three clients or a seed of another sum, InvalidMessage for seeds that are not what
        they are said to be.
        """
        if len(set(request.names)) < MIN_CLIENTS or len(set(request.names)) != len(request.names):
            raise Refused(f"a sum over {len(set(request.names))} clients would tell too much: at least {MIN_CLIENTS}")
        opened = {index: self._open(request, index) for index in self.sets}
        whole = hashlib.sha256(encode_block(list(request.names)))
        for seeds, weights in opened.values():
            whole.update(b"".join(seeds) + np.array(weights, dtype="<i8").tobytes())
        digest = whole.digest()
        marks = [hashlib.sha256(seed).digest() for seeds, _ in opened.values() for seed in seeds]
        if any(self._used.get(mark, digest) != digest for mark in marks):
            raise Refused("a seed of this request was used in another sum: the difference would be an update")
        self._used.update(dict.fromkeys(marks, digest))
        return {index: mask_sum(seeds, weights, request.length) for index, (seeds, weights) in opened.items()}

    def _open(self, request: SumRequest, index: int) -> tuple[list[bytes], list[int]]:
        sealed = request.sealed.get(index, ())
        if len(sealed) != len(request.names):
            raise InvalidMessage(f"set {index} has {len(sealed)} seeds for {len(request.names)} clients")
        seeds, weights = [], []
        for name, box in zip(request.names, sealed, strict=True):
            inner: Any = decode_block(unseal(self._identity, box, _MAX_SEALED_BYTES))
            expected = {"name": name, "round": request.number, "set": index}
            if not isinstance(inner, dict) or set(inner) != {*expected, "seed", "weight"}:
                raise InvalidMessage(f"a sealed seed of {name!r} is not one")
            if any(inner[key] != value for key, value in expected.items()):
                raise InvalidMessage(f"a sealed seed of {name!r} is for something else")
            if type(inner["weight"]) is not int or not 1 <= inner["weight"] <= MAX_WEIGHT:
                raise InvalidMessage(f"the weight of {name!r} is {inner['weight']!r}; expected 1 to {MAX_WEIGHT}")
            if not isinstance(inner["seed"], bytes) or len(inner["seed"]) != 32:
                raise InvalidMessage(f"a seed of {name!r} does not have 32 bytes")
            seeds.append(inner["seed"])
            weights.append(inner["weight"])
        return seeds, weights


def sum_request(number: int, updates: Mapping[str, MaskedUpdate], seat: int, n_helpers: int) -> SumRequest:
    """What to ask the helper in `seat`. Raises InvalidInput when there are no updates."""
    names = tuple(sorted(updates))
    if not names:
        raise InvalidInput("there are no updates to add up")
    sets = Committee(n_helpers).sets_of(seat)
    sealed = {index: tuple(updates[name].sealed[index] for name in names) for index in sets}
    return SumRequest(number, len(updates[names[0]].masked), names, sealed)


def opened_mean(
    updates: Mapping[str, MaskedUpdate], reports: Mapping[int, Mapping[int, NDArray[np.uint64]]], n_helpers: int
) -> Floats | None:
    """The weighted mean of the updates, float64[d], from the helpers' reports by seat and set.

    None until t + 1 helpers agree on the sum of every set. Raises InvalidInput for lengths that don't match.
    """
    committee = Committee(n_helpers)
    sums = []
    for index in range(len(committee.holder_sets)):
        told = {seat: sets[index].tobytes() for seat, sets in reports.items() if index in sets}
        agreed = majority(told, committee.threshold)
        if agreed is None:
            return None
        sums.append(np.frombuffer(agreed, dtype=np.uint64))
    ordered = [updates[name] for name in sorted(updates)]
    weights = [update.weight for update in ordered]
    total = open_sum([update.masked for update in ordered], weights, sums)
    return FixedPoint(FRACTION_BITS).decode(total) / sum(weights)
