"""The stages that rounds of open and of sealed models share: publish, commit, open, add up the masks (design §5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.actions import Action, CommitWork, OpenWork, PostSums, Publishable, PublishState, Wait
from deltaml.protocol.ballot import Ballot, Clock, Memo, Posted
from deltaml.protocol.bitmap import to_bitmap
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Header, Sums, Work
from deltaml.protocol.opening import agreed_bodies, hash_sum
from deltaml.protocol.spec import TaskSpec
from deltaml.sealing import Committee, holder_sets

Uint64Array = NDArray[np.uint64]


class Opened(Protocol):
    """A blob as far as a member can open it."""

    @property
    def seeds(self) -> Mapping[int, bytes]: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class StageView:
    """What a member sees of the current round at one block, whatever the kind of task.

    units: of each joined trainer. salt: secret, the same for a round after a restart (R6a). beacon: hash of the first
    block after the close. blobs: what the member could open; masked: everything he could read, also of blobs he
    refused; pending: submitted blobs that he could not fetch yet. committed: seats; opened: seat -> when; works: seat
    -> opened and fetched work. sums and shares: in the order of their announcements. announced: how many posts of each
    kind this member announced on chain, whether they can be fetched or not.
    """

    ballot: Ballot
    spec: TaskSpec
    state: Publishable
    units: Sequence[int]
    salt: bytes = field(repr=False)
    beacon: bytes | None
    blobs: Mapping[int, Opened]
    masked: Mapping[int, Any]
    pending: frozenset[int]
    committed: frozenset[int]
    opened: Mapping[int, int]
    works: Mapping[int, Work]
    sums: Sequence[Posted]
    shares: Sequence[Posted]
    state_published: bool
    memo: Memo = field(repr=False)
    announced: Mapping[Kind, int] = field(default_factory=dict)

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

    def has_unread(self, kind: Kind, posts: Sequence[Posted]) -> bool:
        """Whether this member announced more of a kind than can be read now. What he opened before, he must know."""
        return self.announced.get(kind, 0) > sum(post.seat == self.seat for post in posts)

    @property
    def opened_at(self) -> int:
        """When the openings were over: at the last one if everybody who committed opened, else with the window."""
        if self.opened and set(self.opened) == self.committed:
            return max(self.opened.values())
        return self.clock.open_ends_at


MakeOpenings = Callable[[list[int], bytes], Uint64Array]
"""(accepted trainers, beacon) -> a member's masks of what is opened about each update before the sum."""


def until_work_is_open(view: StageView, make_openings: MakeOpenings) -> Action | None:
    """What to do until all work is open and fetched; None from then on."""
    clock = view.clock
    if clock.now < clock.closes_at:
        return _while_submitting(view)
    if view.seat not in view.committed and clock.now < clock.commit_ends_at:
        return _commit(view, make_openings)
    if clock.now < clock.commit_ends_at:
        return Wait("others commit")
    if view.seat in view.committed and view.seat not in view.opened and clock.now < clock.open_ends_at:
        return OpenWork(_committed_work(view, make_openings), view.salt)
    if set(view.opened) != view.committed and clock.now < clock.open_ends_at:
        return Wait("others open their work")
    if _lacks_work(view):
        return Wait("work of others can't be fetched yet")
    return None


def _lacks_work(view: StageView) -> bool:
    """Whether to go on looking for opened work: for a turn, and for as long as more is missing than t members may have
    withheld. Blocks are out of reach then, and trainers whom too few speak for would pay for it."""
    if set(view.works) == set(view.opened):
        return False
    in_time = view.clock.now < view.opened_at + view.spec.turn_seconds
    return in_time or len(view.works) < min(len(view.opened), view.n - Committee(view.n).t)


def _while_submitting(view: StageView) -> Action:
    if not view.state_published and view.ballot.turns_since(view.clock.opened_at) > view.ballot.place:
        return PublishState(view.state)
    return Wait("trainers submit")


def _commit(view: StageView, make_openings: MakeOpenings) -> Action:
    half = view.clock.closes_at + (view.clock.commit_ends_at - view.clock.closes_at) // 2
    if view.beacon is None:
        return Wait("no block after the close yet")
    if view.pending and view.clock.now < half:
        return Wait("blobs can't be fetched yet")
    return CommitWork(_committed_work(view, make_openings), view.salt)


def _committed_work(view: StageView, make_openings: MakeOpenings) -> Work:
    """What was committed must be opened, also when another blob has become available in between."""
    return view.memo.get((view.header_key, "committed work"), partial(_work, view, make_openings))


def _work(view: StageView, make_openings: MakeOpenings) -> Work:
    assert view.beacon is not None, "a commitment exists only after the close"
    accepted = sorted(view.blobs)
    openings = make_openings(accepted, view.beacon)
    return Work(view.header, to_bitmap(accepted, len(view.units)), openings)


def bodies_of(view: StageView, summed: bytes) -> dict[int, Uint64Array]:
    """The mask sums of a set of trainers (bitmap) that are agreed and posted so far."""
    return bodies_among([post for post in view.sums if post.message.summed == summed], view.n)


def bodies_among(posts: Sequence[Posted], n: int) -> dict[int, Uint64Array]:
    return agreed_bodies(
        n,
        {post.seat: post.message.hashes for post in posts},
        [(index, body) for post in posts for index, body in post.message.bodies.items()],
    )


def agreed_at(view: StageView, summed: bytes) -> int:
    """When the last mask sum that was needed arrived. Whoever posts his again does not put it off."""
    posts = [post for post in view.sums if post.message.summed == summed]
    n_sets = len(holder_sets(view.n))
    return next(
        (posts[k].at for k in range(len(posts)) if len(bodies_among(posts[: k + 1], view.n)) == n_sets),
        posts[-1].at,
    )


def sums_due(
    view: StageView,
    summed: bytes,
    bodies: Mapping[int, Uint64Array],
    compute: Callable[[], dict[int, Uint64Array]],
) -> Action | None:
    """What to do until the mask sums of every holder set are agreed; None from then on.

    compute: this member's mask sums for the set, empty when he can't open all of its blobs.
    """
    mine = [post.message for post in view.sums if post.seat == view.seat and post.message.summed == summed]
    missing = set(range(len(holder_sets(view.n)))) - set(bodies)
    if view.has_unread(Kind.SUMS, view.sums):
        return Wait("mask sums that this member posted can't be read now")
    if not mine and any(post.seat == view.seat for post in view.sums):
        # The difference of two sums would be an update.
        return Wait("this member posted his sums for another set of trainers")
    due = {index for index in missing if _may_post_body(view, index)}
    posted_bodies = {index for message in mine for index in message.bodies}
    if not mine or due - posted_bodies:
        sums = view.memo.get((view.header_key, "set sums", summed), compute)
        if sums:
            hashes = {index: hash_sum(body) for index, body in sums.items()}
            shown = {index: sums[index] for index in sorted(due & set(sums))}
            return PostSums(Sums(view.header, summed, hashes, shown))
    return Wait("mask sums of others") if missing else None


def _may_post_body(view: StageView, index: int) -> bool:
    holders = holder_sets(view.n)[index]
    if view.seat not in holders:
        return False
    k = (holders.index(view.seat) - view.header.round - index) % len(holders)
    return view.ballot.turns_since(view.opened_at) >= k
