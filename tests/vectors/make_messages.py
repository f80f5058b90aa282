"""Writes messages.json and blobs.json: `python -m tests.vectors.make_messages`. Bytes are hex, words decimal strings.

age draws fresh randomness for each file, so the update blob is built from fixed bytes where its sealed seeds would be;
the seeds are given, and with them the masked vector and the commitments must come out the same everywhere.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header, Update
from deltaml.sealing import apply_masks, seed_commitment
from deltaml.storage import MemoryStore, cid_from_digest, digest_of, encode_block, put_vector
from tests.python.protocol.board import make_spec
from tests.python.protocol.samples import HEADER, PROPOSAL, SHARES, STATE, SUMS, WORK

HERE = Path(__file__).parent
UPDATE = np.array([0, 1, -1, 2**40, -(2**40), 2**62, -(2**62), 12345, -54321, 7], dtype=np.int64)
SEEDS = tuple(bytes([16 * index + j for j in range(16)]) * 2 for index in range(4))


def block(data: bytes) -> dict[str, str]:
    return {"bytes": data.hex(), "digest": digest_of(data).hex(), "cid": cid_from_digest(digest_of(data))}


def documented(document: Document) -> dict[str, Any]:
    """Top block and chunks of a document, all canonical bytes."""
    blocks = document.blocks
    assert isinstance(blocks, MemoryStore)
    chunks = sorted(data.hex() for digest, data in blocks.blocks.items() if digest != document.digest)
    return {**block(blocks.blocks[document.digest]), "chunks": chunks}


def integers(vector: np.ndarray) -> list[str]:
    return [str(int(word)) for word in vector]


def header_of(header: Header) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in header.to_map().items()}


def messages() -> dict[str, Any]:
    """One message of each kind; what they say is in `says`, in the names of the top block."""
    return {
        "header": header_of(HEADER),
        "state": {
            "says": {
                "round": STATE.round,
                "weights": integers(STATE.weights),
                "gradient": integers(STATE.gradient),
                "carried": [str(deficit) for deficit in STATE.carried],
                "progress_wad": str(STATE.progress_wad),
                "loss_micro": STATE.loss_micro,
                "metric_micro": STATE.metric_micro,
            },
            **documented(STATE.document()),
        },
        "work": {
            "says": {"accepted": WORK.accepted.hex(), "openings": integers(WORK.openings.reshape(-1))},
            **documented(WORK.document()),
        },
        "sums": {
            "says": {
                "summed": SUMS.summed.hex(),
                "hashes": {str(index): value.hex() for index, value in SUMS.hashes.items()},
                "bodies": {str(index): integers(body) for index, body in SUMS.bodies.items()},
            },
            **documented(SUMS.document()),
        },
        "proposal": {
            "says": {
                "summed": PROPOSAL.summed.hex(),
                "path_gradient": integers(PROPOSAL.path_gradient),
                "coefficients": [str(coefficient) for coefficient in PROPOSAL.coefficients],
                "gradient": integers(PROPOSAL.gradient),
                "loss_micro": PROPOSAL.loss_micro,
                "metric_micro": PROPOSAL.metric_micro,
                "progress_wad": str(PROPOSAL.progress_wad),
            },
            **documented(PROPOSAL.document()),
        },
        "score-shares": {
            "says": {
                "proposal": SHARES.proposal.hex(),
                "values": {str(index): integers(row) for index, row in SHARES.values.items()},
            },
            **documented(SHARES.document()),
        },
        "spec": block(make_spec().encode()),
    }


def blobs() -> dict[str, Any]:
    """An update, its seeds, and everything of its blob that does not come from age."""
    blocks = MemoryStore()
    masked = apply_masks(UPDATE, SEEDS)
    vector = put_vector(blocks, masked)
    vector_block = encode_block(vector)
    contexts = [encode_block({**HEADER.to_map(), "set": index}) for index in range(len(SEEDS))]
    commitments = [seed_commitment(seed, context) for seed, context in zip(SEEDS, contexts, strict=True)]
    inner = [
        encode_block({**HEADER.to_map(), "set": index, "seed": seed, "vector": digest_of(vector_block)})
        for index, seed in enumerate(SEEDS)
    ]
    sealed = [b"age file for holder set %d" % index for index in range(len(SEEDS))]
    document = Update(HEADER, vector, tuple(commitments), tuple(sealed)).document(blocks)
    return {
        "header": header_of(HEADER),
        "update": integers(UPDATE),
        "seeds": [seed.hex() for seed in SEEDS],
        "masked": integers(masked),
        "vector": block(vector_block),
        "contexts": [context.hex() for context in contexts],
        "commitments": [commitment.hex() for commitment in commitments],
        "inner": [plain.hex() for plain in inner],
        "sealed": [item.hex() for item in sealed],
        "blob": documented(document),
    }


if __name__ == "__main__":
    for name, content in (("messages", messages()), ("blobs", blobs())):
        (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
