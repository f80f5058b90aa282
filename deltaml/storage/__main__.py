"""`python -m deltaml.storage --directory DIR --port N`: run the embedded node until it is stopped."""

from __future__ import annotations

import argparse
import contextlib
import json
from pathlib import Path

from deltaml.storage.block_directory import BlockDirectory
from deltaml.storage.embedded import EmbeddedNode


def main() -> None:
    """Prints one line of JSON with the RPC address as soon as requests are answered."""
    parser = argparse.ArgumentParser(prog="python -m deltaml.storage", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="where blocks are kept; made if it is missing")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="IPv4 address; whoever reaches it can write")
    parser.add_argument("--allow-origin", action="append", default=[], help="web page that may call; may be repeated")
    parser.add_argument("--capacity-bytes", type=int, default=10 * 2**30, help="refuse blocks beyond this")
    arguments = parser.parse_args()
    blocks = BlockDirectory(arguments.directory, arguments.capacity_bytes)
    blocks.open()
    with EmbeddedNode((arguments.host, arguments.port), blocks, frozenset(arguments.allow_origin)) as node:
        api = f"/ip4/{arguments.host}/tcp/{node.server_port}"
        print(json.dumps({"ready": True, "api": api, "directory": str(arguments.directory)}), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            node.serve_forever()


if __name__ == "__main__":
    main()
