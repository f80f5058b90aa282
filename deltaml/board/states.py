"""Specifications and states of tasks, fetched from IPFS and checked against what the chain says they are."""

from collections import OrderedDict

from deltaml.board.snapshot import Snapshot
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.document import Document, fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from deltaml.sealing import Identity
from deltaml.storage import Store, cid_from_digest

MAX_STATE_BYTES = 1 << 30
STATES_KEPT = 32


def read_spec(store: Store, digest: bytes) -> OpenSpec:
    """The specification behind a digest. Raises InvalidMessage when it is broken, Unavailable when it can't be had."""
    return OpenSpec.decode(store.get(digest, OpenSpec.MAX_BYTES))


class StateReader:
    """Opens the states of tasks that `identity` is a recipient of; keeps the newest in memory."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._kept: OrderedDict[tuple[bytes, int], State] = OrderedDict()

    def read(self, snapshot: Snapshot, spec: OpenSpec, number: int) -> State:
        """The state that round `number` starts from (one past the last round: the final state).

        Raises Unavailable when no announcement leads to it (yet), InvalidMessage when the posted one is broken.
        """
        digest = snapshot.state_digest(number)
        # Two tasks may start from one state, each with its own number of trainers.
        key = digest, len(snapshot.trainers)
        if key not in self._kept:
            self._keep(key, self._fetch(snapshot, spec, number, digest))
        return self._kept[key]

    def _keep(self, key: tuple[bytes, int], state: State) -> None:
        self._kept[key] = state
        while len(self._kept) > STATES_KEPT:
            self._kept.popitem(last=False)

    def _fetch(self, snapshot: Snapshot, spec: OpenSpec, number: int, digest: bytes) -> State:
        length = spec.model().n_parameters
        if number == 0:
            return State.decode(Document(digest, self._store), length, len(snapshot.trainers))
        problems = []
        for event in snapshot.announcements(number - 1, Kind.STATE):
            try:
                document = fetch_sealed(event.digest, self._identity, self._store, MAX_STATE_BYTES)
                if document.digest == digest:
                    return State.decode(document, length, len(snapshot.trainers))
                problems.append(f"{event.sender} announced another state")
            except (InvalidMessage, Unavailable) as error:
                problems.append(f"{event.sender}: {error}")
        raise Unavailable(
            f"task {snapshot.task_id}: state {cid_from_digest(digest)} of round {number} is not to be had yet"
            + "".join(f"; {problem}" for problem in problems)
        )
