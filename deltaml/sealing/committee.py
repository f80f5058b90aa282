"""Who holds which seed: replicated secret sharing among n = 3t + 1 oracles (design §3; Cramer, Damgård, Ishai 2005)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TypeVar

from deltaml.errors import InvalidInput

COMMITTEE_SIZES = (4, 7, 10)
"""Beyond ten members the number of seeds (715 at 13) costs more than it protects."""

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Committee:
    """`size` members, numbered from 0. Raises InvalidInput unless size is 4, 7 or 10."""

    size: int

    def __post_init__(self) -> None:
        if self.size not in COMMITTEE_SIZES:
            raise InvalidInput(f"a committee of {self.size}; expected one of {COMMITTEE_SIZES}")

    @property
    def t(self) -> int:
        """How many members may lie, collude or be gone."""
        return (self.size - 1) // 3

    @property
    def threshold(self) -> int:
        """t + 1: so many equal reports include an honest one; so many members together know every seed."""
        return self.t + 1

    @property
    def holder_sets(self) -> tuple[tuple[int, ...], ...]:
        """All sets of size - t members, in lexicographic order; seed number i belongs to set number i."""
        return holder_sets(self.size)

    def sets_of(self, member: int) -> tuple[int, ...]:
        """Numbers of the sets a member belongs to. Raises InvalidInput for a member that does not exist."""
        if not 0 <= member < self.size:
            raise InvalidInput(f"member {member} of a committee of {self.size}")
        return tuple(i for i, holders in enumerate(self.holder_sets) if member in holders)


@cache
def holder_sets(n: int) -> tuple[tuple[int, ...], ...]:
    """See `Committee.holder_sets`: 4 sets for n = 4, 21 for n = 7, 120 for n = 10."""
    return tuple(combinations(range(n), n - Committee(n).t))


def majority(reports: Mapping[int, T], threshold: int) -> T | None:
    """The one value that at least `threshold` members report; None when there is none or more than one.

    With at most t liars and threshold t + 1 a value that comes out has been reported by somebody honest.
    """
    winners = [value for value, count in Counter(reports.values()).items() if count >= threshold]
    return winners[0] if len(winners) == 1 else None
