"""A round of an open-model task as a pure function: what a member of the committee should do now (design §5).

`decide` is called again on every tick with a fresh view of the chain and the posts; nothing is remembered between
calls, so a process may be killed and restarted at any moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.actions import Action, PostShares, Propose, Report, Wait
from deltaml.protocol.ballot import Posted
from deltaml.protocol.bitmap import to_bitmap
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.messages import Proposal, ScoreShares, State
from deltaml.protocol.opening import (
    Agreement,
    agree,
    can_open,
    candidates,
    masked_checks,
    masked_scores,
    open_scores,
    open_sum,
    score_masks,
    score_shares,
    set_sums,
    work_openings,
)
from deltaml.protocol.score_tree import pack_scores
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stages import StageView, bodies_of, sums_due, until_work_is_open
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
from deltaml.protocol.vouching import with_vouches
from deltaml.sealing import Committee
from deltaml.storage import StoredVector


@dataclass(frozen=True, eq=False, kw_only=True)
class RoundView(StageView):
    """Everything a member sees of the current round of an open-model task at one block.

    masked: uint64[d] of every vector he could read, left in the store. history: weights of earlier states, oldest
    first, ending with this round's. proposals: in the order of their announcements.
    """

    spec: OpenSpec
    state: State
    blobs: Mapping[int, OpenedBlob]
    masked: Mapping[int, StoredVector]
    validation: Validation
    history: Sequence[NDArray[np.int64]]
    proposals: Sequence[Posted]


def decide(view: RoundView) -> Action:
    """The one thing to do now. Raises Unavailable when a blob that was read before can't be had any more."""
    return with_vouches(view, _decide(view))


def _decide(view: RoundView) -> Action:
    early = until_work_is_open(view, partial(_openings, view))
    if early is not None:
        return early
    wanted = candidates(view.n, len(view.units), (work.accepted for work in view.works.values()))
    if not set(wanted) <= set(view.masked):
        return Wait("a blob that others accepted can't be read")
    agreement = _agreement(view, wanted)
    if not agreement.summed:
        return _close(view, b"", *stand_still(view.state, agreement, len(view.units)))
    return _sum(view, agreement)


def _openings(view: RoundView, accepted: list[int], beacon: bytes) -> NDArray[np.uint64]:
    return work_openings(view.n, view.seat, view.blobs, accepted, view.state.gradient, beacon)


def _agreement(view: RoundView, wanted: tuple[int, ...]) -> Agreement:
    key = (view.header_key, "agreement", tuple(sorted(view.works)), wanted)
    return view.memo.get(key, partial(_agree, view, wanted))


def _agree(view: RoundView, wanted: tuple[int, ...]) -> Agreement:
    gradient, beacon = view.state.gradient, view.beacon or b""
    # Others' work may come in later; it changes who counts, not what their vectors say.
    key = (view.header_key, "masked checks", beacon, wanted)
    checks = view.memo.get(key, partial(masked_checks, view.masked, wanted, gradient, beacon))
    return agree(view.spec, view.n, len(view.units), checks, view.works, gradient)


def _sum(view: RoundView, agreement: Agreement) -> Action:
    summed = to_bitmap(agreement.summed, len(view.units))
    bodies = bodies_of(view, summed)
    due = sums_due(view, summed, bodies, partial(_set_sums, view, agreement))
    if due is not None:
        return due
    key = (view.header_key, "sum", summed)
    total = view.memo.get(key, partial(open_sum, view.n, view.masked, agreement.summed, view.units, bodies))
    return _step(view, agreement, summed, total)


def _set_sums(view: RoundView, agreement: Agreement) -> dict[int, NDArray[np.uint64]]:
    held = Committee(view.n).sets_of(view.seat)
    return set_sums(view.blobs, agreement.summed, view.units, held, len(view.state.weights))


def _step(view: RoundView, agreement: Agreement, summed: bytes, total: NDArray[np.int64]) -> Action:
    units = sum(view.units[trainer] for trainer in agreement.summed)
    compute_mine = partial(propose, view.spec, view.validation, view.history, total, units)
    propose_key = (view.header_key, "propose", summed)
    for post in view.proposals:
        if post.message.summed != summed or not _in_turn(view, post):
            continue
        step = _step_of(post.message)
        key = (view.header_key, "check", post.digest)
        mine = view.memo.get(propose_key, compute_mine)
        compute = partial(check, view.spec, view.validation, view.history, total, units, mine, step)
        if view.memo.get(key, compute) is None:
            return _score(view, agreement, total, post.digest, step)
    proposed = any(post.seat == view.seat for post in view.proposals)
    if proposed or view.ballot.place > view.ballot.turns_since(view.opened_at):
        return Wait("the proposal of another member")
    return Propose(Proposal(view.header, summed, *_fields(view.memo.get(propose_key, compute_mine))))


def _in_turn(view: RoundView, post: Posted) -> bool:
    return view.ballot.place_of(post.seat) <= view.ballot.turns_since(view.opened_at, until=post.at)


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
    if view.seat not in posts and can_open(view.blobs, agreement.summed):
        held = Committee(view.n).sets_of(view.seat)
        compute = partial(score_shares, view.blobs, agreement.summed, held, step.path_gradient)
        values = view.memo.get((view.header_key, "shares", proposal), compute)
        return PostShares(ScoreShares(view.header, proposal, values))
    masks = score_masks(view.n, posts)
    if masks is None:
        return Wait("score masks of others")
    masked = view.memo.get(
        (view.header_key, "masked scores", proposal),
        partial(masked_scores, view.masked, agreement.summed, step.path_gradient),
    )
    products = open_scores(masked, masks, agreement.summed)
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
    progress_wad = view.ballot.progress_wad(following.progress_wad)
    report = Report(Report.SCORED, digest, progress_wad, pack_scores(words))
    return view.ballot.vote_or_reveal(report, following)
