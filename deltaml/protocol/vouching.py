"""Which members did the work of step 5: those a member vouches for with his vote, as a fee takes t + 1 vouches (R6a).

Masks that t + 1 holders of a seed report are the true ones as long as no more than t members lie, and so are a member's
own. Whoever holds the seed and did the work has found the same, so every other value is made up. Nobody has to agree
with anybody on whom he vouches for.

- A post counts that its author opened on chain, in time, and that can be fetched and decoded: it then has a value for
  each trainer in its own bitmap and each seed of its author.
- It is judged by the trainers whom t + 1 members accept. What it says of others is not held against it: nobody knows
  what is right there.
- It has to speak for half of the trainers whose masks are agreed, at least. Some blobs may be out of a member's reach;
  who says nothing of most that others could read has done next to nothing.
- In a round without agreed values (nobody submitted, too few opened their work) every post counts that contradicts
  neither t + 1 members nor this member's own work. How the round ends, scored, stalled or aborted, does not matter.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.actions import Action, Vote
from deltaml.protocol.messages import Work
from deltaml.protocol.opening import CheckReports, candidates
from deltaml.protocol.stages import StageView
from deltaml.sealing import Committee

Uint64Array = NDArray[np.uint64]


@dataclass(frozen=True)
class Vouches:
    """mask: bit i for seat i, whose work was found right. doubts: every other seat -> why it was not."""

    mask: int
    doubts: Mapping[int, str]


def with_vouches(view: StageView, action: Action) -> Action:
    """A vote with the vouches of the member whose view this is; any other action as it is."""
    if not isinstance(action, Vote):
        return action
    found = vouches_of(view)
    return Vote(action.report_hash, found.mask, found.doubts)


def vouches_of(view: StageView) -> Vouches:
    """Whom the member vouches for by what he has seen of the round."""
    key = view.header_key, "vouches", tuple(sorted(view.works)), tuple(sorted(view.opened))
    return view.memo.get(key, partial(judge, view.n, view.seat, len(view.units), view.opened.keys(), view.works))


def judge(n: int, seat: int, n_trainers: int, opened: Collection[int], works: Mapping[int, Work]) -> Vouches:
    """As the member in `seat` sees it. opened: seats that opened their work on chain; works: seat -> opened work that
    was fetched and decoded."""
    reports = CheckReports(n, n_trainers, works)
    wanted = candidates(n, n_trainers, (work.accepted for work in works.values()))
    known = {trainer: _Known.of(reports, trainer, n, seat) for trainer in wanted}
    agreed = {trainer for trainer, masks in known.items() if masks.is_agreed}
    doubts = {}
    for member in range(n):
        if member not in works:
            doubts[member] = "his work can't be had or read" if member in opened else "opened no work"
            continue
        held = Committee(n).sets_of(member)
        said = {trainer: masks for trainer in wanted if (masks := reports.of(member, trainer)) is not None}
        wrong = [trainer for trainer, masks in said.items() if known[trainer].differs_from(masks, held)]
        n_agreed = len(agreed & said.keys())
        if wrong:
            doubts[member] = f"his masks of trainer {wrong[0]} are not those that are known"
        elif 2 * n_agreed < len(agreed):
            doubts[member] = f"his work is about {n_agreed} of {len(agreed)} agreed trainers, expected half of them"
    mask = sum(1 << member for member in range(n) if member not in doubts)
    return Vouches(mask, MappingProxyType(doubts))


@dataclass(frozen=True, eq=False)
class _Known:
    """What a member may rely on about one trainer: masks uint64[known sets, checks]. rows: holder set -> row, for those
    whose masks are known. is_agreed: t + 1 holders report the masks of every set."""

    masks: Uint64Array
    rows: Mapping[int, int]
    is_agreed: bool

    @classmethod
    def of(cls, reports: CheckReports, trainer: int, n: int, seat: int) -> "_Known":
        """What t + 1 holders report, and else what the member in `seat` found himself."""
        by_set = list(reports.by_set(trainer))
        is_agreed = all(masks is not None for masks in by_set)
        own = reports.of(seat, trainer)
        if own is not None:
            for row, index in enumerate(Committee(n).sets_of(seat)):
                by_set[index] = own[row] if by_set[index] is None else by_set[index]
        found = {index: masks for index, masks in enumerate(by_set) if masks is not None}
        return cls(np.array(list(found.values())), {index: row for row, index in enumerate(found)}, is_agreed)

    def differs_from(self, reported: Uint64Array, held: Sequence[int]) -> bool:
        """reported: uint64[len(held), checks], of the holder sets `held`."""
        rows = [(row, self.rows[index]) for row, index in enumerate(held) if index in self.rows]
        theirs, ours = [row for row, _ in rows], [row for _, row in rows]
        return bool(rows) and not np.array_equal(reported[theirs], self.masks[ours])
