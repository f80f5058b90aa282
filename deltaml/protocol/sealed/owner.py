"""The owner's part in a round of a sealed-model task as a pure function: open what is masked, step, show the scores.

What he opens says nothing without the committee's masks, of which he gets those of the agreed sum. He keeps nothing:
the weights are in the last model, what his optimiser remembers in a post sealed to himself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput
from deltaml.protocol.actions import Wait
from deltaml.protocol.ballot import Clock, Memo, Posted
from deltaml.protocol.bitmap import from_bitmap, is_bitmap
from deltaml.protocol.messages import Header
from deltaml.protocol.opening import candidates
from deltaml.protocol.sealed.messages import OwnerOpenings, SealedModel
from deltaml.protocol.sealed.opening import check_directions, masked_sum, unmask_sum
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.stages import bodies_among
from deltaml.sealing import Ciphertexts, Opening, OwnerKey, encrypt, holder_sets, inner_products

Int64Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stepped:
    """What the owner's optimiser makes of a round: the next weights int64[d] at fraction_bits, the direction int64[d]
    at gradient_bits that scores are taken along, and what it wants to remember."""

    weights: Int64Array
    direction: Int64Array
    memory: Mapping[str, object]


TakeStep = Callable[[Int64Array, Mapping[str, object] | None, list[int], int], Stepped]
"""(weights, memory, opened sum at product_bits, its units) -> step. Memory is None in the first round."""


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnerView:
    """Everything the owner sees of the current round at one block.

    model: the round's, under his key; memory: what he remembered with it. masked: trainer -> the ciphertexts of his
    blob; pending: submitted blobs that could not be fetched yet. accepted: bitmaps that members opened on chain; units:
    of each trainer. sums: members' posts. openings and stepped: the owner's own posts of this round: for which trainers
    he opened the checks, and for which sets (bitmaps) he has stepped.
    """

    header: Header
    clock: Clock
    spec: SealedSpec
    key: OwnerKey = field(repr=False)
    n: int
    model: SealedModel
    memory: Mapping[str, object] | None
    units: Sequence[int]
    beacon: bytes | None
    masked: Mapping[int, Ciphertexts]
    pending: frozenset[int]
    accepted: Sequence[bytes]
    sums: Sequence[Posted]
    openings: Sequence[frozenset[int]]
    stepped: frozenset[bytes]
    memo: Memo = field(repr=False)


@dataclass(frozen=True)
class ShowOpenings:
    openings: OwnerOpenings


@dataclass(frozen=True, eq=False)
class TakenStep:
    """Publish the model, remember, and announce the step for `summed`. openings: of the masked scores."""

    summed: bytes
    model: SealedModel
    direction: Int64Array
    openings: Sequence[Opening]
    memory: Mapping[str, object]


OwnerAction = Wait | ShowOpenings | TakenStep


def decide_owner(view: OwnerView, take_step: TakeStep) -> OwnerAction:
    """The one thing to do now."""
    clock = view.clock
    if clock.now < clock.closes_at:
        return Wait("trainers submit")
    if view.beacon is None:
        return Wait("no block after the close yet")
    if not view.masked:
        return Wait("nobody submitted")
    if _openings_due(view):
        return ShowOpenings(_open_checks(view, view.beacon))
    for summed, bodies in _agreed_sums(view):
        if summed not in view.stepped:
            return _step(view, summed, bodies, take_step)
    return Wait("members agree on who counts" if not view.stepped else "members score")


def _openings_due(view: OwnerView) -> bool:
    """Whether the members lack a post that opens all they ask for: two that only together do are none to them."""
    fetching = view.pending and view.clock.now < view.clock.commit_ends_at
    if not view.openings and not fetching:
        return True
    # What a member says on chain is any bytes.
    bitmaps = [bitmap for bitmap in view.accepted if is_bitmap(bitmap, len(view.units))]
    wanted = set(candidates(view.n, len(view.units), bitmaps)) & set(view.masked)
    return bool(wanted) and not any(wanted <= opened for opened in view.openings)


def _open_checks(view: OwnerView, beacon: bytes) -> OwnerOpenings:
    directions = check_directions(view.spec, beacon)
    return OwnerOpenings(
        view.header,
        {trainer: view.key.open(inner_products(masked, directions)) for trainer, masked in sorted(view.masked.items())},
    )


def _agreed_sums(view: OwnerView) -> list[tuple[bytes, dict[int, NDArray[np.uint64]]]]:
    """Sets of trainers for which the masks of every holder set have arrived."""
    complete = []
    for summed in dict.fromkeys(post.message.summed for post in view.sums):
        if not is_bitmap(summed, len(view.units)):
            continue
        bodies = bodies_among([post for post in view.sums if post.message.summed == summed], view.n)
        readable = set(from_bitmap(summed, len(view.units))) <= set(view.masked)
        if readable and len(bodies) == len(holder_sets(view.n)):
            complete.append((summed, bodies))
    return complete


def _step(view: OwnerView, summed: bytes, bodies: Mapping[int, NDArray[np.uint64]], take_step: TakeStep) -> OwnerAction:
    trainers = from_bitmap(summed, len(view.units))
    residues = view.memo.get((view.header.round, "sum", summed), partial(_decrypt_sum, view, trainers))
    total = unmask_sum(view.spec, view.n, residues, bodies)
    weights = weights_of(view.spec, view.key, view.model)
    if total is None:
        # Somebody's update is beyond all bounds: nothing can be learnt from this sum, and the round is paid by units.
        stepped = Stepped(weights, np.zeros_like(weights), view.memory or {})
    else:
        stepped = take_step(weights, view.memory, total, sum(view.units[trainer] for trainer in trainers))
    model = SealedModel(
        view.header.round + 1, encrypt(view.spec.public_key, [int(weight) for weight in stepped.weights])
    )
    rows = stepped.direction[np.newaxis, :]
    products = [inner_products(view.masked[trainer], rows).values[0] for trainer in trainers]
    openings = view.key.open(Ciphertexts(view.spec.public_key, products))
    return TakenStep(summed, model, stepped.direction, openings, stepped.memory)


def _decrypt_sum(view: OwnerView, trainers: Sequence[int]) -> list[int]:
    return view.key.decrypt(masked_sum(view.masked, trainers, view.units))


def weights_of(spec: SealedSpec, key: OwnerKey, model: SealedModel) -> Int64Array:
    """The weights int64[d] at fraction_bits. Raises InvalidInput when they are none that the owner may have posted."""
    n = spec.public_key.n
    signed = [value - n if value > n // 2 else value for value in key.decrypt(model.weights)]
    if any(abs(value) >= 2**62 for value in signed):
        raise InvalidInput("the model holds no weights under this key; use the one the task was posted with")
    return np.array(signed, dtype=np.int64)
