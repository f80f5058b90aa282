"""A past round derived again from what was posted, by the same pure decision that members vote by."""

from dataclasses import replace
from typing import Any

from deltaml.board import Snapshot
from deltaml.chain.types import SeatState
from deltaml.protocol.actions import Action, Publishable, Report, Reveal, Wait
from deltaml.protocol.ballot import Ballot, Memo
from deltaml.protocol.round import decide
from deltaml.protocol.sealed.round import SealedView
from deltaml.protocol.sealed.round import decide as decide_sealed
from oracles.view import BrokenTask, ViewBuilder


class _Witness(Ballot):
    """Shows the report that a member would vote for, whoever voted and whatever time it is."""

    def vote_or_reveal(self, report: Report, following: Publishable | None) -> Action:
        return Reveal(report, following)


def derive(views: ViewBuilder, then: Snapshot, seats: tuple[SeatState, ...], me: int, memo: Memo) -> Reveal | Wait:
    """What the posts of a round lead to, read by the member in seat `me`. Raises Unavailable when a block is gone.

    memo: not the one of the round's own decisions, since nothing is derived from blobs here.
    """
    aborted = Report(Report.ABORTED, then.task.model_digest, then.task.progress_wad, b"")
    try:
        material = views.material(then, seats)
    except BrokenTask:
        return Reveal(aborted, None)
    reasons = []
    # Where one sits must not matter; a member who posted for another set than the others would see only his mistake.
    for seat in sorted(range(len(seats)), key=lambda seat: seat != me):
        view = views.round_view(then, seats, seat, material)
        ballot = view.ballot
        witness = _Witness(**{name: getattr(ballot, name) for name in Ballot.__dataclass_fields__})
        nothing: Any = {}
        seen = replace(view, ballot=witness, blobs=nothing, announced={}, memo=memo)
        action = decide_sealed(seen) if isinstance(seen, SealedView) else decide(seen)
        if isinstance(action, Reveal):
            return action
        reasons.append(action.reason if isinstance(action, Wait) else f"{type(action).__name__} is missing")
    return Wait(reasons[0])
