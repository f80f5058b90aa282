"""Which states everybody can have who needs them. Who reveals a round may show the next state to some only."""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256

from deltaml.board.snapshot import Snapshot
from deltaml.board.states import MAX_STATE_BYTES
from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.document import fetch_sealed
from deltaml.protocol.kinds import Kind
from deltaml.sealing import Identity
from deltaml.storage import Store

ANSWERS_KEPT = 4096


class PublishedStates:
    """Looks, as the holder of `identity`, at whom announced states are sealed to. What was found is kept in memory."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._found: OrderedDict[tuple[bytes, ...], None] = OrderedDict()
        self._elsewhere: OrderedDict[tuple[bytes, ...], None] = OrderedDict()

    def is_published(self, snapshot: Snapshot, number: int, readers: Sequence[bytes]) -> bool:
        """Whether one announcement leads all `readers`, of whom `identity` is one, to the state that round `number`
        starts from; that of round 0 is public."""
        digest, whom = snapshot.state_digest(number), sha256(b"".join(readers)).digest()
        if number == 0 or (digest, whom) in self._found:
            return True
        for event in snapshot.announcements(number - 1, Kind.STATE):
            answer = event.digest, whom, digest
            try:
                if answer not in self._elsewhere and self._leads_to(event.digest, readers, digest):
                    _remember(self._found, (digest, whom))
                    return True
            except Unavailable:
                continue
            _remember(self._elsewhere, answer)
        return False

    def _leads_to(self, announced: bytes, readers: Sequence[bytes], wanted: bytes) -> bool:
        try:
            return fetch_sealed(announced, self._identity, self._store, MAX_STATE_BYTES, readers).digest == wanted
        except InvalidMessage:
            return False


def _remember(answers: OrderedDict[tuple[bytes, ...], None], key: tuple[bytes, ...]) -> None:
    answers[key] = None
    while len(answers) > ANSWERS_KEPT:
        answers.popitem(last=False)
