"""Both worlds, the chain's and the twin's: everything happens in both, or is refused by both for the same reason."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from tests.contracts.score_tree import MISSED

from .ledger import ChainLedger, View
from .twin.books import Refused
from .twin.market import Market
from .twin.view import claimants_in, view_of


@dataclass
class World:
    ledger: ChainLedger
    arbiter: Any
    owners: list[str]
    trainers: list[str]
    stranger: str
    twin: Market
    donations: Counter = field(default_factory=Counter)
    reached: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    gas: Counter = field(default_factory=Counter)

    def fresh(self) -> "World":
        """The same world before anything happened; what is counted is counted on."""
        return replace(self, twin=deepcopy(self.twin), donations=Counter())

    # ---------------------------------------------------------------- acts

    def act(self, name: str, caller: str, *args: Any) -> bool:
        """Whether it happened, a second after what happened before. What is refused takes no time."""
        self.twin.now += 1
        try:
            getattr(self.twin, name)(caller, *args)
        except Refused as refused:
            assert self._refusal(name, caller, args) == str(refused), (name, caller, args)
            self.refused[str(refused)] += 1
            self.twin.now -= 1
            return False
        gas = self.ledger.send(self.twin.now, *self._route(name, caller, args))
        self.gas[name] = max(self.gas[name], gas)
        self.reached[name] += 1
        return True

    def must(self, name: str, caller: str, *args: Any) -> None:
        assert self.act(name, caller, *args), f"{name} was refused"

    def must_not(self, name: str, caller: str, *args: Any) -> None:
        """The failing path: refused by both, with the same error."""
        assert not self.act(name, caller, *args), f"{name} was allowed"

    def allows(self, name: str, caller: str, *args: Any) -> bool:
        """Whether the twin would do it a second from now."""
        trial = deepcopy(self.twin)
        trial.now += 1
        try:
            getattr(trial, name)(caller, *args)
        except Refused:
            return False
        return True

    def donate(self, token: Any, receiver: str, amount: int) -> None:
        self.twin.now += 1
        data = token.mint.encode_input(receiver, amount)
        self.ledger.send(self.twin.now, self.stranger, token.address, data)
        self.donations[token.address, receiver] += amount

    def travel(self, timestamp: int) -> None:
        """The next act happens at `timestamp`, unless that is past."""
        self.twin.now = max(self.twin.now, timestamp - 1)

    def _refusal(self, name: str, caller: str, args: Sequence) -> str | None:
        return self.ledger.refusal(self.twin.now, caller, *self.ledger.encode(name, args))

    def _route(self, name: str, caller: str, args: Sequence) -> tuple[str, str, str]:
        if name == "rule":
            data = self.arbiter.giveRuling.encode_input(self.twin.address, *args)
            return self.stranger, self.arbiter.address, data
        return caller, *self.ledger.encode(name, args)

    # ---------------------------------------------------------------- reads

    def view(self) -> View:
        tasks = {number: (len(task.rounds), len(task.trainers)) for number, task in self.twin.tasks.items()}
        sizes = {number: len(committee.members) for number, committee in self.twin.committees.items()}
        view = self.ledger.view(tasks, claimants_in(self.twin), sizes)
        for seat in view.seats.values():
            del seat["recipient"]
        return view

    def expected(self) -> View:
        return view_of(self.twin, self.ledger, self.donations)

    def claim_of(self, task_id: int, round_: int, index: int) -> tuple[int, int, list[bytes]]:
        """A true claim of a revealed round; of any other, one that proves nothing."""
        scores = self.twin.tasks[task_id].rounds[round_].scores()
        if not scores:
            return round_, MISSED, []
        return round_, scores[index], self.twin.tree(task_id, round_).proof(index)
