"""Writes documents.json: `python -m tests.vectors.make_documents`. Sealed documents and a blob that Python made for the
identities of envelope.json. age differs each time; what must stay the same is that they open, to the same content."""

import json
from pathlib import Path
from typing import Any

from deltaml.protocol.blobs import close_update
from deltaml.protocol.document import publish_sealed
from deltaml.sealing import recipient_from_text
from deltaml.storage import MemoryStore
from tests.python.protocol.samples import HEADER, STATE
from tests.vectors.make_messages import UPDATE, block, documented, header_of, integers

HERE = Path(__file__).parent
IDENTITIES = json.loads((HERE / "envelope.json").read_text("utf-8"))["identities"]
RECIPIENTS = [recipient_from_text(identity["text"]) for identity in IDENTITIES]
SEATS = [RECIPIENTS[seat % len(RECIPIENTS)] for seat in range(4)]


def blocks_of(store: MemoryStore) -> list[str]:
    return [data.hex() for _, data in sorted(store.blocks.items())]


def documents() -> dict[str, Any]:
    """A sealed state behind `digest`, and the blob of an update for a committee of four seats."""
    store = MemoryStore()
    digest = publish_sealed(STATE.document(), RECIPIENTS, store)
    blob = close_update(HEADER, UPDATE, SEATS)
    return {
        "sealed_state": {"digest": digest.hex(), "blocks": blocks_of(store), "top": block_of_state()},
        "blob": {"header": header_of(HEADER), "update": integers(UPDATE), **documented(blob)},
    }


def block_of_state() -> dict[str, str]:
    document = STATE.document()
    assert isinstance(document.blocks, MemoryStore)
    return block(document.blocks.blocks[document.digest])


if __name__ == "__main__":
    (HERE / "documents.json").write_text(json.dumps(documents(), indent=1) + "\n", "utf-8")
