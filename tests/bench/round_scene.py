"""A round with many trainers in which everybody else's part is recorded, so that one member can play his alone.

The chain is the market in memory of the oracles' tests; blocks are on a real IPFS node, messages are real. The task is
some rounds old, so that public steps are searched and projected off as in the middle of a life.
"""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np

from deltaml.board import StateReader
from deltaml.board import snapshot as snapshot_module
from deltaml.chain import Call, calls
from deltaml.chain.events import Announced, Event, RoundRevealed, RoundSettled
from deltaml.chain.types import Outcome, SeatState, TaskParams
from deltaml.protocol.ballot import Memo
from deltaml.protocol.blobs import close_update
from deltaml.protocol.document import publish, publish_sealed
from deltaml.protocol.kinds import Kind
from deltaml.protocol.messages import Header
from deltaml.protocol.spec import MICRO, Column, OpenSpec, Target
from deltaml.protocol.stepping import Validation, history_length, initial_state
from deltaml.protocol.validation import read_validation, validation_document
from deltaml.sealing import Identity
from deltaml.serving import Vitals
from deltaml.storage import IpfsStore, MemoryStore, Store
from oracles.act import Actor
from oracles.evidence import EvidenceRoom
from oracles.keeper import Watched
from oracles.metrics import Metrics
from oracles.reasons import Reasons
from oracles.tick import Oracle
from oracles.view import ViewBuilder
from tests.python.board.fakes import MARKET_BYTES, WHERE, FakeLog, FakeMarket, FakeWriter, account, params

IPFS_SECONDS = 60.0
PUTS_AT_A_TIME = 4
CLASSES = 10
ROWS = 500
"""In the validation set."""
MAX_UNITS = 3
TICK_SECONDS = 2
TURN_SECONDS = 10
LONGEST_SECONDS = 900
FIRST_TRAINER = 101

Result = TypeVar("Result")
RoundEvents = list[tuple[type[Event], tuple[Any, ...]]]


@dataclass(frozen=True)
class Size:
    """Of a round: a perceptron with n_hidden units on n_features inputs, in the hands of n oracles."""

    trainers: int
    n_features: int
    n_hidden: int
    n: int = 4

    @property
    def parameters(self) -> int:
        return (self.n_features + 1) * self.n_hidden + (self.n_hidden + 1) * CLASSES


@dataclass(frozen=True)
class Sent:
    """A call that somebody made, and when (chain time)."""

    at: int
    sender: str
    call: Call


@dataclass(frozen=True)
class Scene:
    """A recorded round, as plain data: what the chain says before it, who the members are, and what was sent in it."""

    api: str
    params: TaskParams
    units: list[int]
    trainers: list[bytes]
    members: list[bytes]
    identities: list[Path]
    past: RoundEvents
    number: int
    sent: list[Sent]

    def market(self) -> FakeMarket:
        """The chain as it was before the round."""
        market = FakeMarket()
        market.committee = [SeatState(account(seat + 1), key, 1, False) for seat, key in enumerate(self.members)]
        task_id = market.post(self.params, self.trainers, self.units)
        for kind, values in self.past:
            market.say(task_id, kind, *values)
        market.change(task_id, round=self.number)
        market.open_round(task_id, self.number)
        return market


def make_spec(size: Size, validation: bytes) -> OpenSpec:
    return OpenSpec(
        name="large",
        purpose="figures",
        family="mlp",
        shape={"n_features": size.n_features, "n_hidden": size.n_hidden, "n_outputs": CLASSES},
        l2_nano=1_000_000,
        columns=tuple(Column(f"x{i}", 0, MICRO) for i in range(size.n_features)),
        target=Target("y", "classes", tuple(str(label) for label in range(CLASSES)), 0, MICRO),
        epochs=1,
        batch_size=0,
        learning_rate_micro=500_000,
        momentum_micro=0,
        fraction_bits=22,
        gradient_bits=22,
        clip_norm_micro=MICRO,
        noise_micro=0,
        gradient_norm_micro=4 * MICRO,
        drop_negative=False,
        min_updates=3,
        max_weight_sum=size.trainers * MAX_UNITS,
        public_steps=5,
        progress_rule="log",
        baseline_loss_micro=2_302_585,
        target_loss_micro=1_000,
        turn_seconds=TURN_SECONDS,
        validation=validation,
        validation_rows=ROWS,
        owner_recipient=Identity.generate().recipient,
    )


def make_validation(size: Size) -> Validation:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(ROWS, size.n_features))
    return Validation(X, np.argmax(X @ rng.normal(size=(size.n_features, CLASSES)), axis=1))


class SharedMemo(Memo):
    """While a round is recorded, what all members find alike is computed by the first of them."""

    ALIKE = frozenset({"masked checks", "agreement", "sum", "propose", "masked scores", "weights"})

    def __init__(self, common: dict[Hashable, Any]) -> None:
        super().__init__()
        self._common = common

    def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        if not isinstance(key, tuple) or key[1] not in self.ALIKE:
            return super().get(key, compute)
        if key not in self._common:
            self._common[key] = compute()
        result: Result = self._common[key]
        return result


def make_oracle(store: Store, market: FakeMarket, writer: FakeWriter, identity: Identity) -> Oracle:
    """A real oracle over the market in memory."""
    where: Any = market
    sender: Any = writer
    evidence, states = EvidenceRoom(store, identity), StateReader(store, identity)
    views = ViewBuilder(where, store, identity, writer.address, evidence, states, bytes(32))
    actor = Actor(WHERE, sender, store, writer.address)
    return Oracle(where, where, views, actor, writer.address, 0, Metrics.create(), Vitals(), Watched(), Reasons())


@contextmanager
def logs_in_memory() -> Iterator[None]:
    """Snapshots read the market's own list of events."""
    with patch.object(snapshot_module, "EventLog", FakeLog):
        yield


def record(api: str, size: Size, directory: Path) -> Scene:
    """Lets all members play a round and leaves every block of it on the node. directory: empty, for the members' keys.

    While they play, blocks are in memory: only the member who is measured has to wait for a node.
    """
    store = MemoryStore()
    scene = _before(store, api, size, directory)
    submitted = replace(scene, sent=list(_submissions(store, scene, size)))
    recorded = replace(submitted, sent=[*submitted.sent, *_played(store, submitted)])
    with ThreadPoolExecutor(PUTS_AT_A_TIME) as threads:
        list(threads.map(IpfsStore(api, IPFS_SECONDS).put, store.blocks.values()))
    return recorded


def _before(store: Store, api: str, size: Size, directory: Path) -> Scene:
    members = [Identity.generate() for _ in range(size.n)]
    identities = [directory / f"member{seat}.age" for seat in range(size.n)]
    for member, path in zip(members, identities, strict=True):
        member.to_file(path)
    recipients = [member.recipient for member in members]
    document = validation_document("classes", make_validation(size))
    spec = make_spec(size, publish_sealed(document, recipients, store))
    initial = initial_state(spec, read_validation(spec, document), 0)
    units = [1 + index % MAX_UNITS for index in range(size.trainers)]
    past: RoundEvents = []
    rng = np.random.default_rng(2)
    state = initial
    number = history_length(spec) + 1
    for earlier in range(number):
        step = spec.weights_format().encode(rng.normal(size=size.parameters) * 0.1 / size.parameters**0.5)
        carried = (0,) * size.trainers
        state = replace(state, round=earlier + 1, weights=state.weights + step, carried=carried)
        sealed = publish_sealed(state.document(), recipients, store)
        revealed = (earlier, Outcome.SCORED, state.document().digest, 0, 0, bytes(32), b"")
        past += [
            (Announced, (earlier, account(1), int(Kind.STATE), sealed)),
            (RoundRevealed, revealed),
            (RoundSettled, (earlier, 0, 0)),
        ]
    posted = params(
        spec_digest=store.put(spec.encode()),
        model_digest=publish(initial.document(), store),
        rounds=number + 1,
        max_trainers=size.trainers,
        max_units=MAX_UNITS,
    )
    trainer = Identity.generate().recipient
    return Scene(
        api,
        posted,
        units,
        [trainer] * size.trainers,
        recipients,
        identities,
        past,
        number,
        [],
    )


def _submissions(store: Store, scene: Scene, size: Size) -> Iterator[Sent]:
    fixed = make_spec(size, bytes(32)).weights_format()
    rng = np.random.default_rng(3)
    shared = rng.normal(size=size.parameters)
    for index in range(size.trainers):
        update = shared + rng.normal(size=size.parameters)
        update *= 0.5 / np.linalg.norm(update)
        sender = account(FIRST_TRAINER + index)
        header = Header(WHERE.chain_id, MARKET_BYTES, 1, scene.number, bytes.fromhex(sender.removeprefix("0x")))
        digest = publish(close_update(header, fixed.encode(update), scene.members), store)
        yield Sent(1_000 + TICK_SECONDS, sender, calls.submit_update(WHERE, 1, scene.number, digest))


def _played(store: Store, scene: Scene) -> Iterator[Sent]:
    """Everybody ticks in turn until the round is revealed."""
    market = scene.market()
    for submission in scene.sent:
        market.now = submission.at
        market.apply(submission.call, submission.sender)
    writers = [FakeWriter(market, account(seat + 1)) for seat in range(len(scene.members))]
    with logs_in_memory():
        oracles = [
            make_oracle(store, market, writer, Identity.from_file(path))
            for writer, path in zip(writers, scene.identities, strict=True)
        ]
        common: dict[Hashable, Any] = {}
        for oracle in oracles:
            views: Any = oracle._views
            views._memos[1, scene.number] = SharedMemo(common)
        while market.tasks[1].state.round == scene.number:
            if market.now > scene.sent[-1].at + LONGEST_SECONDS:
                raise AssertionError(f"no reveal; sent were {[writer.names for writer in writers]}")
            market.now += TICK_SECONDS
            for writer, oracle in zip(writers, oracles, strict=True):
                n_before = len(writer.sent)
                oracle.tick()
                yield from (Sent(market.now, writer.address, call) for call in writer.sent[n_before:])


def name_of(call: Call) -> str:
    return Kind(int(call.args[2])).name.lower() if call.function_name == "announce" else call.function_name


class Replayer(FakeWriter):
    """Puts on the market what the member sent when the round was recorded: the same messages under other digests, since
    age draws keys for each file, and what others posted answers those digests."""

    def __init__(self, market: FakeMarket, address: str, sent: list[Sent]) -> None:
        super().__init__(market, address)
        self._recorded = [entry.call for entry in sent if entry.sender == address]

    def send(self, call: Call) -> None:
        counterpart = self._recorded[len(self.sent)]
        assert name_of(call) == name_of(counterpart) and call.data
        assert name_of(call) != "vote" or call == counterpart, "another vote than when the round was recorded"
        self.sent.append(call)
        self.market.apply(counterpart, self.address)


def replayed(scene: Scene, seat: int, store: Store) -> Iterator[tuple[Replayer, Oracle]]:
    """Sets the stage for one tick of the member in `seat` after another; the first is before any blob is there. The
    others do what they did. Whoever asks for these has to tick the oracle."""
    market = scene.market()
    writer = Replayer(market, account(seat + 1), scene.sent)
    with logs_in_memory():
        oracle = make_oracle(store, market, writer, Identity.from_file(scene.identities[seat]))
        yield writer, oracle
        for now in range(market.now + TICK_SECONDS, scene.sent[-1].at + 1, TICK_SECONDS):
            market.now = now
            for sent in scene.sent:
                if sent.at == now and sent.sender != writer.address:
                    market.apply(sent.call, sent.sender)
            yield writer, oracle
    assert "vote" in map(name_of, writer.sent)
