"""A small embedded node: the verbs of Kubo's RPC that we use, over a directory, for a machine without Kubo.

It talks to no other node. Paths, parameters, answers and errors are Kubo's (docs.ipfs.tech/reference/kubo/rpc), so
`IpfsStore` and a browser can't tell them apart. Like Kubo's, this API is for its own machine: whoever reaches it can
write.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from deltaml.errors import DeltaMLError, InvalidMessage
from deltaml.storage.block_directory import BlockDirectory
from deltaml.storage.blocks import MAX_BLOCK_BYTES, cid_from_digest, digest_from_cid
from deltaml.storage.request_body import only_file, read_body

AGENT = "deltaml-embedded/1"
_MAX_REQUEST_BYTES = MAX_BLOCK_BYTES + 4096
_PREFIX = "/api/v0/"
Query = dict[str, list[str]]
Answer = bytes | dict[str, object]


class EmbeddedNode(ThreadingHTTPServer):
    """Serves `blocks` (opened) at host:port; port 0 takes a free one, see `server_port`.

    Pages of other origins than `allowed_origins` ("*": any) are refused, as Kubo does, or any web page its user
    visits could write to the node.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], blocks: BlockDirectory, allowed_origins: frozenset[str]) -> None:
        self.blocks = blocks
        self.allowed_origins = allowed_origins
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: EmbeddedNode
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds without a byte
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        verb = _VERBS.get(url.path.removeprefix(_PREFIX)) if url.path.startswith(_PREFIX) else None
        try:
            body = read_body(self.rfile, self.headers, _MAX_REQUEST_BYTES)
        except InvalidMessage as error:
            self.close_connection = True
            return self._answer(400, _error(error))
        if not self._origin_is_allowed():
            return self._answer(403, b"403 - Forbidden")
        if verb is None:
            return self._answer(404, b"404 page not found")
        try:
            answer = verb(self.server.blocks, parse_qs(url.query), self.headers.get("Content-Type", ""), body)
        except DeltaMLError as error:
            return self._answer(500, _error(error))
        return self._answer(200, answer)

    def do_OPTIONS(self) -> None:
        self.close_connection = True
        self._answer(204 if self._origin_is_allowed() else 403, b"")

    def do_GET(self) -> None:
        self.close_connection = True
        self._answer(405, b"405 - Method Not Allowed")

    def _origin_is_allowed(self) -> bool:
        origin = self.headers.get("Origin")
        return origin is None or not self.server.allowed_origins.isdisjoint({origin, "*"})

    def _answer(self, status: int, answer: Answer) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if isinstance(answer, dict) else "text/plain")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Vary", "Origin")
        origin = self.headers.get("Origin")
        if origin is not None and self._origin_is_allowed():
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Methods", "POST")
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        return AGENT

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: every request would be a line."""


def _error(error: DeltaMLError) -> dict[str, object]:
    return {"Message": str(error), "Code": 0, "Type": "error"}


def _block_put(blocks: BlockDirectory, query: Query, content_type: str, body: bytes) -> Answer:
    codec, hash_name = _one(query, "cid-codec", "raw"), _one(query, "mhtype", "sha2-256")
    if (codec, hash_name) != ("dag-cbor", "sha2-256"):
        raise InvalidMessage(f"cid-codec {codec} and mhtype {hash_name}: only dag-cbor with sha2-256 is kept here")
    data = only_file(content_type, body)
    return {"Key": cid_from_digest(blocks.put(data, pin=_flag(query, "pin"))), "Size": len(data)}


def _block_get(blocks: BlockDirectory, query: Query, _content_type: str, _body: bytes) -> Answer:
    return blocks.get(_digest(query))


def _block_stat(blocks: BlockDirectory, query: Query, _content_type: str, _body: bytes) -> Answer:
    digest = _digest(query)
    return {"Key": cid_from_digest(digest), "Size": len(blocks.get(digest))}


def _pin_add(blocks: BlockDirectory, query: Query, _content_type: str, _body: bytes) -> Answer:
    digest = _digest(query)
    blocks.pin(digest)
    return {"Pins": [cid_from_digest(digest)]}


def _pin_rm(blocks: BlockDirectory, query: Query, _content_type: str, _body: bytes) -> Answer:
    digest = _digest(query)
    if not blocks.is_pinned(digest):
        raise InvalidMessage("not pinned or pinned indirectly")
    blocks.unpin(digest)
    return {"Pins": [cid_from_digest(digest)]}


def _pin_ls(blocks: BlockDirectory, query: Query, _content_type: str, _body: bytes) -> Answer:
    if "arg" not in query:
        pinned = list(blocks.pins())
    else:
        pinned = [_digest(query)]
        if not blocks.is_pinned(pinned[0]):
            raise InvalidMessage(f"path '{cid_from_digest(pinned[0])}' is not pinned")
    return {"Keys": {cid_from_digest(digest): {"Type": "recursive"} for digest in pinned}}


def _repo_gc(blocks: BlockDirectory, _query: Query, _content_type: str, _body: bytes) -> Answer:
    lines = (json.dumps({"Key": {"/": cid_from_digest(digest)}}) + "\n" for digest in blocks.collect_garbage())
    return "".join(lines).encode()


def _repo_stat(blocks: BlockDirectory, _query: Query, _content_type: str, _body: bytes) -> Answer:
    size_bytes, n_blocks = blocks.measure()
    return {
        "RepoSize": size_bytes,
        "StorageMax": blocks.capacity_bytes,
        "NumObjects": n_blocks,
        "RepoPath": str(blocks.directory),
        "Version": AGENT,
    }


def _version(_blocks: BlockDirectory, _query: Query, _content_type: str, _body: bytes) -> Answer:
    return {"Version": "0.0.0", "Commit": "", "Repo": "", "System": AGENT, "Golang": ""}


def _id(_blocks: BlockDirectory, _query: Query, _content_type: str, _body: bytes) -> Answer:
    return {"ID": "", "PublicKey": "", "Addresses": [], "AgentVersion": AGENT, "Protocols": []}


def _one(query: Query, name: str, default: str) -> str:
    return query.get(name, [default])[-1]


def _flag(query: Query, name: str) -> bool:
    return _one(query, name, "false") in ("true", "1")


def _digest(query: Query) -> bytes:
    arguments = query.get("arg", [])
    if len(arguments) != 1:
        raise InvalidMessage(f"got {len(arguments)} arguments 'arg'; expected one CID")
    return digest_from_cid(arguments[0].removeprefix("/ipfs/"))


_VERBS: dict[str, Callable[[BlockDirectory, Query, str, bytes], Answer]] = {
    "block/get": _block_get,
    "block/put": _block_put,
    "block/stat": _block_stat,
    "id": _id,
    "pin/add": _pin_add,
    "pin/ls": _pin_ls,
    "pin/rm": _pin_rm,
    "repo/gc": _repo_gc,
    "repo/stat": _repo_stat,
    "version": _version,
}
