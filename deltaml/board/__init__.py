"""What chain and IPFS together say about a task; the common ground of oracles and agents."""

from deltaml.board.beacon import read_beacon
from deltaml.board.posts import PostReader, read_sums
from deltaml.board.published import PublishedStates
from deltaml.board.snapshot import Member, Snapshot, TaskReader
from deltaml.board.states import MAX_STATE_BYTES, StateReader, read_spec
from deltaml.board.unconfirmed import OwnPosts

__all__ = [
    "MAX_STATE_BYTES",
    "Member",
    "OwnPosts",
    "PostReader",
    "PublishedStates",
    "Snapshot",
    "StateReader",
    "TaskReader",
    "read_beacon",
    "read_spec",
    "read_sums",
]
