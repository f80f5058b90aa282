"""Whom a member vouches for: those whose opened work he can't contradict, and nobody who made his up (R6a)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.protocol.actions import Action, CommitWork, OpenWork, Report, Vote, Wait
from deltaml.protocol.bitmap import from_bitmap, to_bitmap
from deltaml.protocol.messages import Work
from deltaml.protocol.stages import StageView
from deltaml.protocol.vouching import judge, vouches_of, with_vouches
from tests.python.protocol.board import Table
from tests.python.protocol.sealed.board import honest_table
from tests.python.protocol.test_round import UNITS, gone, make_table, played

pytestmark = pytest.mark.unit

Works = dict[int, Work]
Rounds = dict[str, StageView]
N_TRAINERS = len(UNITS)


@pytest.fixture(scope="module")
def rounds() -> Rounds:
    """A round of either kind that went well, as the member in seat 0 sees its end."""
    return {"open": played(make_table()).view(0), "sealed": honest_table().play().view(0)}


@pytest.fixture(params=["open", "sealed"])
def view(rounds: Rounds, request: pytest.FixtureRequest) -> StageView:
    return rounds[request.param]


@pytest.fixture
def works(view: StageView) -> Works:
    return dict(view.works)


def vouched(works: Works, seat: int = 0, opened: Sequence[int] = range(4)) -> int:
    return judge(4, seat, N_TRAINERS, opened, works).mask


def doubts(works: Works, seat: int = 0, opened: Sequence[int] = range(4)) -> dict[int, str]:
    found = judge(4, seat, N_TRAINERS, opened, works)
    assert found.mask == sum(1 << member for member in range(4) if member not in found.doubts)
    return dict(found.doubts)


def changed(work: Work, sets: Any = slice(None), trainers: Any = slice(None)) -> Work:
    """One bit off in these rows and columns."""
    openings = work.openings.copy()
    openings[sets, trainers, -1] ^= np.uint64(1)
    return replace(work, openings=openings)


def only(work: Work, trainers: Sequence[int]) -> Work:
    """True, about these trainers and no others."""
    return Work(work.header, to_bitmap(trainers, N_TRAINERS), work.openings[:, list(trainers)])


def test_honest_members_are_vouched_for_by_each_other(view: StageView, works: Works) -> None:
    assert all(len(from_bitmap(work.accepted, N_TRAINERS)) == N_TRAINERS for work in works.values())
    for seat in range(4):
        assert vouched(works, seat) == 0b1111
    assert (vouches_of(view).mask, vouches_of(view).doubts) == (0b1111, {})


@pytest.mark.parametrize("seat", range(4))
def test_made_up_work_is_vouched_for_by_nobody_else(works: Works, seat: int) -> None:
    works[1] = replace(works[1], openings=np.zeros_like(works[1].openings))
    assert vouched(works, seat) == 0b1101
    assert doubts(works, seat) == {1: "his masks of trainer 0 are not those that are known"}


@pytest.mark.parametrize("seat", range(4))
def test_true_masks_of_some_seeds_are_not_enough(works: Works, seat: int) -> None:
    for row in range(3):
        assert vouched({**works, 1: changed(works[1], sets=row)}, seat) == 0b1101


def test_one_bit_about_one_trainer_is_enough_to_be_doubted(works: Works) -> None:
    works[2] = changed(works[2], sets=1, trainers=3)
    assert doubts(works) == {2: "his masks of trainer 3 are not those that are known"}


def test_who_could_not_read_a_blob_is_vouched_for_and_who_read_none_is_not(works: Works) -> None:
    for spoken_for in ([0, 1, 2], [0, 2, 4], [0, 1, 2, 3]):
        assert vouched({**works, 3: only(works[3], spoken_for)}) == 0b1111
    for spoken_for in ([], [0], [1, 4]):
        found = doubts({**works, 3: only(works[3], spoken_for)})
        assert found == {3: f"his work is about {len(spoken_for)} of 5 agreed trainers, expected half of them"}


def test_what_is_said_of_a_trainer_who_does_not_count_is_not_held_against_anybody(works: Works) -> None:
    """Only seat 1 accepts trainer 4, and nobody can say whether he is right."""
    works = {seat: work if seat == 1 else only(work, [0, 1, 2, 3]) for seat, work in works.items()}
    works[1] = changed(works[1], trainers=4)
    assert [vouched(works, seat) for seat in range(4)] == [0b1111] * 4


def test_work_that_was_not_opened_or_can_not_be_read(works: Works) -> None:
    del works[1], works[3]
    assert doubts(works, opened=(0, 1, 2)) == {1: "his work can't be had or read", 3: "opened no work"}


def test_without_agreement_own_work_is_what_others_are_measured_by(works: Works) -> None:
    """Two of four opened; seeds that both hold have one report each when they differ."""
    both = {0: works[0], 1: works[1]}
    assert vouched(both, 0, (0, 1)) == vouched(both, 1, (0, 1)) == 0b0011
    lied = {0: works[0], 1: changed(works[1])}
    assert vouched(lied, 0, (0, 1)) == 0b0001
    assert vouched(lied, 2, (0, 1)) == 0b0011, "a third, who did no work, can't tell who is wrong"


def test_a_round_without_submissions_is_work_too(works: Works) -> None:
    empty = {seat: only(work, []) for seat, work in works.items()}
    assert vouched(empty) == 0b1111


def test_a_round_that_fewer_than_t_plus_1_accept_is_work_too(works: Works) -> None:
    alone = {seat: only(work, [] if seat else range(N_TRAINERS)) for seat, work in works.items()}
    assert vouched(alone) == 0b1111


def test_the_vote_says_it(view: StageView) -> None:
    vote = with_vouches(view, Vote(bytes([7]) * 32))
    assert vote == Vote(bytes([7]) * 32, 0b1111)
    waiting = Wait("others")
    assert with_vouches(view, waiting) is waiting


def votes_of(table: Table) -> dict[int, Vote]:
    return {seat: action for seat, action in table.log if isinstance(action, Vote)}


def make_up(action: Action) -> Action:
    """Words of the right shape; where two do so, the same ones."""
    if isinstance(action, CommitWork | OpenWork):
        words = np.random.default_rng(1).integers(0, 2**63, action.work.openings.shape, dtype=np.uint64)
        return replace(action, work=replace(action.work, openings=words))
    return action


@pytest.mark.parametrize(
    ("n", "liars", "expected"),
    [
        (4, {}, 0b1111),
        (4, {2: make_up}, 0b1011),
        (4, {2: gone}, 0b1011),
        (7, {0: make_up, 5: make_up}, 0b1011110),
        (7, {0: make_up, 5: gone}, 0b1011110),
    ],
)
def test_every_honest_vote_of_a_round_vouches_for_the_honest(
    n: int, liars: dict[int, Callable[[Action], Action | None]], expected: int
) -> None:
    table = played(make_table(n, liars))
    assert table.revealed is not None
    votes = {seat: vote for seat, vote in votes_of(table).items() if seat not in liars}
    assert votes and {vote.vouched for vote in votes.values()} == {expected}
    assert all(set(vote.doubts) == set(liars) for vote in votes.values())


def test_who_can_not_finish_still_judges_what_he_has_read(rounds: Rounds) -> None:
    """The others' quorum is taken over (`Ballot.last_word`), the vouches are his own."""
    seen: Any = rounds["open"]
    quorum = bytes([3]) * 32
    clock = replace(seen.ballot.clock, now=seen.ballot.clock.last_call_at)
    ballot = replace(seen.ballot, voted=frozenset({1, 2, 3}), quorum_hash=quorum, clock=clock)
    aborted = Report(Report.ABORTED, bytes(32), 0, b"")
    stuck = replace(seen, ballot=ballot, shares=[], works={seat: seen.works[seat] for seat in (0, 1, 2)})
    last_word = with_vouches(stuck, ballot.or_abort(Wait("score masks of others"), aborted))
    assert last_word == Vote(quorum, 0b0111)
