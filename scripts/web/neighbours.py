"""Data owners next door: they join every new task that their files fit, so that a newcomer's task gets trained."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from deltaml.board import Snapshot, TaskReader, read_spec
from deltaml.chain.types import Status
from deltaml.client.table import Table
from deltaml.errors import DeltaMLError
from deltaml.storage import Store
from scripts.demo.cast import WEI
from scripts.localnet import Localnet

STAKE = 500


@dataclass
class Neighbours:
    """`files`: one data owner each. `max_agents`: how many join a new task. `seen`: tasks they leave alone. `waiting`:
    tasks of `seen` that they fill up as soon as somebody has joined, so that he need not wait for others."""

    net: Localnet
    reader: TaskReader
    store: Store
    files: tuple[Path, ...]
    max_agents: int
    seen: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)

    def look(self) -> list[str]:
        """Joins what is new or has waited; returns a sentence for each such task."""
        block = self.net.chain.head()
        said = []
        for task_id in range(1, self.reader.market.task_count(block) + 1):
            if task_id not in self.seen:
                self.seen.add(task_id)
                said.append(self._welcome(self.reader.snapshot(task_id, block), self.max_agents))
        for task_id in sorted(self.waiting):
            snapshot = self.reader.snapshot(task_id, block)
            if snapshot.task.trainer_count:
                self.waiting.remove(task_id)
                said.append(self._welcome(snapshot, snapshot.task.params.max_trainers))
        return said

    def _welcome(self, snapshot: Snapshot, most: int) -> str:
        task_id = snapshot.task_id
        try:
            reason = self._reason_against(snapshot)
        except DeltaMLError as error:
            reason = str(error)
        if reason:
            return f"task {task_id}: the neighbours don't join: {reason}"
        agents = min(most, snapshot.task.params.max_trainers - snapshot.task.trainer_count)
        for index in range(agents):
            person = self.net.person(f"neighbour-{index}-of-task-{task_id}", stake=STAKE * WEI)
            self.net.start_trainer(person, task_id, self.files[index % len(self.files)], tick_seconds=1.0)
        return f"task {task_id}: {agents} neighbours join"

    def _reason_against(self, snapshot: Snapshot) -> str | None:
        if snapshot.status is not Status.JOINING:
            return "it has started"
        if snapshot.task.params.unit_stake > STAKE * WEI:
            return f"they have {STAKE} tokens to stake"
        spec = read_spec(self.store, snapshot.task.params.spec_digest)
        missing = {column.name for column in spec.columns} | {spec.target.name}
        missing -= set(Table.read(self.files[0]).columns)
        return f"their files have no {', '.join(sorted(missing))}" if missing else None


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
