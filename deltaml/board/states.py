"""Specifications and states of tasks, fetched from IPFS and checked against what the chain says they are."""

from collections import OrderedDict
from typing import overload

from deltaml.board.snapshot import Snapshot
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.document import Document, fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import State
from deltaml.protocol.sealed.messages import SealedState
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec, TaskSpec
from deltaml.protocol.specs import Spec, decode_spec
from deltaml.sealing import Identity
from deltaml.storage import Store, cid_from_digest

MAX_STATE_BYTES = 1 << 30
STATES_KEPT = 32

Key = tuple[bytes, int, str, int]


def read_spec(store: Store, digest: bytes) -> Spec:
    """The specification behind a digest. Raises InvalidMessage when it is broken, Unavailable when it can't be had."""
    return decode_spec(store.get(digest, TaskSpec.MAX_BYTES))


class StateReader:
    """Opens the states of tasks that `identity` is a recipient of; keeps the newest in memory."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._kept: OrderedDict[Key, State | SealedState] = OrderedDict()

    @overload
    def read(self, snapshot: Snapshot, spec: OpenSpec, number: int) -> State: ...
    @overload
    def read(self, snapshot: Snapshot, spec: SealedSpec, number: int) -> SealedState: ...
    def read(self, snapshot: Snapshot, spec: Spec, number: int) -> State | SealedState:
        """The state that round `number` starts from (one past the last round: the final state).

        Raises Unavailable when no announcement leads to it (yet), InvalidMessage when the posted one is broken.
        """
        digest = snapshot.state_digest(number)
        # Anybody may post a task that starts from another's state, whatever its own model and trainers are.
        key = digest, len(snapshot.trainers), spec.TYPE, spec.model().n_parameters
        if key not in self._kept:
            self._keep(key, self._fetch(snapshot, spec, number, digest))
        return self._kept[key]

    def has(self, snapshot: Snapshot, spec: Spec, number: int) -> bool:
        """Whether `read` finds it. Raises InvalidMessage as `read`."""
        try:
            self.read(snapshot, spec, number)
        except Unavailable:
            return False
        return True

    def keep(self, snapshot: Snapshot, spec: Spec, number: int, state: State | SealedState) -> None:
        """Takes a state that the caller derived, as if it had been read. Raises InvalidMessage for another one than
        round `number` starts from."""
        digest = snapshot.state_digest(number)
        if state.document().digest != digest:
            raise InvalidMessage(f"not the state of round {number}, which is {cid_from_digest(digest)}")
        self._keep((digest, len(snapshot.trainers), spec.TYPE, spec.model().n_parameters), state)

    def _keep(self, key: Key, state: State | SealedState) -> None:
        self._kept[key] = state
        while len(self._kept) > STATES_KEPT:
            self._kept.popitem(last=False)

    def _fetch(self, snapshot: Snapshot, spec: Spec, number: int, digest: bytes) -> State | SealedState:
        n_trainers = len(snapshot.trainers)
        if number == 0:
            return _decode(Document(digest, self._store), spec, n_trainers)
        problems = []
        for event in snapshot.announcements(number - 1, Kind.STATE):
            try:
                document = fetch_sealed(event.digest, self._identity, self._store, MAX_STATE_BYTES)
                if document.digest == digest:
                    return _decode(document, spec, n_trainers)
                problems.append(f"{event.sender} announced another state")
            except (InvalidMessage, Unavailable) as error:
                problems.append(f"{event.sender}: {error}")
        raise Unavailable(
            f"task {snapshot.task_id}: state {cid_from_digest(digest)} of round {number} is not to be had yet"
            + "".join(f"; {problem}" for problem in problems)
        )


def _decode(document: Document, spec: Spec, n_trainers: int) -> State | SealedState:
    if isinstance(spec, SealedSpec):
        return SealedState.decode(document, n_trainers)
    return State.decode(document, spec.model().n_parameters, n_trainers)
