"""A committee and an owner around a table, with a sealed model; the open-model twin is tests.python.protocol.board."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deltaml.client.sealed_owner import Stepper
from deltaml.errors import InvalidMessage
from deltaml.learning import OwnerOptimiser, Plain, QuadraticLoss, normal_equations
from deltaml.protocol.actions import Action, CommitWork, OpenWork, PostShares, PostSums, Report, Reveal, Vote, Wait
from deltaml.protocol.ballot import Ballot, Clock, Memo, Posted
from deltaml.protocol.blobs import OpenedBlob
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header, Work
from deltaml.protocol.sealed.blobs import (
    ciphertexts_in,
    close_sealed_update,
    open_sealed_update,
    read_sealed_blob,
)
from deltaml.protocol.sealed.messages import OwnerStep, SealedModel, SealedState
from deltaml.protocol.sealed.owner import OwnerAction, OwnerView, ShowOpenings, TakenStep, decide_owner, weights_of
from deltaml.protocol.sealed.round import SealedView, decide
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import MICRO, Column, Target
from deltaml.sealing import Ciphertexts, Identity, OwnerKey, Rerandomiser, encrypt, prove_key
from deltaml.storage import StoredVector
from tests.python.protocol.board import BEACON, CHAIN_ID, MARKET, TASK, TURN_SECONDS, address
from tests.python.sealing.owner_keys import ALICE

N_FEATURES = 4
OWNER = address(200)
KEY_PROOF = prove_key(ALICE)

Liar = Callable[[Action], Action | None]
OwnerLiar = Callable[[OwnerAction], OwnerAction | None]


def make_spec(**changes: object) -> SealedSpec:
    """A small ridge task under a 2048-bit key; `changes` replaces fields."""
    values: dict[str, object] = {
        "name": "toy",
        "purpose": "tests",
        "family": "linear",
        "shape": {"n_features": N_FEATURES},
        "l2_nano": 1_000_000,
        "columns": tuple(Column(f"x{i}", 0, MICRO) for i in range(N_FEATURES)),
        "target": Target("y", "number", (), 0, MICRO),
        "fraction_bits": 20,
        "gradient_bits": 16,
        "clip_norm_micro": 64 * MICRO,
        "noise_micro": 0,
        "gradient_norm_micro": 16 * MICRO,
        "min_updates": 3,
        "max_weight_sum": 100,
        "turn_seconds": TURN_SECONDS,
        "owner_recipient": bytes([1]) * 32,
        "key": ALICE.public.n.to_bytes(256, "big"),
        "key_proof": KEY_PROOF,
        "data_bits": 20,
        "weight_norm_micro": 8 * MICRO,
    }
    return SealedSpec(**(values | changes))  # type: ignore[arg-type]


def make_rows(seed: int, rows: int = 60) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows of one linear relation, each owner's a little different."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, N_FEATURES))
    return X, X @ np.array([1.0, -0.5, 0.25, 0.0]) + 0.5 + 0.1 * rng.normal(size=rows)


def integers_of(spec: SealedSpec, loss: QuadraticLoss) -> tuple[NDArray[np.int64], list[int]]:
    """A at data_bits and -b at product_bits."""
    bounded = loss.bounded(spec.weight_norm, spec.clip_norm)
    matrix = np.rint(bounded.matrix * 2.0**spec.data_bits).astype(np.int64)
    return matrix, [-round(float(value) * (1 << spec.product_bits)) for value in bounded.offset]


@dataclass
class SealedTable:
    """n members and an owner in one round.

    blind_to_*: seats that the owner does not seal a post to. `liars` maps seats, `owner_liar` the owner, to what
    becomes of actions.
    """

    spec: SealedSpec
    weights: NDArray[np.int64]
    units: tuple[int, ...]
    n: int = 4
    rounds: int = 6
    number: int = 0
    key: OwnerKey = ALICE
    optimiser: OwnerOptimiser = field(default_factory=lambda: Plain(0.3))
    carried: tuple[int, ...] = ()
    liars: Mapping[int, Liar] = field(default_factory=dict)
    owner_liar: OwnerLiar | None = None
    now: int = 1_000
    tick_seconds: int = 5
    blind_to_openings: frozenset[int] = frozenset()
    blind_to_steps: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.identities = [Identity.generate() for _ in range(self.n)]
        self.model = SealedModel(self.number, encrypt(self.key.public, [int(w) for w in self.weights]))
        self.models = {self.model.document().digest: self.model}
        carried = self.carried or (0,) * len(self.units)
        self.state = SealedState(self.number, self.model.document().digest, carried, 0)
        validation = normal_equations(*make_rows(99), "linear", 0.001)
        self.stepper = Stepper(self.spec, self.optimiser, validation)
        self.blobs: dict[int, Document] = {}
        self.commitments: dict[int, int] = {}
        self.openings: dict[int, int] = {}
        self.works: dict[int, Work] = {}
        self.sums: list[Posted] = []
        self.shares: list[Posted] = []
        self.owner_openings: list[Posted] = []
        self.steps: list[Posted] = []
        self.taken: list[TakenStep] = []
        self.votes: dict[int, bytes] = {}
        self.quorum: tuple[bytes, int] | None = None
        self.revealed: tuple[Report, SealedState | None] | None = None
        self.log: list[tuple[int, Action]] = []
        self.memos = [Memo() for _ in range(self.n + 1)]
        self._read: dict[tuple[int, tuple[bytes, ...]], tuple[dict[int, OpenedBlob], dict[int, StoredVector]]] = {}

    @property
    def recipients(self) -> list[bytes]:
        return [identity.recipient for identity in self.identities]

    def header(self, sender: bytes) -> Header:
        return Header(CHAIN_ID, MARKET, TASK, self.number, sender)

    def submit(self, trainer: int, matrix: NDArray[np.int64], offset: list[int]) -> None:
        rerandomiser = Rerandomiser(self.spec.public_key)
        header = self.header(address(100 + trainer))
        self.blobs[trainer] = close_sealed_update(
            self.spec, header, self.model, matrix, offset, self.recipients, rerandomiser
        )

    @property
    def clock(self) -> Clock:
        everybody = len(self.commitments) == self.n
        commit_ends_at = max(self.commitments.values(), default=0) if everybody else 1_160
        return Clock(self.now, 900, 1_000, commit_ends_at, commit_ends_at + 160, 3_000)

    def view(self, seat: int) -> SealedView:
        opened, masked = self.read_blobs(seat)
        ballot = Ballot(
            header=self.header(address(seat)),
            seat=seat,
            n=self.n,
            clock=self.clock,
            turn_seconds=TURN_SECONDS,
            voted=frozenset(self.votes),
            quorum_hash=self.quorum[0] if self.quorum else None,
            quorum_at=self.quorum[1] if self.quorum else 0,
            equal_rounds=self.rounds,
        )
        return SealedView(
            ballot=ballot,
            spec=self.spec,
            state=self.state,
            units=self.units,
            salt=bytes([seat]) * 32,
            beacon=BEACON,
            blobs=opened,
            masked=masked,
            pending=frozenset(),
            committed=frozenset(self.commitments),
            opened=dict(self.openings),
            works=dict(self.works),
            sums=list(self.sums),
            shares=[] if seat in self.blind_to_steps else list(self.shares),
            state_published=True,
            memo=self.memos[seat],
            owner_openings=[] if seat in self.blind_to_openings else list(self.owner_openings),
            steps=[] if seat in self.blind_to_steps else list(self.steps),
        )

    def owner_view(self) -> OwnerView:
        return OwnerView(
            header=self.header(OWNER),
            clock=self.clock,
            spec=self.spec,
            key=self.key,
            n=self.n,
            model=self.model,
            memory=None,
            units=self.units,
            beacon=BEACON if self.now > 1_000 else None,
            masked={trainer: self.ciphertexts(trainer) for trainer in self.read_blobs(0)[1]},
            pending=frozenset(),
            accepted=[work.accepted for seat, work in self.works.items() if seat in self.openings],
            sums=list(self.sums),
            openings=[frozenset(post.message.openings) for post in self.owner_openings],
            stepped=frozenset(post.message.summed for post in self.steps),
            memo=self.memos[self.n],
        )

    def ciphertexts(self, trainer: int) -> Ciphertexts:
        return ciphertexts_in(self.read_blobs(0)[1][trainer], self.spec)

    def read_blobs(self, seat: int) -> tuple[dict[int, OpenedBlob], dict[int, StoredVector]]:
        key = seat, tuple(document.digest for document in self.blobs.values())
        if key not in self._read:
            opened: dict[int, OpenedBlob] = {}
            masked: dict[int, StoredVector] = {}
            for trainer, document in self.blobs.items():
                header = self.header(address(100 + trainer))
                with suppress(InvalidMessage):
                    masked[trainer] = read_sealed_blob(document, header, self.n, self.spec).masked
                    opened[trainer] = open_sealed_update(
                        self.spec, document, header, self.n, seat, self.identities[seat]
                    )
            self._read[key] = opened, masked
        return self._read[key]

    def play(self, max_seconds: int = 2_000) -> "SealedTable":
        """Everybody takes turns, every `tick_seconds`, until the reveal or the time is over."""
        for _ in range(0, max_seconds, self.tick_seconds):
            self._owner_acts()
            for seat in range(self.n):
                action: Action | None = decide(self.view(seat))
                if seat in self.liars:
                    action = self.liars[seat](action)
                if action is not None and not isinstance(action, Wait):
                    self.log.append((seat, action))
                    self._do(seat, action)
                if self.revealed:
                    return self
            self.now += self.tick_seconds
        return self

    def _owner_acts(self) -> None:
        action: OwnerAction | None = decide_owner(self.owner_view(), self.stepper)
        if self.owner_liar is not None:
            action = self.owner_liar(action)
        match action:
            case ShowOpenings(openings):
                digest = openings.document(self.spec.public_key).digest
                self.owner_openings.append(Posted(0, self.now, digest, openings))
            case TakenStep():
                self.taken.append(action)
                self.post_step(action)

    def post_step(self, taken: TakenStep) -> None:
        model = taken.model.document().digest
        self.models[model] = taken.model
        step = OwnerStep(self.header(OWNER), taken.summed, model, taken.direction, taken.openings, bytes(32))
        self.steps.append(Posted(0, self.now, step.document(self.spec.public_key).digest, step))

    def _do(self, seat: int, action: Action) -> None:
        match action:
            case CommitWork():
                self.commitments[seat] = self.now
            case OpenWork(work):
                self.openings[seat] = self.now
                self.works[seat] = work
            case PostSums(sums):
                self.sums.append(Posted(seat, self.now, sums.document().digest, sums))
            case PostShares(shares):
                self.shares.append(Posted(seat, self.now, shares.document().digest, shares))
            case Vote(report_hash):
                self.votes[seat] = report_hash
                agreeing = sum(vote == report_hash for vote in self.votes.values())
                if self.quorum is None and agreeing >= self.n - (self.n - 1) // 3:
                    self.quorum = (report_hash, self.now)
            case Reveal(report, state):
                assert state is None or isinstance(state, SealedState)
                self.revealed = (report, state)

    def revealed_weights(self) -> NDArray[np.int64]:
        """What the owner finds in the model that the round led to."""
        assert self.revealed is not None and self.revealed[1] is not None
        return weights_of(self.spec, self.key, self.models[self.revealed[1].model])


def honest_table(units: tuple[int, ...] = (1, 2, 1, 1, 1), **given: object) -> SealedTable:
    """Five trainers with rows of their own; the last one's labels are turned round."""
    spec = given.pop("spec", None) or make_spec()
    assert isinstance(spec, SealedSpec)
    table = SealedTable(spec, np.zeros(spec.n_parameters, dtype=np.int64), units, **given)  # type: ignore[arg-type]
    for trainer in range(len(units)):
        X, y = make_rows(trainer)
        sign = -1 if trainer == len(units) - 1 else 1
        table.submit(trainer, *integers_of(spec, normal_equations(X, sign * y, "linear", 0.001)))
    return table
