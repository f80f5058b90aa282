"""What is posted in a round of a sealed-model task, beside the messages that all rounds share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header, Update, open_fields, read_carried
from deltaml.protocol.schema import Fields
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.sealing import Ciphertexts, Opening, OwnerPublicKey
from deltaml.storage import MemoryStore, Store, get_vector, put_vector

Int64Array = NDArray[np.int64]


class SealedUpdate(Update):
    """A trainer's blob: the words of d ciphertexts, each of an update's coordinate plus masks, and the masks' seeds."""

    TYPE: ClassVar[str] = "deltaml/sealed-update/1"


@dataclass(frozen=True, eq=False)
class SealedModel:
    """The model that a round starts from, under the owner's key: d ciphertexts. Public."""

    round: int
    weights: Ciphertexts

    TYPE: ClassVar[str] = "deltaml/sealed-model/1"

    def document(self) -> Document:
        blocks = MemoryStore()
        words = to_words(self.weights.to_octets())
        return Document.of({"type": self.TYPE, "round": self.round, "weights": put_vector(blocks, words)}, blocks)

    @classmethod
    def decode(cls, document: Document, spec: SealedSpec) -> Self:
        given = Fields.of(cls.TYPE, document.top, {"type", "round", "weights"})
        given.text("type", (cls.TYPE,))
        words = get_vector(document.blocks, given.values["weights"], "uint64", spec.blob_words)
        return cls(given.integer("round", 0, 256), to_ciphertexts(words, spec))


@dataclass(frozen=True)
class SealedState:
    """What a round of a sealed-model task starts from: the digest of its SealedModel, each trainer's carried deficit
    (R3), and progress."""

    round: int
    model: bytes
    carried: tuple[int, ...]
    progress_wad: int

    TYPE: ClassVar[str] = "deltaml/sealed-state/1"

    def document(self) -> Document:
        return Document.of(
            {
                "type": self.TYPE,
                "round": self.round,
                "model": self.model,
                "carried": list(self.carried),
                "progress_wad": self.progress_wad,
            },
            MemoryStore(),
        )

    @classmethod
    def decode(cls, document: Document, n_trainers: int) -> Self:
        """The state in `document`; the initial one (round 0) carries nothing for anybody."""
        given = Fields.of(cls.TYPE, document.top, {"type", "round", "model", "carried", "progress_wad"})
        given.text("type", (cls.TYPE,))
        number = given.integer("round", 0, 256)
        carried = read_carried(given, number, n_trainers)
        return cls(number, given.octets("model", 32), carried, given.integer("progress_wad", 0, 10**18))


@dataclass(frozen=True, eq=False)
class OwnerOpenings:
    """The owner's post of step 2: the random projections of every readable blob, still masked, proven.

    openings: trainer -> one per random direction.
    """

    header: Header
    openings: Mapping[int, Sequence[Opening]]

    TYPE: ClassVar[str] = "deltaml/owner-openings/1"

    def document(self, key: OwnerPublicKey) -> Document:
        blocks = MemoryStore()
        trainers = sorted(self.openings)
        flat = [opening for trainer in trainers for opening in self.openings[trainer]]
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "trainers": trainers,
                "openings": put_vector(blocks, _opening_words(flat, key)),
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, spec: SealedSpec, n_trainers: int) -> Self:
        given = open_fields(document, cls.TYPE, {"trainers", "openings"}, expected)
        trainers = given.sequence("trainers", 0, n_trainers)
        if not all(type(i) is int and 0 <= i < n_trainers for i in trainers) or sorted(set(trainers)) != trainers:
            raise given.fail("trainers", "trainers by index, each once, in ascending order")
        flat = _read_openings(document, given, spec, len(trainers) * spec.n_checks)
        size = spec.n_checks
        return cls(expected, {trainer: flat[i * size : (i + 1) * size] for i, trainer in enumerate(trainers)})


@dataclass(frozen=True, eq=False)
class OwnerStep:
    """The owner's post of step 4, for the set of trainers (bitmap) whose sum he opened.

    model: digest of the next SealedModel, in the clear beside it. direction: int64[d] at gradient_bits; a trainer's
    score is minus the inner product of his update with it. openings: of those products, still masked, one per summed
    trainer. memory: digest of what the owner remembers, sealed to himself; 32 zero bytes for nothing.
    """

    header: Header
    summed: bytes
    model: bytes
    direction: Int64Array
    openings: Sequence[Opening]
    memory: bytes

    TYPE: ClassVar[str] = "deltaml/owner-step/1"

    def document(self, key: OwnerPublicKey) -> Document:
        blocks = MemoryStore()
        return Document.of(
            {
                "type": self.TYPE,
                **self.header.to_map(),
                "summed": self.summed,
                "model": self.model,
                "direction": put_vector(blocks, self.direction),
                "openings": put_vector(blocks, _opening_words(self.openings, key)),
                "memory": self.memory,
            },
            blocks,
        )

    @classmethod
    def decode(cls, document: Document, expected: Header, spec: SealedSpec, n_trainers: int) -> Self:
        given = open_fields(document, cls.TYPE, {"summed", "model", "direction", "openings", "memory"}, expected)
        summed = given.octets("summed", (n_trainers + 7) // 8)
        direction = get_vector(document.blocks, given.values["direction"], "int64", spec.n_parameters)
        if sum(int(value) ** 2 for value in direction) > spec.direction_norm**2:
            raise given.fail("direction", f"a vector of norm {spec.direction_norm} at most")
        return cls(
            expected,
            summed,
            given.octets("model", 32),
            direction,
            _read_openings(document, given, spec, int.from_bytes(summed, "little").bit_count()),
            given.octets("memory", 32),
        )


def read_model(store: Store, digest: bytes, spec: SealedSpec, number: int) -> SealedModel:
    """The model that round `number` starts from: its own or, where rounds stood still, an earlier one's.

    Raises InvalidMessage when it is broken or a later round's, Unavailable.
    """
    model = SealedModel.decode(Document(digest, store), spec)
    if model.round > number:
        raise InvalidMessage(f"the sealed model is one of round {model.round}, expected {number} or earlier")
    return model


def to_ciphertexts(words: NDArray[np.uint64], spec: SealedSpec) -> Ciphertexts:
    """Raises InvalidMessage unless the words are d ciphertexts under the task's key."""
    return Ciphertexts.from_octets(spec.public_key, words.astype("<u8", copy=False).tobytes(), spec.n_parameters)


def to_words(octets: bytes) -> NDArray[np.uint64]:
    """Bytes, a multiple of eight, as little-endian words, as which vectors travel."""
    return np.frombuffer(octets, dtype="<u8").astype(np.uint64)


def _opening_words(openings: Sequence[Opening], key: OwnerPublicKey) -> NDArray[np.uint64]:
    size = key.bits // 8
    return to_words(b"".join(part.to_bytes(size, "big") for opening in openings for part in opening))


def _read_openings(document: Document, given: Fields, spec: SealedSpec, count: int) -> list[Opening]:
    size = spec.public_key.bits // 8
    words = get_vector(document.blocks, given.values["openings"], "uint64", count * 2 * size // 8)
    octets = words.astype("<u8", copy=False).tobytes()
    parts = [int.from_bytes(octets[start : start + size], "big") for start in range(0, len(octets), size)]
    return [Opening(plaintext, randomness) for plaintext, randomness in zip(parts[::2], parts[1::2], strict=True)]
