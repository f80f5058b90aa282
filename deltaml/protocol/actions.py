"""What a member of the committee can do, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from deltaml.protocol.document import Document
from deltaml.protocol.messages import Proposal, ScoreShares, Sums, Work


class Publishable(Protocol):
    """The state that a round led to, of either kind of task."""

    def document(self) -> Document: ...


@dataclass(frozen=True)
class Report:
    """What the committee votes on (ITaskMarket.Report)."""

    outcome: int
    model_digest: bytes
    progress_wad: int
    scores: bytes

    SCORED: ClassVar[int] = 0
    OWNER_STALLED: ClassVar[int] = 1
    ABORTED: ClassVar[int] = 2


@dataclass(frozen=True)
class Wait:
    reason: str


@dataclass(frozen=True)
class StartTask:
    pass


@dataclass(frozen=True)
class CancelTask:
    pass


@dataclass(frozen=True)
class ExpireTask:
    pass


@dataclass(frozen=True)
class SettleRound:
    round: int


@dataclass(frozen=True)
class CloseTask:
    pass


@dataclass(frozen=True)
class ClaimExpired:
    pass


@dataclass(frozen=True)
class ClaimFees:
    rounds: tuple[int, ...]


@dataclass(frozen=True)
class PublishState:
    """Seal the state of the current round to the trainers, the owner and the committee, and announce it."""

    state: Publishable


@dataclass(frozen=True)
class CommitWork:
    work: Work
    salt: bytes = field(repr=False)


@dataclass(frozen=True)
class OpenWork:
    work: Work
    salt: bytes = field(repr=False)


@dataclass(frozen=True)
class PostSums:
    sums: Sums


@dataclass(frozen=True)
class Propose:
    proposal: Proposal


@dataclass(frozen=True)
class PostShares:
    shares: ScoreShares


@dataclass(frozen=True)
class Vote:
    """vouched: bit i for seat i, whose opened work this member found right (R6a). doubts: every other seat -> why not,
    for people to read."""

    report_hash: bytes
    vouched: int = 0
    doubts: Mapping[int, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Reveal:
    """Show the report that has a quorum and publish the state it leads to (none when the task was aborted)."""

    report: Report
    state: Publishable | None


Action = (
    Wait
    | StartTask
    | CancelTask
    | ExpireTask
    | SettleRound
    | CloseTask
    | ClaimExpired
    | ClaimFees
    | PublishState
    | CommitWork
    | OpenWork
    | PostSums
    | Propose
    | PostShares
    | Vote
    | Reveal
)
