"""What a node can do to a connection over real HTTP, with and without TLS: nothing but cost it one deadline."""

import datetime
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deltaml.chain.errors import NodeUnreachable
from deltaml.chain.nodes import connect

pytestmark = pytest.mark.integration

DEADLINE_SECONDS = 1.0
HEAD = {"number": "0x5", "hash": "0x" + "05" * 32, "timestamp": "0x64"}

Behaviour = Callable[[socket.socket, int], None]
"""(connection, how many requests came before) -> answers one request."""


class Server:
    """Reads requests one after the other and lets `behaviour` answer them."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None) -> None:
        self.behaviour = behaviour
        self.tls = tls
        self.count = 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connection: socket.socket | None = None
        self.url = f"{'https' if tls else 'http'}://localhost:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with suppress(OSError), self._open(connection) as opened:
                    self.connection = opened
                    while self._read_request(opened):
                        self.count += 1
                        self.behaviour(opened, self.count - 1)

    def close(self) -> None:
        """No more connections, and an end to the one that a client keeps open."""
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.connection is not None:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def _open(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    @staticmethod
    def _read_request(connection: socket.socket) -> bool:
        received = b""
        while b"\r\n\r\n" not in received:
            if not (part := connection.recv(65536)):
                return False
            received += part
        head, body = received.split(b"\r\n\r\n", 1)
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
        while len(body) < length:
            body += connection.recv(65536)
        return True


@contextmanager
def server(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    running = Server(behaviour, tls)
    thread = threading.Thread(target=running.serve)
    thread.start()
    try:
        yield running
    finally:
        running.close()
        thread.join(30)
        assert not thread.is_alive()


def answer(connection: socket.socket, result: object, status: str = "200 OK", *headers: str) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 0, "result": result}).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)


def polite(connection: socket.socket, before: int) -> None:
    answer(connection, "0x7" if before == 0 else HEAD)


def after_the_start(rude: Callable[[socket.socket], None]) -> Behaviour:
    """Polite while the connection is opened (chain id and head), rude from then on."""

    def behave(connection: socket.socket, before: int) -> None:
        polite(connection, before) if before < 2 else rude(connection)

    return behave


def trickle(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            threading.Event().wait(0.02)

    return behave


TRICKLES = {
    "status line": trickle(b"", b"H"),
    "headers": trickle(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "body": trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "chunks": trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file that a client must trust for it."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


@pytest.fixture(params=["plain", "TLS"])
def tls(
    request: pytest.FixtureRequest, certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext | None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    return certificate[0] if request.param == "TLS" else None


def test_a_polite_node_is_read_over_one_connection(tls: ssl.SSLContext | None) -> None:
    """So that the other tests fail for the reason they name."""
    with server(polite, tls) as node:
        chain = connect(node.url, DEADLINE_SECONDS)
        assert chain.chain_id == 7
        for _ in range(5):
            assert chain.head().number == 5
        assert node.count == 7


@pytest.mark.timeout(60)
@pytest.mark.parametrize("where", TRICKLES)
def test_a_trickle_ends_at_the_deadline(where: str, tls: ssl.SSLContext | None) -> None:
    with server(after_the_start(TRICKLES[where]), tls) as node:
        chain = connect(node.url, DEADLINE_SECONDS)
        with pytest.raises(NodeUnreachable):
            chain.head()


def test_a_flood_is_cut_off(tls: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deltaml.chain.nodes.MAX_ANSWER_BYTES", 1 << 20)
    sent = [0]

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while sent[0] < 1 << 28:
            sent[0] += connection.send(bytes(65536))

    with server(after_the_start(flood), tls) as node:
        chain = connect(node.url, 30)
        with pytest.raises(NodeUnreachable):
            chain.head()
    assert sent[0] < 1 << 28


def test_too_many_requests_are_waited_for_as_asked() -> None:
    def busy(connection: socket.socket, before: int) -> None:
        if before == 2:
            answer(connection, None, "429 Too Many Requests", "Retry-After: 1")
        else:
            polite(connection, before)

    with server(busy) as node:
        chain = connect(node.url, DEADLINE_SECONDS)
        assert chain.head().number == 5 and node.count == 4


def test_the_other_node_is_read_when_one_turns_rude() -> None:
    with server(after_the_start(TRICKLES["headers"])) as rude, server(polite) as kind:
        chain = connect([rude.url, kind.url], DEADLINE_SECONDS)
        with pytest.raises(NodeUnreachable):
            chain.head()
        assert chain.head().number == 5
