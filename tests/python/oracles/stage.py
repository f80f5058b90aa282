"""A posted task, its committee and its trainers, each member with a real oracle over a market in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deltaml.board import StateReader
from deltaml.board import snapshot as snapshot_module
from deltaml.chain import calls
from deltaml.chain.events import RoundRevealed
from deltaml.chain.types import SeatState
from deltaml.protocol.blobs import close_update
from deltaml.protocol.document import Document, publish, publish_sealed
from deltaml.protocol.messages import Header
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stepping import Validation, initial_state
from deltaml.protocol.validation import read_validation, validation_document
from deltaml.sealing import Identity
from deltaml.serving import Vitals
from deltaml.storage import MemoryStore
from oracles.act import Actor
from oracles.evidence import EvidenceRoom
from oracles.keeper import Watched
from oracles.metrics import Metrics
from oracles.reasons import Reasons
from oracles.tick import Oracle
from oracles.view import ViewBuilder
from tests.python.board.fakes import MARKET_BYTES, WHERE, FakeLog, FakeMarket, FakeWriter, account, params
from tests.python.protocol.board import make_spec, make_validation

N, UNITS = 4, [1, 2, 1]


def raw(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))


class Stage:
    """`oracles[i]` sits in seat i as account(i + 1) and sends through `writers[i]`; `now` is the market's clock."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        n: int = N,
        market: FakeMarket | None = None,
        units: Sequence[int] | None = None,
        **spec_changes: Any,
    ) -> None:
        monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)
        self.store, self.market = MemoryStore(), market or FakeMarket()
        self.members = [Identity.generate() for _ in range(n)]
        self.units = list(UNITS if units is None else units)
        self.trainers = [Identity.generate() for _ in self.units]
        self.market.committee = [
            SeatState(account(seat + 1), member.recipient, 1, False) for seat, member in enumerate(self.members)
        ]
        self.salt_keys = [bytes([0xC0 + seat]) * 32 for seat in range(n)]
        self.seeds: list[bytes] = []
        self.task_id = self.post(**spec_changes)
        self.writers = [FakeWriter(self.market, account(seat + 1)) for seat in range(n)]
        self.views = [self._views(seat) for seat in range(n)]
        self.metrics = [Metrics.create() for _ in range(n)]
        self.watched = [Watched() for _ in range(n)]
        self.oracles = [self.oracle(seat) for seat in range(n)]

    def post(self, **spec_changes: Any) -> int:
        """A good task with two public steps, or one with fields of its specification replaced."""
        spec, written = self.problem()
        validation = read_validation(spec, validation_document("classes", written))
        document = validation_document("classes", validation)
        sealed = publish_sealed(document, [member.recipient for member in self.members], self.store)
        self.spec = replace(spec, **{"validation": sealed, **spec_changes})
        self.validation = validation
        self.state = initial_state(spec, validation, 0)
        spec_digest = self.store.put(self.spec.encode())
        given = params(spec_digest=spec_digest, model_digest=publish(self.state.document(), self.store))
        return self.market.post(given, [trainer.recipient for trainer in self.trainers], self.units)

    @staticmethod
    def problem() -> tuple[OpenSpec, Validation]:
        """What is to be learnt, and measured on."""
        return make_spec(turn_seconds=5), make_validation()

    def _views(self, seat: int) -> ViewBuilder:
        identity = self.members[seat]
        evidence = EvidenceRoom(self.store, identity)
        states = StateReader(self.store, identity)
        where: Any = self.market
        return ViewBuilder(where, self.store, identity, account(seat + 1), evidence, states, self.salt_keys[seat])

    def oracle(self, seat: int) -> Oracle:
        where: Any = self.market
        self.watched[seat] = Watched()
        me, watched = account(seat + 1), self.watched[seat]
        return Oracle(
            where, where, self.views[seat], self.actor(seat), me, 0, self.metrics[seat], Vitals(), watched, Reasons()
        )

    def actor(self, seat: int) -> Actor:
        writer: Any = self.writers[seat]
        return Actor(WHERE, writer, self.store, account(seat + 1))

    def header(self, sender: str, task_id: int | None = None) -> Header:
        number = self.market.tasks[task_id or self.task_id].state.round
        return Header(31337, MARKET_BYTES, task_id or self.task_id, number, raw(sender))

    def blob(self, index: int, task_id: int | None = None) -> Document:
        """An honest update of a trainer under the committee lock."""
        recipients = [member.recipient for member in self.members]
        return close_update(self.header(account(101 + index), task_id), self.update(index), recipients)

    def update(self, index: int) -> NDArray[np.int64]:
        """Downhill, each a little different."""
        spec, fixed = self.spec, self.spec.weights_format()
        gradient = spec.model().gradient(fixed.decode(self.state.weights), self.validation.X, self.validation.y)
        noise = np.random.default_rng(index).normal(size=len(gradient))
        return fixed.encode(-0.5 * gradient + 0.02 * noise)

    def submit(self, index: int, document: Document | None = None, task_id: int | None = None) -> Document:
        """Publishes a blob and puts its digest on the market."""
        document = document or self.blob(index, task_id)
        publish(document, self.store)
        number = self.market.tasks[task_id or self.task_id].state.round
        call = calls.submit_update(WHERE, task_id or self.task_id, number, document.digest)
        self.market.apply(call, account(101 + index))
        return document

    def snapshot(self) -> Any:
        where: Any = self.market
        return snapshot_module.TaskReader(where).snapshot(self.task_id, self.market.head())

    def reveals(self) -> list[RoundRevealed]:
        return [e for e in self.market.tasks[self.task_id].events if isinstance(e, RoundRevealed)]

    def play(self, until_round: int = 1, seats: Sequence[int] = range(N), seconds: int = 400) -> None:
        """Everybody ticks once every two seconds until the round is reached."""
        for _ in range(0, seconds, 2):
            self.market.now += 2
            for seat in seats:
                self.oracles[seat].tick()
            if self.market.tasks[self.task_id].state.round >= until_round:
                return
