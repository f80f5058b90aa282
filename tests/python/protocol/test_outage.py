"""Blocks that are out of reach for a while: nobody may take them for work that was never done."""

import pytest

from deltaml.protocol.actions import Wait
from deltaml.protocol.round import decide
from deltaml.protocol.score_tree import MISSED, unpack_scores
from tests.python.protocol.board import TURN_SECONDS, Table
from tests.python.protocol.test_round import make_table, updates_of

pytestmark = pytest.mark.unit


@pytest.fixture
def table() -> Table:
    """All four have opened their work on chain, and no mask sum is posted."""
    opened = make_table()
    for trainer, update in enumerate(updates_of(opened)):
        opened.submit(trainer, update)
    while len(opened.openings) < 4:
        opened.play(max_seconds=5)
    opened.sums.clear()
    return opened


def test_trainers_don_t_pay_for_work_that_nobody_can_fetch(table: Table) -> None:
    """Found by chaos: IPFS was down for longer than a turn, and everybody voted that nobody had sent anything."""
    hidden = {seat: table.works.pop(seat) for seat in (1, 3)}
    table.play(max_seconds=10 * TURN_SECONDS)
    assert not table.sums and not table.votes
    assert decide(table.view(0)) == Wait("work of others can't be fetched yet")
    table.works |= hidden
    table.play()
    assert table.revealed is not None
    assert MISSED not in unpack_scores(table.revealed[0].scores)


def test_t_members_may_have_withheld_theirs(table: Table) -> None:
    del table.works[3]
    assert decide(table.view(0)) == Wait("work of others can't be fetched yet")
    table.play()
    assert table.revealed is not None
    assert MISSED not in unpack_scores(table.revealed[0].scores)
