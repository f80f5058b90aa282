"""A round of a sealed-model task as a pure function: what a member of the committee should do now.

Like `protocol.round`, with the owner's two posts in between. What he announces after the last call is not looked at,
so that all members see the same, and his silence is told from the committee's own by when he could have acted (R7).

A round that is stuck at the last call, though the owner has had his time, is his fault whatever a member sees of it: he
may have sealed a post to some of them only, and as long as no more than t members fail nothing else can hold it up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.actions import Action, PostShares, Report, Wait
from deltaml.protocol.ballot import Clock, Posted
from deltaml.protocol.bitmap import to_bitmap
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import ScoreShares
from deltaml.protocol.opening import candidates
from deltaml.protocol.score_tree import pack_scores
from deltaml.protocol.sealed.finishing import finish, stalled, stand_still
from deltaml.protocol.sealed.messages import OwnerOpenings, OwnerStep, SealedState
from deltaml.protocol.sealed.opening import (
    SealedAgreement,
    agree,
    check_directions,
    open_scores,
    openings_hold,
    score_shares,
    set_sums,
    step_holds,
    work_openings,
)
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.stages import StageView, agreed_at, bodies_of, sums_due, until_work_is_open
from deltaml.protocol.vouching import with_vouches
from deltaml.sealing import Committee
from deltaml.storage import StoredVector


@dataclass(frozen=True, eq=False, kw_only=True)
class SealedView(StageView):
    """Everything a member sees of the current round of a sealed-model task at one block.

    owner_openings and steps: the owner's posts, in the order of their announcements; of steps only those whose model
    could be read.
    """

    spec: SealedSpec
    state: SealedState
    blobs: Mapping[int, OpenedBlob]
    masked: Mapping[int, StoredVector]
    owner_openings: Sequence[Posted]
    steps: Sequence[Posted]


def owner_patience(clock: Clock) -> int:
    """Seconds the owner has for each of his posts before the last call; who is waited for longer has stalled."""
    return (clock.vote_ends_at - clock.open_ends_at) // 4


def decide(view: SealedView) -> Action:
    """The one thing to do now. Raises Unavailable when a blob that was read before can't be had any more."""
    return with_vouches(view, _decide(view))


def _decide(view: SealedView) -> Action:
    early = until_work_is_open(view, partial(_openings, view))
    if early is not None:
        return early
    bitmaps = [work.accepted for work in view.works.values()]
    accepted = candidates(view.n, len(view.units), bitmaps)
    if not set(accepted) <= set(view.masked):
        return Wait("a blob that others accepted can't be read")
    if len(accepted) < view.spec.min_updates:
        return _stand_still(view, accepted)
    openings = _owner_openings(view, accepted)
    if openings is None:
        return _or_stalled(view, Wait("the owner's openings"), accepted, view.opened_at)
    agreement = _agreement(view, openings)
    if not agreement.summed:
        return _stand_still(view, agreement.accepted)
    return _sum(view, agreement, accepted)


def _openings(view: SealedView, accepted: list[int], beacon: bytes) -> NDArray[np.uint64]:
    return work_openings(view.spec, view.n, view.seat, view.blobs, accepted, beacon)


def _stand_still(view: SealedView, accepted: Sequence[int]) -> Action:
    progress_wad = view.ballot.progress_wad(view.state.progress_wad)
    return _close(view, *stand_still(view.state, progress_wad, accepted, len(view.units)))


def _owner_openings(view: SealedView, wanted: Sequence[int]) -> OwnerOpenings | None:
    for post in _in_time(view, view.owner_openings):
        key = (view.header_key, "openings hold", post.digest, tuple(wanted))
        compute = partial(openings_hold, view.spec, view.masked, post.message, wanted, _directions(view))
        if view.memo.get(key, compute):
            found: OwnerOpenings = post.message
            return found
    return None


def _directions(view: SealedView) -> NDArray[np.int64]:
    beacon = view.beacon or b""
    return view.memo.get((view.header_key, "directions", beacon), partial(check_directions, view.spec, beacon))


def _agreement(view: SealedView, openings: OwnerOpenings) -> SealedAgreement:
    key = (view.header_key, "agreement", tuple(sorted(view.works)), tuple(sorted(openings.openings)))
    units = len(view.units)
    return view.memo.get(key, partial(agree, view.spec, view.n, units, view.works, openings, _directions(view)))


def _sum(view: SealedView, agreement: SealedAgreement, submitted: Sequence[int]) -> Action:
    summed = to_bitmap(agreement.summed, len(view.units))
    bodies = bodies_of(view, summed)
    held = Committee(view.n).sets_of(view.seat)
    due = sums_due(view, summed, bodies, partial(set_sums, view.spec, view.blobs, agreement.summed, view.units, held))
    if due is not None:
        return _or_stalled(view, due, submitted, view.opened_at)
    since = view.memo.get((view.header_key, "sums agreed at", summed), partial(agreed_at, view, summed))
    for post in _in_time(view, view.steps):
        if post.message.summed != summed:
            continue
        key = (view.header_key, "step holds", post.digest)
        if view.memo.get(key, partial(step_holds, view.spec, view.masked, post.message, agreement.summed)):
            return _or_stalled(view, _score(view, agreement, post.digest, post.message), submitted, since)
    return _or_stalled(view, Wait("the owner's step"), submitted, since)


def _in_time(view: SealedView, posts: Sequence[Posted]) -> list[Posted]:
    return [post for post in posts if post.at < view.clock.last_call_at]


def _or_stalled(view: SealedView, action: Action, submitted: Sequence[int], since: int) -> Action:
    """`action`, but who still waits at the last call for what the owner could have moved since then says he stalled."""
    clock = view.clock
    patient = clock.last_call_at - since >= owner_patience(clock)
    if not isinstance(action, Wait) or clock.now < clock.last_call_at or not patient:
        return action
    progress_wad = view.ballot.progress_wad(view.state.progress_wad)
    scores = pack_scores(stalled(submitted, view.units))
    report = Report(Report.OWNER_STALLED, view.state.document().digest, progress_wad, scores)
    last_word = view.ballot.last_word(report)
    return action if isinstance(last_word, Wait) else last_word


def _score(view: SealedView, agreement: SealedAgreement, digest: bytes, step: OwnerStep) -> Action:
    posts = {post.seat: post.message.values for post in view.shares if post.message.proposal == digest}
    # One direction a round: shares along two would open two numbers about each trainer. Those for a step whose blocks
    # are gone can't be read, but were posted.
    if not any(post.seat == view.seat for post in view.shares) and not view.has_unread(Kind.SHARES, view.shares):
        held = Committee(view.n).sets_of(view.seat)
        compute = partial(score_shares, view.spec, view.blobs, agreement.summed, held, step.direction)
        values = view.memo.get((view.header_key, "shares", digest), compute)
        if values:
            return PostShares(ScoreShares(view.header, digest, values))
    products = open_scores(view.spec, view.n, step, agreement.summed, posts)
    if products is None:
        return Wait("score masks of others")
    progress_wad = view.ballot.progress_wad(view.state.progress_wad)
    following, words = finish(view.spec, view.state, step.model, progress_wad, agreement, view.units, products)
    return _close(view, following, words)


def _close(view: SealedView, following: SealedState, words: list[int]) -> Action:
    report = Report(Report.SCORED, following.document().digest, following.progress_wad, pack_scores(words))
    return view.ballot.vote_or_reveal(report, following)
