"""One message of each kind of a sealed-model round, from fixed values: for golden vectors and for mutations."""

from collections.abc import Callable
from typing import Any

import numpy as np

from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.protocol.sealed.messages import (
    OwnerOpenings,
    OwnerStep,
    SealedModel,
    SealedState,
    SealedUpdate,
    to_words,
)
from deltaml.protocol.spec import MICRO, Column
from deltaml.sealing import Ciphertexts, Opening
from deltaml.storage import MemoryStore, put_vector
from tests.python.protocol.samples import HEADER, N_TRAINERS, SUMMED, Sample
from tests.python.protocol.sealed.board import make_spec
from tests.python.sealing.owner_keys import ALICE

KEY = ALICE.public
SPEC = make_spec(shape={"n_features": 2}, columns=tuple(Column(f"x{i}", 0, MICRO) for i in range(2)))
LENGTH = 3
N_SETS = 4


def residue(seed: int, modulus: int) -> int:
    """A fixed number below the modulus that uses all of its bits."""
    return pow(3, 5000 + 77 * seed, modulus)


def ciphertexts(start: int = 0) -> Ciphertexts:
    """Powers of 3 modulo n**2: valid ciphertexts of nobody knows what."""
    return Ciphertexts(KEY, [residue(start + i, KEY.n**2) for i in range(LENGTH)])


def openings(count: int, start: int = 0) -> list[Opening]:
    """In range, and proofs of nothing: what a message says is verified later."""
    return [Opening(residue(start + 2 * i, KEY.n), residue(start + 2 * i + 1, KEY.n)) for i in range(count)]


MODEL = SealedModel(3, ciphertexts())
STATE = SealedState(3, bytes(range(32)), (0, -5, -(2**62), *(0,) * 7), 500_000 * 10**12)
OPENINGS = OwnerOpenings(HEADER, {trainer: openings(SPEC.n_checks, 10 * trainer) for trainer in (0, 2, 9)})
STEP = OwnerStep(
    HEADER,
    SUMMED,
    bytes(range(32, 64)),
    np.array([1, -(2**15), 2**15 - 1], dtype=np.int64),
    openings(3, 200),
    bytes(range(64, 96)),
)


def update_document() -> Document:
    """The top block of a blob from fixed bytes where age would be."""
    blocks = MemoryStore()
    vector = put_vector(blocks, to_words(ciphertexts(50).to_octets()))
    commitments = tuple(bytes([index]) * 32 for index in range(N_SETS))
    sealed = tuple(b"sealed %d" % index for index in range(N_SETS))
    return SealedUpdate(HEADER, vector, commitments, sealed).document(blocks)


def _owners(kind: Any, n_trainers: int = N_TRAINERS) -> Callable[..., Any]:
    return lambda document, header=HEADER: kind.decode(document, header, SPEC, n_trainers)


def _update(document: Document, header: Header = HEADER) -> SealedUpdate:
    return SealedUpdate.decode(document, header, N_SETS)


SAMPLES = {
    "sealed-model": Sample(MODEL, MODEL.document, lambda d: SealedModel.decode(d, SPEC), None),
    "sealed-state": Sample(STATE, STATE.document, lambda d: SealedState.decode(d, N_TRAINERS), None),
    "sealed-update": Sample(None, update_document, _update, _update),
    "owner-openings": Sample(OPENINGS, lambda: OPENINGS.document(KEY), _owners(OwnerOpenings), _owners(OwnerOpenings)),
    "owner-step": Sample(STEP, lambda: STEP.document(KEY), _owners(OwnerStep), _owners(OwnerStep)),
}


def document_of(message: Any) -> Document:
    """Of any message: the owner's need the key."""
    found: Document = message.document(KEY) if isinstance(message, OwnerOpenings | OwnerStep) else message.document()
    return found
