"""What decisions in a round have in common: chain time, whose turn it is, votes and reveals.

Whose turn it is follows from chain time: the member in seat (round + k) mod n may act once k * turn_seconds have passed
since the stage began.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from deltaml.protocol.actions import Action, Publishable, Report, Reveal, Vote, Wait
from deltaml.protocol.hashes import report_hash
from deltaml.protocol.messages import Header

WAD = 10**18
Result = TypeVar("Result")


class Memo:
    """Results of pure functions that a later tick would compute again; losing it costs time, never correctness."""

    def __init__(self) -> None:
        self._results: dict[Hashable, Any] = {}

    def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        if key not in self._results:
            self._results[key] = compute()
        result: Result = self._results[key]
        return result


@dataclass(frozen=True)
class Clock:
    """Chain time and the windows of the round, in seconds (see ITaskMarket)."""

    now: int
    opened_at: int
    closes_at: int
    commit_ends_at: int
    open_ends_at: int
    vote_ends_at: int

    @property
    def last_call_at(self) -> int:
        """When a quarter of the time between the openings and the end of the vote is left."""
        return self.vote_ends_at - (self.vote_ends_at - self.open_ends_at) // 4


@dataclass(frozen=True)
class Ballot:
    """What a member needs to vote: header (himself as sender), his seat of n, the clock, who voted (seats), the hash
    that has a quorum and since when, and how long a turn lasts. equal_rounds: how many rounds share the pool equally,
    None where measured progress is what pays (R2)."""

    header: Header
    seat: int
    n: int
    clock: Clock
    turn_seconds: int
    voted: frozenset[int]
    quorum_hash: bytes | None
    quorum_at: int
    equal_rounds: int | None = None

    @property
    def place(self) -> int:
        """k: after how many turns this member may act in this round."""
        return self.place_of(self.seat)

    def place_of(self, seat: int) -> int:
        return (seat - self.header.round) % self.n

    def turns_since(self, stage_at: int, until: int | None = None) -> int:
        """How many turns have ended since a stage began; negative before it."""
        return ((self.clock.now if until is None else until) - stage_at) // self.turn_seconds

    def progress_wad(self, measured_wad: int) -> int:
        """What the report says of progress after this round."""
        if self.equal_rounds is None:
            return measured_wad
        return (self.header.round + 1) * WAD // self.equal_rounds

    def vote_or_reveal(self, report: Report, following: Publishable | None) -> Action:
        """Vote for `report` and, once it has a quorum, reveal it when the turn comes."""
        header = self.header
        mine = report_hash(
            header.chain_id,
            "0x" + header.market.hex(),
            header.task_id,
            header.round,
            report.outcome,
            report.model_digest,
            report.progress_wad,
            report.scores,
        )
        if self.clock.now < self.clock.closes_at:
            return Wait("voting has not begun")
        if self.seat not in self.voted and self.clock.now < self.clock.vote_ends_at:
            return Vote(mine)
        if self.quorum_hash is None:
            return Wait("votes of others")
        if self.quorum_hash != mine:
            return Wait("the quorum voted for another report than mine")
        if self.place > self.turns_since(self.quorum_at):
            return Wait("another member's turn to reveal")
        return Reveal(report, following)

    def or_abort(self, action: Action, aborted: Report) -> Action:
        """`action`, but who still waits at the last call votes for `aborted`.

        Without a quorum R6 slashes those who did not vote; that must not be a member who was there and could not finish
        because others, or blocks, were gone.
        """
        if not isinstance(action, Wait) or self.clock.now < self.clock.last_call_at:
            return action
        last_word = self.last_word(aborted)
        return action if isinstance(last_word, Wait) else last_word

    def last_word(self, report: Report) -> Action:
        """Vote for `report`; but where there is a quorum already, for what it says.

        A post that this member can't read may have been read by the others. His vote changes nothing then, and voting
        against them would cost him stake; the fee he has by the work he opened, if t + 1 members could read that (R6a).
        """
        if self.quorum_hash is not None and self.seat not in self.voted and self.clock.now < self.clock.vote_ends_at:
            return Vote(self.quorum_hash)
        return self.vote_or_reveal(report, None)


@dataclass(frozen=True)
class Posted:
    """One announcement, decoded: who (seat), when (chain time), under which digest."""

    seat: int
    at: int
    digest: bytes
    message: Any
