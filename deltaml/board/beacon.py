"""Randomness that nobody knew when he submitted: the first block after a round closed (R16a)."""

from deltaml.board.snapshot import Snapshot
from deltaml.chain import Chain


def read_beacon(chain: Chain, snapshot: Snapshot) -> bytes | None:
    """Its hash, 32 bytes; None while there is no such block. Raises Unavailable."""
    closes_at = snapshot.round.closes_at
    if snapshot.block.timestamp <= closes_at:
        return None
    before = [e.position.block_number for e in snapshot.events if e.position.timestamp <= closes_at]
    block = chain.first_block_after(closes_at, max(before), snapshot.block.number)
    return None if block is None else block.hash
