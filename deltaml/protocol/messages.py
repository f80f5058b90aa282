"""The messages of a round (design §5) as frozen dataclasses, and their canonical blocks.

Every message names its chain, market, task, round and sender (R14). Decoding checks each field's type and range before
anything is allocated or fetched, and raises InvalidMessage: a bad message costs its sender, never the reader (R12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.document import Document
from deltaml.protocol.schema import Fields
from deltaml.storage import MemoryStore, get_vector, put_vector

Int64Array = NDArray[np.int64]
Uint64Array = NDArray[np.uint64]

MAX_SEALED_SEED_BYTES = 8192
# Chunks may be linked many times over, so that a short message can stand for long vectors.
MAX_BODIES_BYTES = 1 << 30
COEFFICIENT_LIMIT = 2**62
MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Header:
    """Where a message belongs: chain id, market address, task, round (from 0), and who sent it (20 bytes)."""

    chain_id: int
    market: bytes
    task_id: int
    round: int
    sender: bytes

    NAMES: ClassVar[set[str]] = {"chain", "market", "task", "round", "sender"}

    def to_map(self) -> dict[str, Any]:
        return {
            "chain": self.chain_id,
            "market": self.market,
            "task": self.task_id,
            "round": self.round,
            "sender": self.sender,
        }

    @classmethod
    def read(cls, given: Fields) -> "Header":
        return cls(
            chain_id=given.integer("chain", 1, MAX_ID),
            market=given.octets("market", 20),
            task_id=given.integer("task", 0, MAX_ID),
            round=given.integer("round", 0, 255),
            sender=given.octets("sender", 20),
        )

    def require(self, expected: "Header") -> None:
        """Raises InvalidMessage unless this header is the expected one: nothing made for elsewhere is accepted."""
        if self != expected:
            raise InvalidMessage(f"message belongs to {self}, expected {expected}")


def open_fields(document: Document, kind: str, names: set[str], expected: Header) -> Fields:
    """The fields of a message of that type and place. Raises InvalidMessage."""
    given = Fields.of(kind, document.top, {"type"} | Header.NAMES | names)
    given.text("type", (kind,))
    Header.read(given).require(expected)
    return given


@dataclass(frozen=True, eq=False)
class Update:
    """A trainer's blob: masked uint64[d], and per holder set the seed's commitment and the seed, sealed to the set."""

    header: Header
    vector: dict[str, Any]
    commitments: tuple[bytes, ...]
    sealed_seeds: tuple[bytes, ...]

    TYPE: ClassVar[str] = "deltaml/update/1"

    def document(self, blocks: MemoryStore) -> Document:
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "vector": self.vector,
                "commitments": list(self.commitments),
                "seeds": list(self.sealed_seeds),
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, n_sets: int) -> Self:
        given = open_fields(document, cls.TYPE, {"vector", "commitments", "seeds"}, expected)
        commitments = given.sequence("commitments", n_sets, n_sets)
        seeds = given.sequence("seeds", n_sets, n_sets)
        if not all(isinstance(item, bytes) and len(item) == 32 for item in commitments):
            raise given.fail("commitments", "32 bytes each")
        if not all(isinstance(item, bytes) and len(item) <= MAX_SEALED_SEED_BYTES for item in seeds):
            raise given.fail("seeds", f"at most {MAX_SEALED_SEED_BYTES} bytes each")
        vector = given.values["vector"]
        if not isinstance(vector, dict):
            raise given.fail("vector", "a vector node")
        return cls(Header.read(given), vector, tuple(commitments), tuple(seeds))


@dataclass(frozen=True, eq=False)
class Work:
    """A member's post of step 5: which blobs he accepts and, for those, his masks of the pre-score and the projections.

    openings: uint64[held sets, accepted trainers, `opening.n_checks`], holder sets and trainers in ascending order.
    """

    header: Header
    accepted: bytes
    openings: Uint64Array

    TYPE: ClassVar[str] = "deltaml/work/1"

    def document(self) -> Document:
        blocks = MemoryStore()
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "accepted": self.accepted,
                "openings": put_vector(blocks, self.openings.reshape(-1)),
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, accepted: bytes, shape: tuple[int, int, int]) -> Self:
        given = open_fields(document, cls.TYPE, {"accepted", "openings"}, expected)
        if given.octets("accepted") != accepted:
            raise given.fail("accepted", "the bitmap that was opened on chain")
        flat = get_vector(document.blocks, given.values["openings"], "uint64", shape[0] * shape[1] * shape[2])
        return cls(Header.read(given), accepted, flat.reshape(shape))


@dataclass(frozen=True, eq=False)
class Sums:
    """A member's post of step 6 for one set of trainers: the hash of each mask sum he can form, and the sums themselves
    (uint64[d]) where it is his turn to post them."""

    header: Header
    summed: bytes
    hashes: Mapping[int, bytes]
    bodies: Mapping[int, Uint64Array]

    TYPE: ClassVar[str] = "deltaml/sums/1"

    def document(self) -> Document:
        blocks = MemoryStore()
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "summed": self.summed,
                "hashes": {str(index): digest for index, digest in self.hashes.items()},
                "bodies": {str(index): put_vector(blocks, body) for index, body in self.bodies.items()},
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, held: tuple[int, ...], length: int) -> Self:
        given = open_fields(document, cls.TYPE, {"summed", "hashes", "bodies"}, expected)
        hashes, bodies = given.values["hashes"], given.values["bodies"]
        names = {str(index): index for index in held}
        if not isinstance(hashes, dict) or not set(hashes) <= set(names):
            raise given.fail("hashes", "hashes of holder sets of the member")
        if not all(isinstance(item, bytes) and len(item) == 32 for item in hashes.values()):
            raise given.fail("hashes", "32 bytes each")
        if not isinstance(bodies, dict) or not set(bodies) <= set(names):
            raise given.fail("bodies", "sums of holder sets of the member")
        if len(bodies) * length * 8 > MAX_BODIES_BYTES:
            raise InvalidMessage(f"{cls.TYPE}.bodies: {len(bodies)} sums of {length} words; post fewer at a time")
        return cls(
            Header.read(given),
            given.octets("summed", max_length=128),
            {names[name]: digest for name, digest in hashes.items()},
            {names[name]: get_vector(document.blocks, node, "uint64", length) for name, node in bodies.items()},
        )


@dataclass(frozen=True, eq=False)
class Proposal:
    """What the member whose turn it is computed from the opened sum (steps 6 and 7), for the others to check.

    path_gradient: h, int64[d] at gradient_bits. coefficients: of the public steps, newest last, at fraction_bits.
    gradient: of the loss at the next weights, int64[d] at gradient_bits. loss_micro: validation loss there.
    """

    header: Header
    summed: bytes
    path_gradient: Int64Array
    coefficients: tuple[int, ...]
    gradient: Int64Array
    loss_micro: int
    metric_micro: int
    progress_wad: int

    TYPE: ClassVar[str] = "deltaml/proposal/1"

    def document(self) -> Document:
        blocks = MemoryStore()
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "summed": self.summed,
                "path_gradient": put_vector(blocks, self.path_gradient),
                "coefficients": list(self.coefficients),
                "gradient": put_vector(blocks, self.gradient),
                "loss_micro": self.loss_micro,
                "metric_micro": self.metric_micro,
                "progress_wad": self.progress_wad,
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, length: int, n_steps: int) -> Self:
        names = {"summed", "path_gradient", "coefficients", "gradient", "loss_micro", "metric_micro", "progress_wad"}
        given = open_fields(document, cls.TYPE, names, expected)
        coefficients = given.sequence("coefficients", n_steps, n_steps)
        if not all(type(item) is int and abs(item) < COEFFICIENT_LIMIT for item in coefficients):
            raise given.fail("coefficients", "integers below 2^62")
        return cls(
            Header.read(given),
            given.octets("summed", max_length=128),
            get_vector(document.blocks, given.values["path_gradient"], "int64", length),
            tuple(coefficients),
            get_vector(document.blocks, given.values["gradient"], "int64", length),
            given.integer("loss_micro", -(2**62), 2**62),
            given.integer("metric_micro", -(2**62), 2**62),
            given.integer("progress_wad", 0, 10**18),
        )


@dataclass(frozen=True, eq=False)
class ScoreShares:
    """A member's post of step 8, for one proposal: holder set -> masks of <u_i, h>, uint64[summed trainers]."""

    header: Header
    proposal: bytes
    values: Mapping[int, Uint64Array]

    TYPE: ClassVar[str] = "deltaml/score-shares/1"

    def document(self) -> Document:
        blocks = MemoryStore()
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "proposal": self.proposal,
                "values": {str(index): put_vector(blocks, row) for index, row in self.values.items()},
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, held: tuple[int, ...], lengths: Mapping[bytes, int]) -> Self:
        """lengths: proposals known to the reader -> number of trainers each of them sums. Raises Unavailable for shares
        of a proposal that the reader does not know yet."""
        given = open_fields(document, cls.TYPE, {"proposal", "values"}, expected)
        values, names = given.values["values"], {str(index): index for index in held}
        length = lengths.get(given.octets("proposal", 32))
        if length is None:
            raise Unavailable("the proposal that these score shares answer is not known yet")
        if not isinstance(values, dict) or not set(values) <= set(names):
            raise given.fail("values", "masks of holder sets of the member")
        rows = {names[name]: get_vector(document.blocks, node, "uint64", length) for name, node in values.items()}
        return cls(Header.read(given), given.octets("proposal", 32), rows)


@dataclass(frozen=True, eq=False)
class State:
    """What a round of an open-model task starts from: weights int64[d] at fraction_bits, the loss gradient there
    int64[d] at gradient_bits, each trainer's carried deficit (R3), progress, and validation loss and metric for people
    to read."""

    round: int
    weights: Int64Array
    gradient: Int64Array
    carried: tuple[int, ...]
    progress_wad: int
    loss_micro: int
    metric_micro: int

    TYPE: ClassVar[str] = "deltaml/state/1"

    def document(self) -> Document:
        blocks = MemoryStore()
        return Document.of(
            {
                "type": self.TYPE,
                "round": self.round,
                "weights": put_vector(blocks, self.weights),
                "gradient": put_vector(blocks, self.gradient),
                "carried": list(self.carried),
                "progress_wad": self.progress_wad,
                "loss_micro": self.loss_micro,
                "metric_micro": self.metric_micro,
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, length: int, n_trainers: int) -> Self:
        """The state in `document`; the initial one (round 0) carries nothing for anybody."""
        names = {"type", "round", "weights", "gradient", "carried", "progress_wad", "loss_micro", "metric_micro"}
        given = Fields.of(cls.TYPE, document.top, names)
        given.text("type", (cls.TYPE,))
        number = given.integer("round", 0, 256)
        return cls(
            number,
            get_vector(document.blocks, given.values["weights"], "int64", length),
            get_vector(document.blocks, given.values["gradient"], "int64", length),
            read_carried(given, number, n_trainers),
            given.integer("progress_wad", 0, 10**18),
            given.integer("loss_micro", -(2**62), 2**62),
            given.integer("metric_micro", -(2**62), 2**62),
        )


def read_carried(given: Fields, number: int, n_trainers: int) -> tuple[int, ...]:
    """The deficits that a state carries (R3), one per trainer; zeros for the initial one, which names nobody."""
    carried = given.sequence("carried", 0, 1024)
    if len(carried) not in ((0,) if number == 0 else (n_trainers,)):
        raise given.fail("carried", f"{n_trainers} deficits, none in the initial state")
    if not all(type(item) is int and -(2**62) <= item <= 0 for item in carried):
        raise given.fail("carried", "integers that are not positive")
    return tuple(carried) or (0,) * n_trainers
