"""Every branch of the decisions by name: a view that leads to it, and a count that none is missing."""

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deltaml.protocol import actions
from deltaml.protocol.actions import Action, Report, Wait
from deltaml.protocol.ballot import Ballot, Clock, Memo
from deltaml.protocol.kinds import Kind
from deltaml.protocol.lifecycle import TaskView, decide_task
from deltaml.protocol.messages import Header
from deltaml.protocol.round import decide
from deltaml.protocol.sealed.round import decide as decide_sealed
from tests.python.protocol.board import Table
from tests.python.protocol.sealed.board import SealedTable, honest_table
from tests.python.protocol.test_round import make_table, updates_of

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
PROTOCOL = ROOT / "deltaml" / "protocol"
FILES = ("lifecycle.py", "stages.py", "ballot.py", "round.py", "sealed/round.py")
OWNERS_TESTS = ROOT / "tests" / "python" / "protocol" / "sealed" / "test_owner.py"
ACTIONS = {kind.__name__ for kind in actions.Action.__args__} - {"Wait"}
ABORTED = Report(Report.ABORTED, bytes(32), 0, b"")


def label(action: Action | None) -> str:
    return action.reason if isinstance(action, Wait) else type(action).__name__


# ---------------------------------------------------------------------- views of rounds that go well


@cache
def seen() -> dict[str, Any]:
    """The first view that led to each branch in a round of an open-model task in which nothing goes wrong."""
    table = make_table()
    for trainer, update in enumerate(updates_of(table)):
        table.submit(trainer, update)
    return first_views(table, decide)


@cache
def sealed_seen() -> dict[str, Any]:
    return first_views(honest_table(), decide_sealed)


def first_views(table: Table | SealedTable, decides: Callable[[Any], Action]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    # One member acts in a second, so that the others see what it is to wait.
    for _ in range(3_000):
        if isinstance(table, SealedTable):
            table._owner_acts()
        for seat in range(table.n):
            view = table.view(seat)
            action = decides(view)
            found.setdefault(label(action), view)
            if not isinstance(action, Wait) and table.now % table.n == seat:
                table._do(seat, action)
        table.now += 1
        if table.revealed:
            return found
    raise AssertionError("the round came to no end")


def at(view: Any, now: int, **changes: Any) -> Any:
    """The view at another time, nothing computed yet."""
    ballot = replace(view.ballot, clock=replace(view.clock, now=now))
    return replace(view, ballot=ballot, memo=Memo(), **changes)


def voted(view: Any, **changes: Any) -> Any:
    return replace(view, ballot=replace(view.ballot, **changes))


def without(mapping: Any, key: Any) -> Any:
    return {k: value for k, value in mapping.items() if k != key}


def after_own_sums() -> Any:
    """A member who has posted his sums."""
    view = seen()["mask sums of others"]
    assert any(post.seat == view.seat for post in view.sums)
    return view


def posted_for_another_set() -> Any:
    view = after_own_sums()
    sums = [
        replace(post, message=replace(post.message, summed=b"\x03")) if post.seat == view.seat else post
        for post in view.sums
    ]
    return replace(view, sums=sums)


OPEN: dict[str, Callable[[], Any]] = {
    "trainers submit": lambda: at(seen()["CommitWork"], 999),
    "PublishState": lambda: at(seen()["CommitWork"], 999, state_published=False),
    "no block after the close yet": lambda: replace(seen()["CommitWork"], beacon=None),
    "blobs can't be fetched yet": lambda: replace(seen()["CommitWork"], pending=frozenset({0})),
    "CommitWork": lambda: seen()["CommitWork"],
    "others commit": lambda: replace(seen()["CommitWork"], committed=frozenset({0, 1, 2})),
    "OpenWork": lambda: seen()["OpenWork"],
    "others open their work": lambda: seen()["others open their work"],
    "work of others can't be fetched yet": lambda: replace(
        seen()["PostSums"], works=without(seen()["PostSums"].works, 3)
    ),
    "a blob that others accepted can't be read": lambda: replace(
        seen()["PostSums"], masked=without(seen()["PostSums"].masked, 1), memo=Memo()
    ),
    "mask sums that this member posted can't be read now": lambda: replace(
        after_own_sums(), sums=[], announced={Kind.SUMS: 1}
    ),
    "this member posted his sums for another set of trainers": posted_for_another_set,
    "PostSums": lambda: seen()["PostSums"],
    "mask sums of others": after_own_sums,
    "Propose": lambda: seen()["Propose"],
    "the proposal of another member": lambda: voted(seen()["Propose"], seat=3),
    "PostShares": lambda: seen()["PostShares"],
    "score masks of others": lambda: seen()["score masks of others"],
    "Vote": lambda: seen()["Vote"],
    "votes of others": lambda: seen()["votes of others"],
    "the quorum voted for another report than mine": lambda: voted(seen()["Reveal"], quorum_hash=bytes(32)),
    "another member's turn to reveal": lambda: voted(seen()["Reveal"], quorum_at=seen()["Reveal"].clock.now + 1),
    "Reveal": lambda: seen()["Reveal"],
}

SEALED: dict[str, Callable[[], Any]] = {
    "a blob that others accepted can't be read": lambda: replace(
        sealed_seen()["PostSums"], masked=without(sealed_seen()["PostSums"].masked, 1), memo=Memo()
    ),
    "the owner's openings": lambda: replace(sealed_seen()["PostSums"], owner_openings=[], memo=Memo()),
    "the owner's step": lambda: replace(sealed_seen()["PostShares"], steps=[], memo=Memo()),
    "PostShares": lambda: sealed_seen()["PostShares"],
    "score masks of others": lambda: sealed_seen()["score masks of others"],
}

JOINING = TaskView(
    now=1_000, seat=0, n=4, status="joining", trainer_count=3, min_trainers=3, join_ends_at=1_000, expires_at=0,
    revealed=False, final_at={}, unsettled=0, unclaimed=(), expired_share=False, closed=False,
)  # fmt: skip
TRAINING = replace(JOINING, status="training", now=5_000, expires_at=5_000)
FINAL = replace(TRAINING, status="final", now=9_000, revealed=True)

TASK: dict[str, TaskView] = {
    "trainers join": replace(JOINING, now=999),
    "another member's turn to start or cancel": replace(JOINING, seat=1),
    "StartTask": JOINING,
    "CancelTask": replace(JOINING, trainer_count=2),
    "ExpireTask": TRAINING,
    "another member's turn to expire the task": replace(TRAINING, seat=1),
    "SettleRound": replace(TRAINING, revealed=True, final_at={0: 5_000}),
    "rounds become final": replace(FINAL, unsettled=1),
    "CloseTask": FINAL,
    "another member's turn to close the task": replace(FINAL, seat=1),
    "ClaimExpired": replace(FINAL, closed=True, expired_share=True),
    "ClaimFees": replace(FINAL, closed=True, unclaimed=(0,)),
    "the task is over": replace(FINAL, closed=True),
}


def ballot(now: int, **changes: Any) -> Ballot:
    clock = Clock(now, 900, 1_000, 1_160, 1_320, 3_000)
    header = Header(1, bytes(20), 1, 0, bytes(20))
    values: dict[str, Any] = {"seat": 0, "n": 4, "turn_seconds": 20, "voted": frozenset(), "quorum_hash": None}
    return Ballot(header=header, clock=clock, quorum_at=0, **(values | changes))


BALLOT: dict[str, Callable[[], Action]] = {
    # Only a task that is broken from the start is voted on before its round closes.
    "voting has not begun": lambda: ballot(999).vote_or_reveal(ABORTED, None),
    "Vote": lambda: ballot(2_900, quorum_hash=bytes(32)).or_abort(Wait("the owner's step"), ABORTED),
    "votes of others": lambda: ballot(2_900, voted=frozenset({0})).vote_or_reveal(ABORTED, None),
}


@pytest.mark.parametrize("branch", OPEN)
def test_open_rounds(branch: str) -> None:
    assert label(decide(OPEN[branch]())) == branch


@pytest.mark.parametrize("branch", SEALED)
def test_sealed_rounds(branch: str) -> None:
    assert label(decide_sealed(SEALED[branch]())) == branch


@pytest.mark.parametrize("branch", TASK)
def test_around_the_rounds(branch: str) -> None:
    assert label(decide_task(TASK[branch])) == branch


@pytest.mark.parametrize("branch", BALLOT)
def test_ballots(branch: str) -> None:
    assert label(BALLOT[branch]()) == branch


def test_a_quorum_is_what_a_member_who_waits_votes_for_at_the_last_call() -> None:
    action = ballot(2_900, quorum_hash=b"\x05" * 32).or_abort(Wait("the owner's step"), ABORTED)
    assert action == actions.Vote(b"\x05" * 32)


# ---------------------------------------------------------------------- none is missing


def branches(file: Path) -> set[str]:
    """What the code of a decision can answer: reasons to wait, and actions."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Wait":
                texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                assert texts and all(isinstance(text, str) for text in texts), f"{file}: a reason that can't be named"
                found |= set(texts)
            elif node.func.id in ACTIONS:
                found.add(node.func.id)
    return found


def test_no_branch_is_missing() -> None:
    written = {file: branches(PROTOCOL / file) for file in FILES}
    tested = {
        "lifecycle.py": set(TASK),
        "stages.py": set(OPEN),
        "ballot.py": set(OPEN) | set(BALLOT),
        "round.py": set(OPEN),
        "sealed/round.py": set(SEALED),
    }
    assert {file: written[file] - tested[file] for file in FILES} == {file: set() for file in FILES}
    everything = set().union(*written.values())
    assert set(OPEN) | set(SEALED) | set(TASK) | set(BALLOT) == everything, "a branch that no longer exists"


def test_no_branch_of_the_owner_is_missing() -> None:
    text = OWNERS_TESTS.read_text("utf-8")
    written = branches(PROTOCOL / "sealed" / "owner.py") | {"ShowOpenings", "TakenStep"}
    assert len(written) == 7 and not [branch for branch in written if branch not in text]
