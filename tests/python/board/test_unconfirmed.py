"""What one has posted already, though one reads the chain some blocks late."""

from typing import Any

import pytest

from deltaml.board import OwnPosts, Snapshot, TaskReader
from deltaml.board import snapshot as snapshot_module
from deltaml.chain.events import Announced
from deltaml.protocol.kinds import Kind
from tests.python.board.fakes import FakeLog, FakeMarket, account, params

pytestmark = pytest.mark.unit

ME, OTHER = account(1), account(2)
DEPTH = 3


class Late:
    """A member who reads the chain `confirmations` blocks late."""

    def __init__(self, confirmations: int = DEPTH) -> None:
        self.market: Any = FakeMarket()
        self.task_id = self.market.post(params(spec_digest=bytes(32), model_digest=bytes(32)), [b"r" * 32], [1])
        self.confirmations = confirmations
        self.posts = OwnPosts(self.market, self.market, confirmations)
        self.market.now += 10

    def announce(self, sender: str, kind: Kind, number: int = 0) -> None:
        self.market.say(self.task_id, Announced, number, sender, kind, bytes(32))

    def snapshot(self) -> Snapshot:
        return TaskReader(self.market).snapshot(self.task_id, self.market.head(self.confirmations))

    def waits(self, kind: Kind = Kind.SUMS) -> bool:
        return self.posts.waits(self.snapshot(), ME, 0, kind)


@pytest.fixture(autouse=True)
def _no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)


def test_a_post_waits_until_it_is_confirmed() -> None:
    late = Late()
    assert not late.waits()
    late.announce(ME, Kind.SUMS)
    assert late.waits()
    late.market.now += DEPTH
    assert not late.waits()
    # Another of the same kind, which the round may ask for.
    late.announce(ME, Kind.SUMS)
    assert late.waits()


def test_a_post_that_left_the_chain_waits_no_longer() -> None:
    late = Late()
    late.announce(ME, Kind.SUMS)
    late.market.tasks[late.task_id].events.pop()
    assert not late.waits()


def test_what_others_post_and_other_posts_are_no_reason() -> None:
    late = Late()
    late.announce(OTHER, Kind.SUMS)
    late.announce(ME, Kind.SHARES)
    late.announce(ME, Kind.SUMS, number=1)
    assert not late.waits() and late.waits(Kind.SHARES)


def test_who_reads_the_newest_block_sees_his_posts_there() -> None:
    late = Late(confirmations=0)
    late.announce(ME, Kind.SUMS)
    assert not late.waits()
