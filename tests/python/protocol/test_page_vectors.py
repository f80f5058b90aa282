"""Golden vectors shared with the page: specifications that all take or none, and what each side sealed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyrage
import pytest

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.protocol.blobs import open_update
from deltaml.protocol.document import Document, fetch_sealed
from deltaml.protocol.messages import Header, State
from deltaml.protocol.specs import decode_spec
from deltaml.sealing import Identity, holder_sets, mask_sum, open_sum
from deltaml.storage import MemoryStore
from tests.python.protocol.samples import HEADER, LENGTH, N_TRAINERS, STATE, same
from tests.vectors.make_messages import UPDATE
from tests.vectors.make_specs import build, specs

pytestmark = pytest.mark.unit

VECTORS = Path(__file__).parents[2] / "vectors"
SPECS: dict[str, Any] = json.loads((VECTORS / "specs.json").read_text("utf-8"))
IDENTITIES = [
    Identity(pyrage.x25519.Identity.from_str(entry["key"]))
    for entry in json.loads((VECTORS / "envelope.json").read_text("utf-8"))["identities"]
]
COMMITTEE = [IDENTITIES[seat % 2].recipient for seat in range(4)]
MAKERS = {"Python": "documents.json", "the page": "page_documents.json"}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS.keys())
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What Python or the page sealed for IDENTITIES."""
    parsed: dict[str, Any] = json.loads((VECTORS / request.param).read_text("utf-8"))
    return parsed


def store_of(blocks: list[str]) -> MemoryStore:
    store = MemoryStore()
    for data in blocks:
        store.put(bytes.fromhex(data))
    return store


def test_specs_are_built_the_same() -> None:
    assert specs() == SPECS


@pytest.mark.parametrize("name", SPECS["whole"])
def test_takes_the_whole_of(name: str) -> None:
    data = bytes.fromhex(SPECS["whole"][name])
    assert decode_spec(data).encode() == data


@pytest.mark.parametrize("name", SPECS["taken"])
def test_takes(name: str) -> None:
    data = build(bytes.fromhex(SPECS["base"]), SPECS["taken"][name])
    assert decode_spec(data).encode() == data


@pytest.mark.parametrize(
    ("base", "name"),
    [("base", name) for name in SPECS["refused"]] + [("sealed_base", name) for name in SPECS["refused_sealed"]],
)
def test_refuses(base: str, name: str) -> None:
    changes = SPECS["refused" if base == "base" else "refused_sealed"][name]
    data = build(bytes.fromhex(SPECS[base]), changes)
    with pytest.raises(InvalidInput):
        decode_spec(data)


def test_a_sealed_state_opens(made: dict[str, Any]) -> None:
    entry = made["sealed_state"]
    store, digest = store_of(entry["blocks"]), bytes.fromhex(entry["digest"])
    for identity in IDENTITIES:
        document = fetch_sealed(digest, identity, store, 1 << 16)
        assert document.digest.hex() == entry["top"]["digest"]
        assert same(STATE, State.decode(document, LENGTH, N_TRAINERS))
    with pytest.raises(InvalidMessage):
        fetch_sealed(digest, Identity.generate(), store, 1 << 16)


def test_a_blob_opens_to_the_update(made: dict[str, Any]) -> None:
    entry = made["blob"]
    store = store_of([entry["bytes"], *entry["chunks"]])
    document = Document(bytes.fromhex(entry["digest"]), store)
    seeds: dict[int, bytes] = {}
    for seat in range(4):
        opened = open_update(document, HEADER, COMMITTEE, seat, IDENTITIES[seat % 2], len(UPDATE))
        assert all(seat in holder_sets(4)[index] for index in opened.seeds)
        seeds |= opened.seeds
    masks = [mask_sum([seed], [1], len(UPDATE)) for seed in seeds.values()]
    assert len(masks) == 4
    assert np.array_equal(open_sum([opened.masked.read()], [1], masks), UPDATE)


def test_a_blob_is_bound_to_its_place(made: dict[str, Any]) -> None:
    entry = made["blob"]
    document = Document(bytes.fromhex(entry["digest"]), store_of([entry["bytes"], *entry["chunks"]]))
    elsewhere = Header(HEADER.chain_id, HEADER.market, HEADER.task_id, HEADER.round + 1, HEADER.sender)
    with pytest.raises(InvalidMessage):
        open_update(document, elsewhere, COMMITTEE, 0, IDENTITIES[0], len(UPDATE))
