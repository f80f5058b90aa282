"""What a node can do to `IpfsStore`: nothing but cost it one deadline."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.storage import IpfsStore, cid_from_digest, digest_of, encode_block

pytestmark = pytest.mark.integration

DATA = encode_block({"a": "block"})
DIGEST = digest_of(DATA)
DEADLINE_SECONDS = 0.5
FLOOD_BYTES = 64 * 2**20

CALLS: dict[str, Callable[[IpfsStore], object]] = {
    "get": lambda store: store.get(DIGEST, 100),
    "put": lambda store: store.put(DATA),
    "pin": lambda store: store.pin(DIGEST),
    "unpin": lambda store: store.unpin(DIGEST),
}

Behaviour = Callable[[socket.socket], None]


class RudeNode:
    """Reads a request, then lets `behaviour` do what it likes with the connection."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.n_requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.api = f"/ip4/127.0.0.1/tcp/{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):  # the listener is closed at the end
            while True:
                connection, _ = self.listener.accept()
                with connection, suppress(ConnectionError):
                    self.n_requests += 1
                    request = b""
                    while not request.endswith((b"\r\n\r\n",)) or (
                        b"chunked" in request and b"0\r\n\r\n" not in request
                    ):
                        received = connection.recv(65536)
                        if not received:
                            raise ConnectionError("the client left")
                        request += received
                    self.behaviour(connection)


@contextmanager
def rude_node(behaviour: Behaviour) -> Iterator[tuple[IpfsStore, RudeNode]]:
    node = RudeNode(behaviour)
    thread = threading.Thread(target=node.serve)
    thread.start()
    try:
        yield IpfsStore(node.api, DEADLINE_SECONDS), node
    finally:
        node.listener.shutdown(socket.SHUT_RDWR)
        node.listener.close()
        thread.join()


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> Behaviour:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]

    def behaviour(connection: socket.socket) -> None:
        connection.sendall("\r\n".join(lines).encode() + body)

    return behaviour


def trickle(start: bytes, drop: bytes) -> Behaviour:
    """A byte now and then, for ever: far below the deadline each time."""

    def behaviour(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            threading.Event().wait(0.02)

    return behaviour


def flood(start: bytes) -> tuple[Behaviour, list[int]]:
    sent = [0]

    def behaviour(connection: socket.socket) -> None:
        connection.sendall(start)
        while sent[0] < FLOOD_BYTES:
            sent[0] += connection.send(bytes(65536))

    return behaviour, sent


def test_a_polite_answer_is_taken() -> None:
    """So that the other tests fail for the reason they name."""
    with rude_node(answer(DATA)) as (store, _):
        assert store.get(DIGEST, 100) == DATA
    with rude_node(answer(json.dumps({"Key": cid_from_digest(DIGEST), "Size": len(DATA)}).encode())) as (store, _):
        assert store.put(DATA) == DIGEST


@pytest.mark.parametrize("other", [b"", DATA + b"\0", DATA[:-1], b"{}"])
def test_other_bytes(other: bytes) -> None:
    with rude_node(answer(other)) as (store, _), pytest.raises(Unavailable, match="other bytes"):
        store.get(DIGEST, 100)


@pytest.mark.parametrize(
    "start",
    [
        f"HTTP/1.1 200 OK\r\nContent-Length: {FLOOD_BYTES}\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{FLOOD_BYTES:x}\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        f"HTTP/1.1 500 Internal Server Error\r\nContent-Length: {FLOOD_BYTES}\r\n\r\n",
    ],
    ids=["declared", "one chunk", "until it closes", "error text"],
)
@pytest.mark.parametrize("verb", CALLS)
def test_a_flood_is_cut_off(start: str, verb: str) -> None:
    behaviour, sent = flood(start.encode())
    with rude_node(behaviour) as (store, _), pytest.raises(InvalidMessage, match="larger than any block"):
        CALLS[verb](store)

    assert sent[0] < FLOOD_BYTES


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 1000\r\n\r\n", b"x"),
    ],
    ids=["status line", "headers", "body", "chunks", "chunk size", "error text"],
)
def test_a_trickle_ends_at_the_deadline(start: bytes, drop: bytes) -> None:
    with rude_node(trickle(start, drop)) as (store, _), pytest.raises(Unavailable) as caught:
        store.get(DIGEST, 100)
    assert caught.value.retryable


def test_silence_ends_at_the_deadline() -> None:
    closed = threading.Event()

    def wait(connection: socket.socket) -> None:
        while connection.recv(1):
            pass
        closed.set()

    with rude_node(wait) as (store, _), pytest.raises(Unavailable):
        store.get(DIGEST, 100)
    assert closed.is_set()


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(DATA[:3], length=len(DATA)),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        lambda connection: connection.sendall(b"HTTP/1."),
        lambda connection: None,
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"),
        answer(
            b'{"Message": "blockstore: disk on fire", "Code": 0, "Type": "error"}', status="500 Internal Server Error"
        ),
        answer(b"<html>", status="502 Bad Gateway"),
        answer(b"404 page not found", status="404 Not Found"),
    ],
    ids=["half", "half a chunk", "half a status", "closes", "not HTTP", "500", "502", "404"],
)
def test_trouble_can_be_retried(behaviour: Behaviour) -> None:
    for call in CALLS.values():
        with rude_node(behaviour) as (store, _), pytest.raises(Unavailable):
            call(store)


def test_the_reason_of_the_node_is_passed_on() -> None:
    behaviour = answer(b'{"Message": "disk on fire", "Code": 0, "Type": "error"}', status="500 Internal Server Error")
    with rude_node(behaviour) as (store, _), pytest.raises(Unavailable, match="disk on fire"):
        store.get(DIGEST, 100)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="is the node running"):
        IpfsStore(f"/ip4/127.0.0.1/tcp/{port}", DEADLINE_SECONDS).get(DIGEST, 100)


def test_compression_is_refused() -> None:
    bomb = gzip.compress(bytes(32 * 2**20))
    with (
        rude_node(answer(bomb, "Content-Encoding: gzip")) as (store, _),
        pytest.raises(Unavailable, match="compressed"),
    ):
        store.get(DIGEST, 100)


def test_redirections_are_not_followed() -> None:
    with rude_node(answer(DATA)) as (_, elsewhere):
        port = elsewhere.api.rsplit("/", 1)[1]
        redirection = answer(b"", f"Location: http://127.0.0.1:{port}/", status="307 Temporary Redirect")
        with rude_node(redirection) as (store, _), pytest.raises(Unavailable):
            store.get(DIGEST, 100)
        assert elsewhere.n_requests == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"null",
        b"[]",
        b"3",
        b'{"Size": 3}',
        b'{"Key": null}',
        b'{"Key": "bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}',
        b'{"Key": "' + cid_from_digest(DIGEST).upper().encode() + b'"}',
        b'{"Key": 1}{"Key": 2}',
        b"\xff\xfe",
    ],
)
def test_a_put_must_be_confirmed_by_the_same_name(body: bytes) -> None:
    with rude_node(answer(body)) as (store, _), pytest.raises(InvalidMessage):
        store.put(DATA)


@pytest.mark.parametrize(
    "api", ["", "x", "/ip4/127.0.0.1", "/ip4/300.0.0.1/tcp/5001", "http://127.0.0.1:5001", "/unix/run/ipfs.sock"]
)
def test_addresses_are_checked_at_once(api: str) -> None:
    with pytest.raises(InvalidInput, match="is not an address"):
        IpfsStore(api, 1)
