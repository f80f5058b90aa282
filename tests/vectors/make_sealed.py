"""Writes sealed.json: `python -m tests.vectors.make_sealed`. Bytes are hex, integers decimal strings."""

import json
from pathlib import Path
from typing import Any

from deltaml.sealing import Opening
from tests.python.protocol.samples import HEADER
from tests.python.protocol.sealed.samples import KEY, MODEL, OPENINGS, SPEC, STATE, STEP, ciphertexts, update_document
from tests.vectors.make_messages import block, documented, header_of, integers

HERE = Path(__file__).parent


def numbers(values: Any) -> list[str]:
    return [str(value) for value in values]


def opened(openings: Any) -> list[dict[str, str]]:
    return [{name: str(getattr(opening, name)) for name in Opening._fields} for opening in openings]


def sealed() -> dict[str, Any]:
    """One message of each kind; what they say is in `says`, in the names of the top block."""
    return {
        "header": header_of(HEADER),
        "n": str(KEY.n),
        "key_id": KEY.key_id.hex(),
        "sealed-spec": block(SPEC.encode()),
        "sealed-model": {
            "says": {"round": MODEL.round, "weights": numbers(MODEL.weights.values)},
            **documented(MODEL.document()),
        },
        "sealed-state": {
            "says": {
                "round": STATE.round,
                "model": STATE.model.hex(),
                "carried": numbers(STATE.carried),
                "progress_wad": str(STATE.progress_wad),
            },
            **documented(STATE.document()),
        },
        "sealed-update": {
            "says": {"vector": numbers(ciphertexts(50).values)},
            **documented(update_document()),
        },
        "owner-openings": {
            "says": {
                "trainers": sorted(OPENINGS.openings),
                "openings": {str(trainer): opened(row) for trainer, row in sorted(OPENINGS.openings.items())},
            },
            **documented(OPENINGS.document(KEY)),
        },
        "owner-step": {
            "says": {
                "summed": STEP.summed.hex(),
                "model": STEP.model.hex(),
                "direction": integers(STEP.direction),
                "openings": opened(STEP.openings),
                "memory": STEP.memory.hex(),
            },
            **documented(STEP.document(KEY)),
        },
    }


if __name__ == "__main__":
    (HERE / "sealed.json").write_text(json.dumps(sealed(), indent=1) + "\n", "utf-8")
