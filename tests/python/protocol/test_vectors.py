"""Golden vectors of messages and blobs: built again, the same bytes; the browser holds itself to them too."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltaml.protocol.document import Document
from deltaml.protocol.messages import Proposal, ScoreShares, State, Sums, Update, Work
from deltaml.protocol.spec import OpenSpec
from deltaml.sealing import mask_sum, open_sum, seed_commitment
from deltaml.storage import MemoryStore, get_vector
from tests.python.protocol.board import make_spec
from tests.python.protocol.samples import (
    ACCEPTED,
    HEADER,
    HELD,
    LENGTH,
    N_TRAINERS,
    PROPOSAL,
    PROPOSAL_DIGEST,
    SHARES,
    STATE,
    SUMS,
    WORK,
    same,
)
from tests.vectors.make_messages import blobs, messages

pytestmark = pytest.mark.unit

VECTORS = Path(__file__).parents[2] / "vectors"
MESSAGES: dict[str, Any] = json.loads((VECTORS / "messages.json").read_text("utf-8"))
BLOBS: dict[str, Any] = json.loads((VECTORS / "blobs.json").read_text("utf-8"))


def golden(entry: dict[str, Any]) -> Document:
    """A document from nothing but the bytes in the file."""
    store = MemoryStore()
    for chunk in entry["chunks"]:
        store.put(bytes.fromhex(chunk))
    digest = store.put(bytes.fromhex(entry["bytes"]))
    assert digest.hex() == entry["digest"]
    return Document(digest, store)


@pytest.mark.parametrize("name", sorted(set(MESSAGES) | set(messages())))
def test_messages_are_built_the_same(name: str) -> None:
    assert messages()[name] == MESSAGES[name]


@pytest.mark.parametrize("name", sorted(set(BLOBS) | set(blobs())))
def test_blobs_are_built_the_same(name: str) -> None:
    assert blobs()[name] == BLOBS[name]


def test_golden_bytes_read_as_the_messages() -> None:
    read: dict[str, tuple[Any, Any]] = {
        "state": (STATE, State.decode(golden(MESSAGES["state"]), LENGTH, N_TRAINERS)),
        "work": (WORK, Work.decode(golden(MESSAGES["work"]), HEADER, ACCEPTED, (3, 4, 9))),
        "sums": (SUMS, Sums.decode(golden(MESSAGES["sums"]), HEADER, HELD, LENGTH)),
        "proposal": (PROPOSAL, Proposal.decode(golden(MESSAGES["proposal"]), HEADER, LENGTH, 2)),
        "score-shares": (
            SHARES,
            ScoreShares.decode(golden(MESSAGES["score-shares"]), HEADER, HELD, {PROPOSAL_DIGEST: 3}),
        ),
    }
    assert set(read) == set(MESSAGES) - {"header", "spec"}
    for expected, decoded in read.values():
        assert same(expected, decoded)
    assert OpenSpec.decode(bytes.fromhex(MESSAGES["spec"]["bytes"])) == make_spec()


def test_the_golden_blob_opens() -> None:
    document = golden(BLOBS["blob"])
    update = Update.decode(document, HEADER, 4)
    masked = get_vector(document.blocks, update.vector, "uint64", len(BLOBS["update"]))
    assert [str(int(word)) for word in masked] == BLOBS["masked"]
    seeds = [bytes.fromhex(seed) for seed in BLOBS["seeds"]]
    masks = [mask_sum([seed], [1], len(masked)) for seed in seeds]
    assert np.array_equal(open_sum([masked], [1], masks), np.array([int(word) for word in BLOBS["update"]]))
    contexts = [bytes.fromhex(context) for context in BLOBS["contexts"]]
    assert list(update.commitments) == [seed_commitment(s, c) for s, c in zip(seeds, contexts, strict=True)]
