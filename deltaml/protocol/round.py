"""A round as a pure function: what a member of the committee should do now, given what he can see (design §5).

`decide` is called again on every tick with a fresh view of the chain and the posts; nothing is remembered between
calls, so a process may be killed and restarted at any moment. Whose turn it is follows from chain time: the member in
seat (round + k) mod n may act once k * turn_seconds have passed since the stage began.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.actions import (
    Action,
    CommitWork,
    OpenWork,
    PostShares,
    PostSums,
    Propose,
    PublishState,
    Report,
    Reveal,
    Vote,
    Wait,
)
from deltaml.protocol.bitmap import to_bitmap
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.hashes import report_hash
from deltaml.protocol.messages import Header, Proposal, ScoreShares, State, Sums, Work
from deltaml.protocol.opening import (
    Agreement,
    agree,
    agreed_bodies,
    hash_sum,
    open_scores,
    open_sum,
    score_shares,
    set_sums,
    work_openings,
)
from deltaml.protocol.score_tree import pack_scores
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stepping import (
    Step,
    Validation,
    check,
    finish,
    next_weights,
    propose,
    stand_still,
    summed_weights,
)
from deltaml.sealing import Committee, holder_sets

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
    that has a quorum and since when, and how long a turn lasts."""

    header: Header
    seat: int
    n: int
    clock: Clock
    turn_seconds: int
    voted: frozenset[int]
    quorum_hash: bytes | None
    quorum_at: int

    @property
    def place(self) -> int:
        """k: after how many turns this member may act in this round."""
        return self.place_of(self.seat)

    def place_of(self, seat: int) -> int:
        return (seat - self.header.round) % self.n

    def turns_since(self, stage_at: int, until: int | None = None) -> int:
        """How many turns have ended since a stage began; negative before it."""
        return ((self.clock.now if until is None else until) - stage_at) // self.turn_seconds

    def vote_or_reveal(self, report: Report, following: State | None) -> Action:
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
        last_word = self.vote_or_reveal(aborted, None)
        return action if isinstance(last_word, Wait) else last_word


@dataclass(frozen=True)
class Posted:
    """One announcement, decoded: who (seat), when (chain time), under which digest."""

    seat: int
    at: int
    digest: bytes
    message: Any


@dataclass(frozen=True, eq=False)
class RoundView:
    """Everything a member sees of the current round at one block.

    history: weights of earlier states, oldest first, ending with this round's. units: of each joined trainer. salt:
    secret, the same for a round after a restart (R6a). beacon: hash of the first block after the close. blobs: what the
    member could open; masked: every vector he could read, also of blobs he refused; pending: submitted blobs that he
    could not fetch yet. committed: seats; opened: seat -> when; works: seat -> opened and fetched work. sums, proposals
    and shares: in the order of their announcements.
    """

    ballot: Ballot
    spec: OpenSpec
    validation: Validation
    state: State
    history: Sequence[NDArray[np.int64]]
    units: Sequence[int]
    salt: bytes = field(repr=False)
    beacon: bytes | None
    blobs: Mapping[int, OpenedBlob]
    masked: Mapping[int, NDArray[np.uint64]]
    pending: frozenset[int]
    committed: frozenset[int]
    opened: Mapping[int, int]
    works: Mapping[int, Work]
    sums: Sequence[Posted]
    proposals: Sequence[Posted]
    shares: Sequence[Posted]
    state_published: bool
    memo: Memo = field(repr=False)

    @property
    def header(self) -> Header:
        return self.ballot.header

    @property
    def seat(self) -> int:
        return self.ballot.seat

    @property
    def n(self) -> int:
        return self.ballot.n

    @property
    def clock(self) -> Clock:
        return self.ballot.clock

    @property
    def header_key(self) -> tuple[int, int]:
        return self.header.task_id, self.header.round


def decide(view: RoundView) -> Action:
    """The one thing to do now."""
    clock = view.clock
    if clock.now < clock.closes_at:
        return _while_submitting(view)
    if view.seat not in view.committed and clock.now < clock.commit_ends_at:
        return _commit(view)
    if clock.now < clock.commit_ends_at:
        return Wait("others commit")
    if view.seat in view.committed and view.seat not in view.opened and clock.now < clock.open_ends_at:
        return OpenWork(_committed_work(view), view.salt)
    if set(view.opened) != view.committed and clock.now < clock.open_ends_at:
        return Wait("others open their work")
    if set(view.works) != set(view.opened) and clock.now < _stage_at(view) + view.spec.turn_seconds:
        return Wait("work of others can't be fetched yet")
    agreement = _agreement(view)
    if not set(agreement.summed) <= set(view.masked):
        return Wait("a blob that others accepted can't be read")
    if not agreement.summed:
        return _close(view, b"", *stand_still(view.state, agreement, len(view.units)))
    return _sum(view, agreement)


def _while_submitting(view: RoundView) -> Action:
    if not view.state_published and view.ballot.turns_since(view.clock.opened_at) > view.ballot.place:
        return PublishState(view.state)
    return Wait("trainers submit")


def _commit(view: RoundView) -> Action:
    half = view.clock.closes_at + (view.clock.commit_ends_at - view.clock.closes_at) // 2
    if view.beacon is None:
        return Wait("no block after the close yet")
    if view.pending and view.clock.now < half:
        return Wait("blobs can't be fetched yet")
    return CommitWork(_committed_work(view), view.salt)


def _stage_at(view: RoundView) -> int:
    """When the openings were over: at the last one if everybody who committed opened, else with the window."""
    if view.opened and set(view.opened) == view.committed:
        return max(view.opened.values())
    return view.clock.open_ends_at


def _committed_work(view: RoundView) -> Work:
    """What was committed must be opened, also when another blob has become available in between."""
    return view.memo.get((view.header_key, "committed work"), partial(_work, view))


def _work(view: RoundView) -> Work:
    assert view.beacon is not None, "a commitment exists only after the close"
    accepted = sorted(view.blobs)
    key = (view.header_key, "work", tuple(accepted), view.beacon)
    return view.memo.get(key, partial(_make_work, view, accepted, view.beacon))


def _make_work(view: RoundView, accepted: list[int], beacon: bytes) -> Work:
    openings = work_openings(view.n, view.seat, view.blobs, accepted, view.state.gradient, beacon)
    return Work(view.header, to_bitmap(accepted, len(view.units)), openings)


def _agreement(view: RoundView) -> Agreement:
    key = (view.header_key, "agreement", tuple(sorted(view.works)), tuple(sorted(view.masked)))
    compute = partial(
        agree,
        view.spec,
        view.n,
        len(view.units),
        view.masked,
        view.works,
        view.state.gradient,
        view.beacon or b"",
    )
    return view.memo.get(key, compute)


def _sum(view: RoundView, agreement: Agreement) -> Action:
    summed = to_bitmap(agreement.summed, len(view.units))
    posts = [post for post in view.sums if post.message.summed == summed]
    mine = [post.message for post in posts if post.seat == view.seat]
    bodies = agreed_bodies(
        view.n,
        {post.seat: post.message.hashes for post in posts},
        [(index, body) for post in posts for index, body in post.message.bodies.items()],
    )
    missing = set(range(len(holder_sets(view.n)))) - set(bodies)
    if not mine and any(post.seat == view.seat for post in view.sums):
        # The difference of two sums would be an update.
        return Wait("this member posted his sums for another set of trainers")
    due = {index for index in missing if _may_post_body(view, index)}
    posted_bodies = {index for message in mine for index in message.bodies}
    can_sum = set(agreement.summed) <= set(view.blobs)
    if can_sum and (not mine or due - posted_bodies):
        return _post_sums(view, agreement, summed, due)
    if missing:
        return Wait("mask sums of others")
    key = (view.header_key, "sum", summed)
    total = view.memo.get(key, partial(open_sum, view.n, view.masked, agreement.summed, view.units, bodies))
    return _step(view, agreement, summed, total)


def _may_post_body(view: RoundView, index: int) -> bool:
    holders = holder_sets(view.n)[index]
    if view.seat not in holders:
        return False
    k = (holders.index(view.seat) - view.header.round - index) % len(holders)
    return view.ballot.turns_since(_stage_at(view)) >= k


def _post_sums(view: RoundView, agreement: Agreement, summed: bytes, due: set[int]) -> Action:
    key = (view.header_key, "set sums", summed)
    held = Committee(view.n).sets_of(view.seat)
    sums = view.memo.get(
        key, partial(set_sums, view.blobs, agreement.summed, view.units, held, len(view.state.weights))
    )
    hashes = {index: hash_sum(body) for index, body in sums.items()}
    return PostSums(Sums(view.header, summed, hashes, {index: sums[index] for index in sorted(due & set(sums))}))


def _step(view: RoundView, agreement: Agreement, summed: bytes, total: NDArray[np.int64]) -> Action:
    units = sum(view.units[trainer] for trainer in agreement.summed)
    for post in view.proposals:
        if post.message.summed != summed or not _in_turn(view, post):
            continue
        step = _step_of(post.message)
        key = (view.header_key, "check", post.digest)
        compute = partial(check, view.spec, view.validation, view.history, total, units, step)
        if view.memo.get(key, compute) is None:
            return _score(view, agreement, total, post.digest, step)
    mine = any(post.seat == view.seat for post in view.proposals)
    if mine or view.ballot.place > view.ballot.turns_since(_stage_at(view)):
        return Wait("the proposal of another member")
    step = view.memo.get(
        (view.header_key, "propose", summed),
        partial(propose, view.spec, view.validation, view.history, total, units),
    )
    return Propose(Proposal(view.header, summed, *_fields(step)))


def _in_turn(view: RoundView, post: Posted) -> bool:
    return view.ballot.place_of(post.seat) <= view.ballot.turns_since(_stage_at(view), until=post.at)


def _fields(step: Step) -> tuple[Any, ...]:
    return (
        step.path_gradient,
        step.coefficients,
        step.gradient,
        step.loss_micro,
        step.metric_micro,
        step.progress_wad,
    )


def _step_of(proposal: Proposal) -> Step:
    return Step(
        proposal.path_gradient,
        proposal.coefficients,
        proposal.gradient,
        proposal.loss_micro,
        proposal.metric_micro,
        proposal.progress_wad,
    )


def _score(view: RoundView, agreement: Agreement, total: NDArray[np.int64], proposal: bytes, step: Step) -> Action:
    posts = {post.seat: post.message.values for post in view.shares if post.message.proposal == proposal}
    if view.seat not in posts and set(agreement.summed) <= set(view.blobs):
        held = Committee(view.n).sets_of(view.seat)
        compute = partial(score_shares, view.blobs, agreement.summed, held, step.path_gradient)
        values = view.memo.get((view.header_key, "shares", proposal), compute)
        return PostShares(ScoreShares(view.header, proposal, values))
    products = open_scores(view.n, view.masked, agreement.summed, posts, step.path_gradient)
    if products is None:
        return Wait("score masks of others")
    units = sum(view.units[trainer] for trainer in agreement.summed)
    reached = summed_weights(view.state.weights, total, units)
    weights = view.memo.get(
        (view.header_key, "weights", proposal),
        partial(next_weights, view.spec, reached, view.history, step.coefficients),
    )
    return _close(view, proposal, *finish(view.spec, view.state, weights, step, agreement, view.units, products))


def _close(view: RoundView, proposal: bytes, following: State, words: list[int]) -> Action:
    """Vote for the report and, once it has a quorum, reveal it when the turn comes.

    proposal: digest of the one that led here, empty when no sum was opened.
    """
    key = (view.header_key, "digest", proposal, tuple(words))
    digest = view.memo.get(key, lambda: following.document().digest)
    report = Report(Report.SCORED, digest, following.progress_wad, pack_scores(words))
    return view.ballot.vote_or_reveal(report, following)
