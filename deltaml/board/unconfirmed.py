"""Whether a post of one's own is on the chain, though not yet as deep as the chain is read."""

from deltaml.board.snapshot import Snapshot, TaskReader
from deltaml.chain import Chain, Market
from deltaml.protocol.kinds import Kind


class OwnPosts:
    """What somebody announced since the block that he decides at, `confirmations` blocks behind the newest.

    Nothing on the board refuses an announcement that comes twice, so who reads late asks here before he repeats one. A
    post that a reorganisation took away is not on the newest chain either, and is made again.
    """

    def __init__(self, chain: Chain, market: Market, confirmations: int) -> None:
        self._chain = chain
        self._reader = TaskReader(market)
        self._confirmations = confirmations

    def waits(self, snapshot: Snapshot, account: str, number: int, kind: Kind) -> bool:
        """Whether the newest block has more posts of this kind by `account` for round `number` than `snapshot`. Raises
        Unavailable."""
        if not self._confirmations:
            return False
        newest = self._reader.snapshot(snapshot.task_id, self._chain.head())
        return _count(newest, account, number, kind) > _count(snapshot, account, number, kind)


def _count(snapshot: Snapshot, account: str, number: int, kind: Kind) -> int:
    return sum(event.sender == account for event in snapshot.announcements(number, kind))
