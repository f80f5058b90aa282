"""A committee around a table: the round's pure functions with a dictionary where chain and IPFS would be."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage
from deltaml.protocol.actions import (
    Action,
    CommitWork,
    OpenWork,
    PostShares,
    PostSums,
    Propose,
    Report,
    Reveal,
    Vote,
    Wait,
)
from deltaml.protocol.ballot import Ballot, Clock, Memo, Posted
from deltaml.protocol.blobs import OpenedBlob, close_update, open_update, read_blob
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header, State, Work
from deltaml.protocol.round import RoundView, decide
from deltaml.protocol.spec import MICRO, Column, OpenSpec, Target
from deltaml.protocol.stepping import Validation
from deltaml.sealing import Identity
from deltaml.storage import StoredVector

CHAIN_ID, TASK = 31337, 3
MARKET = bytes.fromhex("aa" * 20)
BEACON = bytes(range(32))
TURN_SECONDS = 10

Liar = Callable[[Action], Action | None]


def address(number: int) -> bytes:
    return number.to_bytes(20, "big")


def make_spec(**changes: object) -> OpenSpec:
    """A small logistic task; `changes` replaces fields."""
    values: dict[str, object] = {
        "name": "toy",
        "purpose": "tests",
        "family": "logistic",
        "shape": {"n_features": 3},
        "l2_nano": 1_000_000,
        "columns": tuple(Column(f"x{i}", 0, MICRO) for i in range(3)),
        "target": Target("y", "classes", ("0", "1"), 0, MICRO),
        "epochs": 1,
        "batch_size": 0,
        "learning_rate_micro": 500_000,
        "momentum_micro": 0,
        "fraction_bits": 24,
        "gradient_bits": 24,
        "clip_norm_micro": MICRO,
        "noise_micro": 0,
        "gradient_norm_micro": 4 * MICRO,
        "drop_negative": False,
        "min_updates": 3,
        "max_weight_sum": 100,
        "public_steps": 2,
        "progress_rule": "log",
        "baseline_loss_micro": 693_147,
        "target_loss_micro": 100_000,
        "turn_seconds": TURN_SECONDS,
        "validation": bytes(32),
        "validation_rows": 60,
        "owner_recipient": bytes([1]) * 32,
    }
    return OpenSpec(**(values | changes))  # type: ignore[arg-type]


def make_validation(rows: int = 60, seed: int = 0) -> Validation:
    """Separable up to noise: y = [x0 + x1 > 0]."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return Validation(X, (X[:, 0] + X[:, 1] + 0.3 * rng.normal(size=rows) > 0).astype(np.int64))


@dataclass
class Table:
    """n members in one round. `liars` maps seats to what they do with their actions (None: nothing at all)."""

    spec: OpenSpec
    validation: Validation
    state: State
    history: Sequence[NDArray[np.int64]]
    units: Sequence[int]
    n: int = 4
    liars: Mapping[int, Liar] = field(default_factory=dict)
    now: int = 1_000
    commitments: dict[int, int] = field(default_factory=dict)
    openings: dict[int, int] = field(default_factory=dict)
    works: dict[int, Work] = field(default_factory=dict)
    sums: list[Posted] = field(default_factory=list)
    proposals: list[Posted] = field(default_factory=list)
    shares: list[Posted] = field(default_factory=list)
    votes: dict[int, bytes] = field(default_factory=dict)
    quorum: tuple[bytes, int] | None = None
    revealed: tuple[Report, State | None] | None = None
    log: list[tuple[int, Action]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.identities = [Identity.generate() for _ in range(self.n)]
        self.blobs: dict[int, Document] = {}
        self.memos = [Memo() for _ in range(self.n)]
        self._read: dict[tuple[int, tuple[bytes, ...]], tuple[dict[int, OpenedBlob], dict[int, StoredVector]]] = {}

    @property
    def recipients(self) -> list[bytes]:
        return [identity.recipient for identity in self.identities]

    def header(self, sender: bytes) -> Header:
        return Header(CHAIN_ID, MARKET, TASK, self.state.round, sender)

    def submit(self, trainer: int, update: NDArray[np.int64]) -> None:
        self.blobs[trainer] = close_update(self.header(address(100 + trainer)), update, self.recipients)

    def view(self, seat: int) -> RoundView:
        opened, masked = self._read_blobs(seat)
        everybody = len(self.commitments) == self.n
        commit_ends_at = max(self.commitments.values(), default=0) if everybody else 1_160
        ballot = Ballot(
            header=self.header(address(seat)),
            seat=seat,
            n=self.n,
            clock=Clock(self.now, 900, 1_000, commit_ends_at, commit_ends_at + 160, 3_000),
            turn_seconds=TURN_SECONDS,
            voted=frozenset(self.votes),
            quorum_hash=self.quorum[0] if self.quorum else None,
            quorum_at=self.quorum[1] if self.quorum else 0,
        )
        return RoundView(
            ballot=ballot,
            spec=self.spec,
            validation=self.validation,
            state=self.state,
            history=self.history,
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
            proposals=list(self.proposals),
            shares=list(self.shares),
            state_published=True,
            memo=self.memos[seat],
        )

    def _read_blobs(self, seat: int) -> tuple[dict[int, OpenedBlob], dict[int, StoredVector]]:
        key = (seat, tuple(document.digest for document in self.blobs.values()))
        if key not in self._read:
            opened, masked, length = {}, {}, len(self.state.weights)
            for trainer, document in self.blobs.items():
                header = self.header(address(100 + trainer))
                with suppress(InvalidMessage):
                    masked[trainer] = read_blob(document, header, self.n, length).masked
                    opened[trainer] = open_update(document, header, self.n, seat, self.identities[seat], length)
            self._read[key] = opened, masked
        return self._read[key]

    def play(self, max_seconds: int = 1_500) -> None:
        """Everybody takes turns, five seconds a round of turns, until the reveal or the time is over."""
        for _ in range(0, max_seconds, 5):
            for seat in range(self.n):
                action: Action | None = decide(self.view(seat))
                if seat in self.liars:
                    action = self.liars[seat](action)
                if action is not None and not isinstance(action, Wait):
                    self.log.append((seat, action))
                    self._do(seat, action)
                if self.revealed:
                    return
            self.now += 5

    def _do(self, seat: int, action: Action) -> None:
        match action:
            case CommitWork():
                self.commitments[seat] = self.now
            case OpenWork(work):
                self.openings[seat] = self.now
                self.works[seat] = work
            case PostSums(sums):
                self.sums.append(Posted(seat, self.now, sums.document().digest, sums))
            case Propose(proposal):
                self.proposals.append(Posted(seat, self.now, proposal.document().digest, proposal))
            case PostShares(shares):
                self.shares.append(Posted(seat, self.now, shares.document().digest, shares))
            case Vote(report_hash):
                self.votes[seat] = report_hash
                agreeing = sum(vote == report_hash for vote in self.votes.values())
                if self.quorum is None and agreeing >= self.n - (self.n - 1) // 3:
                    self.quorum = (report_hash, self.now)
            case Reveal(report, state):
                self.revealed = (report, state)
