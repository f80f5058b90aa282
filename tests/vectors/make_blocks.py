"""Writes blocks.json: `python tests/vectors/make_blocks.py`. Objects are DAG-JSON (ipld.io/specs/codecs/dag-json)."""

import base64
import json
from pathlib import Path

import numpy as np
from multiformats import CID

from deltaml.storage import (
    MemoryStore,
    Value,
    cid_from_digest,
    digest_from_cid,
    digest_of,
    encode_block,
    link,
    put_vector,
)

ODD = 0x9E3779B97F4A7C15
OBJECTS: dict[str, Value] = {
    "null": None,
    "integers": [0, 23, 24, 255, 256, 65536, 2**32, 2**53 + 1, 2**64 - 1, -1, -24, -25, -(2**64)],
    "booleans": [True, False],
    "text": ["", "a", "ü水𐅑"],
    "bytes": [b"", bytes(range(32))],
    "keys by length, then bytes": {"b": 1, "aa": 2, "a": 3, "": 4, "ü": 5},
    "nested": {"list": [[], {}, [[1]]], "link": link(digest_of(b""))},
}
REFUSED = {
    "empty": "",
    "two items": "0000",
    "ends early": "8201",
    "half float": "f93c00",
    "double": "fb3ff8000000000000",
    "nan": "fb7ff8000000000000",
    "undefined": "f7",
    "integer not minimal": "1800",
    "length not minimal": "5801ff",
    "indefinite list": "9fff",
    "indefinite bytes": "5f4100ff",
    "keys out of order": "a2616202616101",
    "keys out of order by length": "a262616101616202",
    "key twice": "a2616101616102",
    "key not text": "a10001",
    "text not UTF-8": "62c328",
    "surrogate": "63eda080",
    "tag 0": "c0613a",
    "link without its zero byte": "d82a4401711220",
    "link to a raw block": "d82a58250001551220" + "00" * 32,
    "link of version 0": "d82a5823001220" + "00" * 32,
    "list of 2**32": "9b0000000100000000",
    "map of 2**63": "bb8000000000000000",
    "bytes of 2**64 - 1": "5bffffffffffffffff",
    "33 levels": "81" * 33 + "00",
}


def dag_json(value: Value) -> object:
    match value:
        case bytes():
            return {"/": {"bytes": base64.b64encode(value).decode().rstrip("=")}}
        case CID():
            return {"/": cid_from_digest(digest_from_cid(value))}
        case list():
            return [dag_json(item) for item in value]
        case dict():
            return {key: dag_json(item) for key, item in value.items()}
    return value


def main() -> None:
    blocks = []
    for name, value in OBJECTS.items():
        data = encode_block(value)
        cid = cid_from_digest(digest_of(data))
        blocks.append({"name": name, "object": dag_json(value), "bytes": data.hex(), "cid": cid})
    words = np.arange(70_000, dtype=np.uint64) * np.uint64(ODD)
    node = put_vector(MemoryStore(), words)
    data = encode_block(node)
    vectors = {
        "blocks": blocks,
        "refused": REFUSED,
        "vector": {
            "word_i": f"i * {ODD} mod 2**64",
            "length": len(words),
            "node": dag_json(node),
            "bytes": data.hex(),
            "cid": cid_from_digest(digest_of(data)),
        },
    }
    Path(__file__).with_name("blocks.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
