"""Works like everybody, and publishes every seed that trainers entrusted to him."""

from contextlib import suppress

import structlog

from deltaml.board import Snapshot, read_spec
from deltaml.errors import DeltaMLError
from deltaml.protocol.actions import Action, CommitWork
from deltaml.protocol.blobs import open_update
from deltaml.protocol.document import Document
from deltaml.protocol.sealed.blobs import open_sealed_update
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.storage import encode_block
from oracles.view import Audience
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run

log = structlog.get_logger()


class Leaker(Liar):
    """The digests of what he published are in his log, one for each blob: {"trainer": index, "seeds": {set: seed}}."""

    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        if isinstance(action, CommitWork):
            for index in snapshot.submissions(snapshot.task.round):
                with suppress(DeltaMLError):
                    self._leak(snapshot, index, audience.committee)
        super().act(action, snapshot, audience)

    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return action

    def _leak(self, snapshot: Snapshot, index: int, committee: list[bytes]) -> None:
        number = snapshot.task.round
        spec = read_spec(self.store, snapshot.task.params.spec_digest)
        document = Document(snapshot.submissions(number)[index], self.store)
        header = snapshot.header(snapshot.trainers[index].account)
        seat, length = committee.index(self.identity.recipient), spec.model().n_parameters
        if isinstance(spec, SealedSpec):
            blob = open_sealed_update(spec, document, header, committee, seat, self.identity)
        else:
            blob = open_update(document, header, committee, seat, self.identity, length)
        seeds = {str(holder_set): seed for holder_set, seed in blob.seeds.items()}
        digest = self.store.put(encode_block({"trainer": index, "seeds": seeds}))
        log.info("leaked", task=snapshot.task_id, round=number, trainer=index, digest=digest.hex())


if __name__ == "__main__":
    run(Leaker)
