"""What chain and IPFS together say about a task; the common ground of oracles and agents."""

from deltaml.board.snapshot import Member, Snapshot, TaskReader
from deltaml.board.states import MAX_STATE_BYTES, StateReader, read_spec

__all__ = ["MAX_STATE_BYTES", "Member", "Snapshot", "StateReader", "TaskReader", "read_spec"]
