"""EIP-1559 fees as pure arithmetic, in wei per gas."""

from dataclasses import dataclass

from deltaml.chain.errors import FeeTooLow

# Nodes drop a replacement that does not raise both fees by 10 % (geth) or 12.5 % (others).
BUMP_NUMERATOR, BUMP_DENOMINATOR = 6, 5
LEAST_NUMERATOR, LEAST_DENOMINATOR = 9, 8


@dataclass(frozen=True, slots=True)
class Fees:
    """`max_fee` is all we pay at most, `priority_fee` the part that goes to the block's builder."""

    max_fee: int
    priority_fee: int


def opening_fees(base_fee: int, suggested_priority_fee: int, cap: int) -> Fees:
    """First offer: room for the base fee to double (six full blocks), never above the cap.

    Works with base fee 0. Raises FeeTooLow when the cap is below the base fee, since nobody would mine that.
    """
    if cap < base_fee:
        raise FeeTooLow(f"the base fee is {base_fee} wei per gas, the cap {cap}; wait, or raise the cap")
    max_fee = min(cap, 2 * base_fee + suggested_priority_fee)
    return Fees(max_fee, min(suggested_priority_fee, max_fee))


def bumped(fees: Fees, cap: int) -> Fees | None:
    """Fees for a replacement: 20 % more of both, at most the cap; None when the cap leaves less than 12.5 %."""
    max_fee = min(cap, _raise(fees.max_fee))
    if max_fee * LEAST_DENOMINATOR < fees.max_fee * LEAST_NUMERATOR or max_fee <= fees.max_fee:
        return None
    return Fees(max_fee, min(max_fee, _raise(fees.priority_fee)))


def highest(a: Fees, b: Fees) -> Fees:
    """The larger of each fee."""
    return Fees(max(a.max_fee, b.max_fee), max(a.priority_fee, b.priority_fee))


def _raise(fee: int) -> int:
    return max(fee + 1, -(-fee * BUMP_NUMERATOR // BUMP_DENOMINATOR))
