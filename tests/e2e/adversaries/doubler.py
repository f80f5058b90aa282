"""Submits twice in a round, zeros both times; the chain takes the first."""

import numpy as np
import structlog

from deltaml.board import TaskReader
from deltaml.chain import calls
from deltaml.errors import Refused
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless

log = structlog.get_logger()


class Doubler(Dataless):
    def tick(self) -> bool:
        done = super().tick()
        snapshot = TaskReader(self._market).snapshot(self._consent.task_id, self._chain.head())
        number, index = snapshot.task.round, self.index_in(snapshot)
        if not snapshot.is_final and index in snapshot.submissions(number) and self._is_open(snapshot):
            second = self.make_blob(snapshot, np.ones(1, dtype=np.int64))
            try:
                self._writer.send(calls.submit_update(snapshot.deployment, snapshot.task_id, number, second.digest))
                log.error("the chain took a second blob", task=snapshot.task_id, round=number)
            except Refused:
                log.info("second blob refused", task=snapshot.task_id, round=number)
        return done


if __name__ == "__main__":
    run(Doubler)
