"""One look at the chain: pin a block, read, decide, act at most once per task, log the reason."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from deltaml.board import OwnPosts, Snapshot, TaskReader
from deltaml.chain import Block, Chain, Market, Receipt
from deltaml.chain.types import RoundState, SeatState, Status, TaskParams
from deltaml.errors import DeltaMLError, Refused, Unavailable
from deltaml.protocol.actions import Action, PostShares, PostSums, Propose, PublishState, Report, Reveal, Vote, Wait
from deltaml.protocol.kinds import Kind
from deltaml.protocol.lifecycle import decide_task
from deltaml.protocol.round import RoundView, decide
from deltaml.protocol.sealed.round import SealedView
from deltaml.protocol.sealed.round import decide as decide_sealed
from deltaml.protocol.vouching import with_vouches
from deltaml.serving import Vitals
from oracles.act import Actor
from oracles.keeper import Watched
from oracles.metrics import Metrics
from oracles.reasons import Reasons
from oracles.states import StateRescue
from oracles.view import BrokenTask, ViewBuilder

log = structlog.get_logger()

POSTS = {PostSums: Kind.SUMS, Propose: Kind.PROPOSAL, PostShares: Kind.SHARES, PublishState: Kind.STATE}
"""What is announced alone: with no transaction beside it that the market would refuse a second time."""


@dataclass
class Known:
    """Facts of the chain that never change, kept so that they need not be read again."""

    committees: dict[int, int] = field(default_factory=dict)
    params: dict[int, TaskParams] = field(default_factory=dict)


class Oracle:
    """A member of committees at work. Keeps nothing that chain and IPFS could not tell again."""

    def __init__(
        self,
        chain: Chain,
        market: Market,
        views: ViewBuilder,
        actor: Actor,
        account: str,
        confirmations: int,
        metrics: Metrics,
        vitals: Vitals,
        watched: Watched,
        reasons: Reasons,
    ) -> None:
        self._chain = chain
        self._market = market
        self._reader = TaskReader(market)
        self._views = views
        self._actor = actor
        self._account = account
        self._confirmations = confirmations
        self._own_posts = OwnPosts(chain, market, confirmations)
        self._metrics = metrics
        self._vitals = vitals
        self._watched = watched
        self._reasons = reasons
        self._known = Known()
        self._rescue = StateRescue(market, views)

    def tick(self) -> None:
        """Looks once at every task of this member's committees. Never raises for what a retry can cure."""
        started = time.monotonic()
        try:
            block = self._chain.head(self._confirmations)
            tasks = self._my_tasks(block)
        except DeltaMLError as error:
            if self._reasons.is_news("chain", str(error)):
                log.warning("chain not to be had", why=str(error))
            self._metrics.failures.labels("chain").inc()
        else:
            self._reasons.forget("chain")
            for task_id in tasks:
                self._tick_task(task_id, block)
            self._finish(block, time.monotonic() - started)
        self._vitals.returned_at = time.monotonic()

    def _finish(self, block: Block, seconds: float) -> None:
        self._vitals.ticked(block.timestamp)
        self._metrics.ticked(block, seconds)
        counts = Counter(snapshot.status.name.lower() for snapshot in self._watched.snapshots.copy().values())
        for status in Status:
            self._metrics.tasks.labels(status.name.lower()).set(counts[status.name.lower()])

    def _my_tasks(self, block: Block) -> list[int]:
        for task_id in range(1, self._market.task_count(block) + 1):
            if task_id not in self._known.params:
                self._known.params[task_id] = self._market.task(task_id, block).params
        wanted = {p.committee_id for p in self._known.params.values()} - set(self._known.committees)
        for committee_id in wanted:
            number = self._market.read(self._market.reads.seat_number(committee_id, self._account), block)
            self._known.committees[committee_id] = number
        return [
            task_id
            for task_id, params in self._known.params.items()
            if self._known.committees[params.committee_id] and task_id not in self._watched.over
        ]

    def _tick_task(self, task_id: int, block: Block) -> None:
        try:
            snapshot = self._watched.snapshots[task_id] = self._reader.snapshot(task_id, block)
            seats = self._market.seats(snapshot.task.params.committee_id, block)
            snapshot, action = self._decide(snapshot, seats)
            action = self._once(snapshot, action)
            self._note(snapshot, action)
            if not isinstance(action, Wait):
                audience = self._views.audience(snapshot, [member.recipient for member in seats])
                receipt = self._actor.act(action, snapshot, audience)
                self._metrics.acts.labels(type(action).__name__).inc()
                self._tell(snapshot, action, receipt)
        except Refused as error:
            # Another member was faster, or the clock moved on: the next tick sees why.
            self._failed(log.info, "chain refused", task_id, error)
        except Unavailable as error:
            self._metrics.failures.labels("unavailable").inc()
            self._failed(log.warning, "try again", task_id, error)
        except DeltaMLError as error:
            self._metrics.failures.labels("invalid").inc()
            self._failed(log.error, "task can't be worked on now", task_id, error)
        except Exception:
            # A fault of ours that one task brings out must not cost the member his other tasks.
            self._metrics.failures.labels("bug").inc()
            log.exception("bug", task=task_id)

    def _once(self, snapshot: Snapshot, action: Action) -> Action:
        """The action, unless it is a post that was made already in a block which is not confirmed yet."""
        kind, number = POSTS.get(type(action)), snapshot.task.round - isinstance(action, PublishState)
        if kind is not None and self._own_posts.waits(snapshot, self._account, number, kind):
            return Wait("an own post waits for confirmations")
        return action

    def _decide(self, snapshot: Snapshot, seats: tuple[SeatState, ...]) -> tuple[Snapshot, Action]:
        """The action, and the snapshot it belongs to: that of an earlier round for a late vote."""
        seat = self._known.committees[snapshot.task.params.committee_id] - 1
        numbers = sorted(set(snapshot.reveals) - snapshot.settled)
        reads = [self._market.reads.round(snapshot.task_id, number) for number in numbers]
        rounds = dict(zip(numbers, self._market.read_all(reads, snapshot.block) if reads else (), strict=True))
        late = self._late_vote(snapshot, seats, seat, rounds)
        if late is not None:
            return late
        closed = snapshot.task.committee_released
        unclaimed = self._unclaimed(snapshot, seat) if closed else []
        expired_share = closed and self._has_expired_share(snapshot, seat)
        view = self._views.task_view(snapshot, rounds, seat, len(seats), unclaimed, expired_share)
        housekeeping = decide_task(view)
        last_state = self._rescue.last_one(snapshot, seats, seat)
        if last_state is not None:
            return last_state
        if housekeeping is not None:
            if view.closed and isinstance(housekeeping, Wait):
                self._watched.over.add(snapshot.task_id)
                self._views.forget(snapshot.task_id)
                self._rescue.forget(snapshot.task_id)
            return snapshot, housekeeping
        return snapshot, self._decide_round(snapshot, seats, seat)

    def _late_vote(
        self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int, rounds: dict[int, RoundState]
    ) -> tuple[Snapshot, Action] | None:
        """Others were quicker to reveal; a vote still counts, and a missing one costs stake (R6)."""
        for number, state in rounds.items():
            if state.voted_mask >> seat & 1 or snapshot.block.timestamp >= state.vote_ends_at:
                continue
            earlier = snapshot.for_round(number, state)
            try:
                late = self._decide_round(earlier, seats, seat)
            except DeltaMLError as error:
                # The current round must not wait for what an old one lacks.
                log.warning("no late vote now", task=snapshot.task_id, round=number, why=str(error))
                continue
            # The board takes announcements of the round before and of none that is older.
            recent = number >= snapshot.task.round - 1 and not isinstance(late, Wait | Reveal | PublishState)
            if recent or isinstance(late, Vote):
                return earlier, late
        return None

    def _decide_round(self, snapshot: Snapshot, seats: tuple[SeatState, ...], seat: int) -> Action:
        aborted = Report(Report.ABORTED, snapshot.task.model_digest, snapshot.task.progress_wad, b"")
        ballot = self._views.broken_ballot(snapshot, seats, seat)
        view: RoundView | SealedView | None = None
        try:
            material = self._views.material(snapshot, seats)
            self._rescue.make_readable(snapshot, seats, seat, material)
            view = self._views.round_view(snapshot, seats, seat, material)
            action = decide_sealed(view) if isinstance(view, SealedView) else decide(view)
        except BrokenTask as error:
            log.error("task is broken, voting to abort", task=snapshot.task_id, why=str(error))
            return ballot.vote_or_reveal(aborted, None)
        except Unavailable as error:
            # An owner whose posts can't be had would otherwise see all members slashed for not voting.
            action = ballot.or_abort(Wait(str(error)), aborted)
            if isinstance(action, Wait):
                raise
            log.error("nothing to work on, voting to abort", task=snapshot.task_id, why=str(error))
        action = ballot.or_abort(action, aborted)
        # Also who can't finish can judge the work that he has read; without a view he has read none.
        return action if view is None else with_vouches(view, action)

    def _unclaimed(self, snapshot: Snapshot, seat: int) -> list[int]:
        reads = self._market.reads
        claimed = self._market.claimed_rounds(snapshot.task_id, self._account, snapshot.block)
        numbers = [number for number in sorted(snapshot.settled) if not claimed >> number & 1]
        states = self._market.read_all([reads.round(snapshot.task_id, n) for n in numbers], snapshot.block)
        self._tell_unpaid(snapshot, dict(zip(numbers, states, strict=True)), seat)
        return [number for number, state in zip(numbers, states, strict=True) if _earned(state, seat)]

    def _tell_unpaid(self, snapshot: Snapshot, settled: Mapping[int, RoundState], seat: int) -> None:
        """Why there is no fee for a settled round in which this member voted with the quorum."""
        for number, state in settled.items():
            unpaid = state.matched_mask & ~state.earner_mask if snapshot.task.params.fee_per_round else 0
            if unpaid >> seat & 1:
                opened = state.opened_mask >> seat & 1
                why = "your work was not vouched for by t+1 members" if opened else "you opened no work"
                if self._reasons.is_news((snapshot.task_id, number, "no fee"), why):
                    log.warning("no fee", task=snapshot.task_id, round=number, why=why)

    def _has_expired_share(self, snapshot: Snapshot, seat: int) -> bool:
        state, number = snapshot.round, snapshot.task.round
        if snapshot.status is not Status.FAILED or state.revealed_at or state.submitted or not state.slash_share:
            return False
        claimed = self._market.claimed_rounds(snapshot.task_id, self._account, snapshot.block)
        return bool(state.voted_mask >> seat & 1) and not claimed >> number & 1

    def _note(self, snapshot: Snapshot, action: Action) -> None:
        """One line for each change of reason, and as a heartbeat while it stays the same."""
        reason = action.reason if isinstance(action, Wait) else type(action).__name__
        number, status = snapshot.task.round, snapshot.status.name.lower()
        # Who is not vouched for will ask why.
        doubts = {"not_vouched_for": dict(action.doubts)} if isinstance(action, Vote) and action.doubts else {}
        if self._reasons.is_news(snapshot.task_id, f"{number} {status} {reason}"):
            log.info(reason, task=snapshot.task_id, round=number, status=status, block=snapshot.block.number, **doubts)

    def _tell(self, snapshot: Snapshot, action: Action, receipt: Receipt | None) -> None:
        # Whatever comes next is news, also the same failure once more.
        self._reasons.forget((snapshot.task_id, "failed"))
        if receipt is None:
            return
        self._metrics.last_act.set_to_current_time()
        log.info(
            "sent",
            task=snapshot.task_id,
            round=snapshot.task.round,
            action=type(action).__name__,
            transaction=receipt.transaction_hash,
            gas=receipt.gas_used,
            cost_wei=receipt.cost_wei,
        )

    def _failed(self, say: Callable[..., Any], what: str, task_id: int, error: DeltaMLError) -> None:
        if self._reasons.is_news((task_id, "failed"), f"{what} {error}"):
            say(what, task=task_id, why=str(error))


def _earned(state: RoundState, seat: int) -> bool:
    """Whether a claim of this settled round pays the member: a share of slashes, or of the fee if he did his work.
    The market refuses a claim of nothing."""
    if not state.matched_mask >> seat & 1:
        return False
    return bool(state.slash_share or (state.fee_share and state.earner_mask >> seat & 1))
