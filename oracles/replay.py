"""`python -m oracles replay`: a past round derived again from what was posted, beside what the chain says of it.

Nothing is computed here: the view of the round is given to the same pure decision that members vote by.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from deltaml.board import Snapshot, StateReader, TaskReader
from deltaml.chain import Market
from deltaml.chain.events import QuorumReached, RoundRevealed
from deltaml.chain.types import Outcome, SeatState
from deltaml.errors import InvalidInput
from deltaml.protocol.actions import Report, Wait
from deltaml.protocol.ballot import Memo
from deltaml.protocol.hashes import report_hash
from deltaml.protocol.score_tree import HARMFUL, MISSED, merkle_root, score_leaves, unpack_scores
from deltaml.protocol.vouching import vouches_of
from deltaml.sealing import Identity
from deltaml.storage import Store, cid_from_digest, digest_of
from oracles.derivation import derive
from oracles.evidence import EvidenceRoom
from oracles.settings import Settings
from oracles.view import BrokenTask, ViewBuilder

SHOWN_SCORES = 12


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    derived: str
    on_chain: str

    @property
    def agrees(self) -> bool:
        return self.derived == self.on_chain


def replay(settings: Settings, task_id: int, number: int) -> bool:
    """Prints a table; True when everything agrees. Raises InvalidInput for a round not revealed, Unavailable."""
    connection = settings.connection
    market, store, identity = connection.market(), connection.store(), connection.identity()
    snapshot = TaskReader(market).snapshot(task_id, market.chain.head(settings.confirmations))
    rows, remark = compare(market, store, identity, snapshot, number)
    table = Table("", "derived", "on chain", "", title=f"Task {task_id}, round {number}")
    for row in rows:
        table.add_row(row.what, row.derived, row.on_chain, "[green]✓[/green]" if row.agrees else "[red]✗[/red]")
    console = Console()
    console.print(table)
    if remark:
        console.print(remark, markup=False)
    return all(row.agrees for row in rows)


def compare(market: Market, store: Store, identity: Identity, snapshot: Snapshot, number: int) -> tuple[list[Row], str]:
    """The table, and what else is to be said."""
    revealed = snapshot.reveals.get(number)
    if revealed is None:
        known = ", ".join(map(str, sorted(snapshot.reveals))) or "none"
        raise InvalidInput(f"round {number} of task {snapshot.task_id} is not revealed; revealed are: {known}")
    rows = public_rows(snapshot, revealed)
    seats = market.seats(snapshot.task.params.committee_id, snapshot.block)
    if identity.recipient not in {seat.recipient for seat in seats}:
        return rows, (
            "This identity is no member's. What members posted is sealed to the committee, so only what is public was "
            "compared."
        )
    then = snapshot.for_round(number, market.round(snapshot.task_id, number, snapshot.block))
    me = next(index for index, seat in enumerate(seats) if seat.recipient == identity.recipient)
    evidence, states = EvidenceRoom(store, identity), StateReader(store, identity)
    views = ViewBuilder(market.chain, store, identity, seats[me].account, evidence, states, bytes(32))
    rows.extend(vouched_rows(views, then, seats, me))
    derived = derive(views, then, seats, me, Memo())
    if isinstance(derived, Wait):
        if revealed.outcome is Outcome.ABORTED:
            return rows, f"The round was aborted, and indeed nothing can be derived: {derived.reason}."
        return [*rows, Row("report", f"can't be derived: {derived.reason}", "there is one")], ""
    return rows + derived_rows(derived.report, revealed), ""


def vouched_rows(views: ViewBuilder, then: Snapshot, seats: tuple[SeatState, ...], me: int) -> list[Row]:
    """Whose work the member in seat `me` finds right, and who was vouched for by t + 1 voters. None for a task that no
    committee can work on."""
    try:
        material = views.material(then, seats)
    except BrokenTask:
        return []
    found = vouches_of(views.round_view(then, seats, me, material))
    return [Row("members whose work is right", _members(found.mask), _members(then.round.vouched_mask))]


def public_rows(snapshot: Snapshot, revealed: RoundRevealed) -> list[Row]:
    """What anybody can check: the report is the one that has the quorum, and claims are against its scores."""
    where, task_id, number = snapshot.deployment, snapshot.task_id, revealed.round
    shown = report_hash(
        where.chain_id,
        where.market,
        task_id,
        number,
        revealed.outcome,
        revealed.model_digest,
        revealed.progress_wad,
        revealed.scores,
    )
    quorum = [event.report_hash.hex() for event in snapshot.of_round(QuorumReached, number)]
    rows = [Row("hash with the quorum", shown.hex(), quorum[-1] if quorum else "none")]
    scores = unpack_scores(revealed.scores)
    if scores:
        root = merkle_root(score_leaves(where.chain_id, where.market, task_id, number, scores))
        rows.append(Row("root of the scores", root.hex(), revealed.root.hex()))
    return rows


def derived_rows(report: Report, revealed: RoundRevealed) -> list[Row]:
    """Outcome, accepted trainers, model, progress and scores."""
    mine, theirs = unpack_scores(report.scores), unpack_scores(revealed.scores)

    def row(what: str, show: Callable[[Any], str], derived: Any, on_chain: Any) -> Row:
        return Row(what, show(derived), show(on_chain))

    return [
        row("outcome", lambda value: Outcome(value).name.lower(), report.outcome, revealed.outcome),
        row("accepted trainers", _accepted, mine, theirs),
        row("next model", cid_from_digest, report.model_digest, revealed.model_digest),
        row("progress (1e18)", str, report.progress_wad, revealed.progress_wad),
        row("scores", _scores, report.scores, revealed.scores),
    ]


def _members(mask: int) -> str:
    return ", ".join(str(seat) for seat in range(mask.bit_length()) if mask >> seat & 1) or "none"


def _accepted(words: Sequence[int]) -> str:
    return ", ".join(str(index) for index, word in enumerate(words) if word != MISSED) or "none"


def _scores(packed: bytes) -> str:
    names = {MISSED: "missed", HARMFUL: "harmful"}
    shown = [names.get(word, str(word)) for word in unpack_scores(packed)]
    if len(shown) <= SHOWN_SCORES:
        return ", ".join(shown) or "none"
    # All are compared, also where there is no room for all.
    return f"{', '.join(shown[:SHOWN_SCORES])}, … {len(shown)} in all, sha2-256 {digest_of(packed).hex()}"
