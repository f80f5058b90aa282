"""Who is left out of a round's sum for pointing uphill."""

from collections.abc import Sequence

UPHILL_PARTS = 20
"""Near the best point of the public steps every second honest update points a little uphill; a poisoner points far."""


def downhill_enough(uphill: Sequence[float], limit: float, least: int) -> list[int]:
    """Positions of the updates that are summed, in order, when a task leaves out who points uphill.

    uphill: ⟨u_i, ∇L⟩ of each update, above 0 where it would raise the loss; limit: the most that may be, C·|∇L|. Left
    out is who is above limit/20, but never so many that fewer than `least` remain: then those least uphill stay, the
    earlier of equals, or honest trainers whom one round leaves out would keep a small task from ever moving on.
    """
    order = sorted(range(len(uphill)), key=lambda position: uphill[position])
    return sorted(
        position for rank, position in enumerate(order) if rank < least or UPHILL_PARTS * uphill[position] <= limit
    )
