"""From opened scores to the report of a sealed-model round and the state it leads to."""

from collections.abc import Mapping, Sequence

from deltaml.learning import carry_deficits
from deltaml.protocol.score_tree import MISSED
from deltaml.protocol.sealed.messages import SealedState
from deltaml.protocol.sealed.opening import SealedAgreement
from deltaml.protocol.sealed.spec import SealedSpec

CARRY_FLOOR = -(2**62)
SCORE_BITS = 62


def score_shift(spec: SealedSpec) -> int:
    """By how many bits scores are shortened, rounding half up, to fit the words of a report."""
    return max(0, spec.score_bound.bit_length() - SCORE_BITS)


def finish(
    spec: SealedSpec,
    state: SealedState,
    model: bytes,
    progress_wad: int,
    agreement: SealedAgreement,
    units: Sequence[int],
    products: Mapping[int, int],
) -> tuple[SealedState, list[int]]:
    """The next state and the report's score words, one per joined trainer.

    products: <update_i, direction> of each summed trainer. phi_i = -units_i * product_i / sum(units), carried deficits
    worked off. The owner, who chose the direction, gets back what nobody earns. So when nobody would, all who are in
    the sum are paid by their units and nothing is carried: he can't have a round for nothing.
    """
    total_units = sum(units[trainer] for trainer in agreement.summed)
    shift = score_shift(spec)
    phi = [0] * len(units)
    for trainer, product in products.items():
        phi[trainer] = -((2 * units[trainer] * product + (total_units << shift)) // (2 * total_units << shift))
    payable, carried = carry_deficits(phi, state.carried)
    if not any(payable[trainer] for trainer in agreement.summed):
        payable, carried = list(units), list(state.carried)
    words = [MISSED] * len(units)
    for trainer in agreement.accepted:
        words[trainer] = payable[trainer] if trainer in agreement.summed else 0
    kept = tuple(max(CARRY_FLOOR, deficit) for deficit in carried)
    return SealedState(state.round + 1, model, kept, progress_wad), words


def stand_still(
    state: SealedState, progress_wad: int, accepted: Sequence[int], n_trainers: int
) -> tuple[SealedState, list[int]]:
    """A round in which no sum was opened: the same model, nobody scores, only who sent nothing valid missed."""
    words = [0 if trainer in accepted else MISSED for trainer in range(n_trainers)]
    return SealedState(state.round + 1, state.model, state.carried, progress_wad), words


def stalled(accepted: Sequence[int], units: Sequence[int]) -> list[int]:
    """R7: what the owner's absence pays. By units, so that splitting a stake over many accounts gains nothing."""
    return [units[trainer] if trainer in accepted else MISSED for trainer in range(len(units))]
