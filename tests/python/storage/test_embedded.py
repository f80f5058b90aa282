"""The embedded node: what it refuses, who may call it, and that kill -9 loses nothing it confirmed."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deltaml.errors import Refused, Unavailable
from deltaml.storage import MAX_BLOCK_BYTES, IpfsStore, cid_from_digest, digest_of, encode_block, link
from deltaml.storage.block_directory import BlockDirectory
from deltaml.storage.embedded import EmbeddedNode
from tests.python.storage.nodes import embedded_node

pytestmark = pytest.mark.integration

PAGE = "https://app.example"
DATA = encode_block({"kept": 1})
PUT = "/api/v0/block/put?cid-codec=dag-cbor&mhtype=sha2-256&pin=true"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[EmbeddedNode]:
    blocks = BlockDirectory(tmp_path, capacity_bytes=3 * MAX_BLOCK_BYTES)
    blocks.open()
    with EmbeddedNode(("127.0.0.1", 0), blocks, frozenset({PAGE})) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connection(node: EmbeddedNode) -> Iterator[http.client.HTTPConnection]:
    client = http.client.HTTPConnection("127.0.0.1", node.server_port, timeout=10)
    yield client
    client.close()


def multipart(*files: bytes) -> tuple[bytes, dict[str, str]]:
    start = b'--cut\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n'
    body = b"".join(start + file + b"\r\n" for file in files) + b"--cut--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=cut"}


def ask(
    connection: http.client.HTTPConnection, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection.request("POST", path, body, headers or {})
    response = connection.getresponse()
    return response.status, response.read()


def test_it_answers_like_kubo(connection: http.client.HTTPConnection) -> None:
    cid = cid_from_digest(digest_of(DATA))

    assert json.loads(ask(connection, PUT, *multipart(DATA))[1]) == {"Key": cid, "Size": len(DATA)}
    assert ask(connection, f"/api/v0/block/get?arg={cid}") == (200, DATA)
    assert ask(connection, f"/api/v0/block/get?arg=/ipfs/{cid}") == (200, DATA)
    assert json.loads(ask(connection, f"/api/v0/block/stat?arg={cid}")[1]) == {"Key": cid, "Size": len(DATA)}
    assert json.loads(ask(connection, "/api/v0/pin/ls")[1]) == {"Keys": {cid: {"Type": "recursive"}}}
    assert json.loads(ask(connection, f"/api/v0/pin/rm?arg={cid}")[1]) == {"Pins": [cid]}
    assert json.loads(ask(connection, f"/api/v0/pin/ls?arg={cid}")[1])["Type"] == "error"
    assert json.loads(ask(connection, f"/api/v0/pin/add?arg={cid}")[1]) == {"Pins": [cid]}
    stat = json.loads(ask(connection, "/api/v0/repo/stat")[1])
    assert (stat["NumObjects"], stat["RepoSize"]) == (1, len(DATA))
    assert json.loads(ask(connection, "/api/v0/version")[1])["System"] == "deltaml-embedded/1"
    assert json.loads(ask(connection, "/api/v0/id")[1])["AgentVersion"] == "deltaml-embedded/1"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v0/add", 404),
        ("/api/v0/config?arg=Addresses", 404),
        ("/block/get", 404),
        ("/", 404),
        ("/api/v0/block/get", 500),
        ("/api/v0/block/get?arg=a&arg=b", 500),
        ("/api/v0/block/get?arg=../../../../etc/passwd", 500),
        (f"/api/v0/block/get?arg={cid_from_digest(bytes(32))}", 500),
        (f"/api/v0/pin/add?arg={cid_from_digest(bytes(32))}", 500),
        (f"/api/v0/pin/rm?arg={cid_from_digest(bytes(32))}", 500),
        (PUT, 500),
        (PUT.replace("dag-cbor", "raw"), 500),
        (PUT.replace("sha2-256", "blake2b-256"), 500),
        ("/api/v0/block/put", 500),
    ],
)
def test_anything_else_is_refused(connection: http.client.HTTPConnection, path: str, status: int) -> None:
    answered, body = ask(connection, path)

    assert answered == status
    if status == 500:
        assert json.loads(body).keys() == {"Message", "Code", "Type"}
    # The connection still works.
    assert ask(connection, "/api/v0/version")[0] == 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (multipart(DATA, DATA)[0], "multipart/form-data; boundary=cut"),
        (multipart()[0], "multipart/form-data; boundary=cut"),
        (multipart(DATA)[0][:-20], "multipart/form-data; boundary=cut"),
        (multipart(DATA)[0], "multipart/form-data; boundary=other"),
        (multipart(DATA)[0], "multipart/form-data"),
        (DATA, "application/octet-stream"),
        (multipart(bytes(MAX_BLOCK_BYTES + 1))[0], "multipart/form-data; boundary=cut"),
    ],
    ids=["two files", "none", "cut", "wrong boundary", "no boundary", "plain", "too large"],
)
def test_malformed_uploads(connection: http.client.HTTPConnection, body: bytes, content_type: str) -> None:
    status, answer = ask(connection, PUT, body, {"Content-Type": content_type})

    assert (status, json.loads(answer)["Type"]) == (500, "error")
    assert json.loads(ask(connection, "/api/v0/repo/stat")[1])["NumObjects"] == 0


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Length": "-1"}, b""),
        ({"Content-Length": "1" * 30}, b""),
        ({"Content-Length": "2000000"}, b""),
        ({"Transfer-Encoding": "chunked", "Content-Length": "3"}, b"0\r\n\r\n"),
        ({"Transfer-Encoding": "gzip"}, b""),
        ({"Transfer-Encoding": "chunked"}, b"xyz\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"-1\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"fffffff\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"3\r\nabcd\r\n0\r\n\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"1" * 1000),
        ({"Transfer-Encoding": "chunked"}, b"0\r\nTrailer: x\r\n\r\n"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_unclear_framing_closes_the_connection(
    connection: http.client.HTTPConnection, headers: dict[str, str], body: bytes
) -> None:
    connection.putrequest("POST", PUT)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()

    assert response.status == 400
    assert response.getheader("Connection") == "close"
    assert json.loads(response.read())["Type"] == "error"


def test_other_methods_are_refused(connection: http.client.HTTPConnection) -> None:
    for method, status in (("GET", 405), ("DELETE", 501), ("PUT", 501)):
        connection.request(method, f"/api/v0/block/get?arg={cid_from_digest(bytes(32))}")
        response = connection.getresponse()
        assert response.status == status
        response.read()
        connection.close()


def test_web_pages_need_permission(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, PUT, *multipart(DATA))[0] == 200
    assert ask(connection, "/api/v0/pin/ls", headers={"Origin": "https://evil.example"})[0] == 403
    assert ask(connection, "/api/v0/pin/ls", headers={"Origin": "null"})[0] == 403

    connection.request("POST", "/api/v0/pin/ls", headers={"Origin": PAGE})
    response = connection.getresponse()
    assert (response.status, response.getheader("Access-Control-Allow-Origin")) == (200, PAGE)
    response.read()
    assert "Origin" in str(response.getheader("Vary"))


@pytest.mark.parametrize(("origin", "status"), [(PAGE, 204), ("https://evil.example", 403)])
def test_preflight(connection: http.client.HTTPConnection, origin: str, status: int) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    connection.request("OPTIONS", PUT, headers=headers)
    response = connection.getresponse()

    assert response.status == status
    assert response.getheader("Access-Control-Allow-Origin") == (origin if status == 204 else None)


def test_capacity_is_kept_and_garbage_makes_room(node: EmbeddedNode) -> None:
    store = IpfsStore(f"/ip4/127.0.0.1/tcp/{node.server_port}", timeout_seconds=10)
    large = [encode_block(bytes([number]) * (MAX_BLOCK_BYTES - 5)) for number in range(4)]
    digests = [store.put(block) for block in large[:3]]

    with pytest.raises(Unavailable, match="capacity"):
        store.put(large[3])
    store.unpin(digests[0])
    assert node.blocks.collect_garbage() == [digests[0]]

    assert store.put(large[3]) == digest_of(large[3])
    assert node.blocks.measure() == (3 * MAX_BLOCK_BYTES, 3)


def test_a_block_damaged_on_disk_is_not_handed_out(node: EmbeddedNode) -> None:
    store = IpfsStore(f"/ip4/127.0.0.1/tcp/{node.server_port}", timeout_seconds=10)
    cid = cid_from_digest(store.put(DATA))
    (path,) = node.blocks.directory.glob(f"blocks/*/{cid}")
    path.write_bytes(DATA[:-1])

    with pytest.raises(Unavailable, match="other bytes"):
        store.get(digest_of(DATA), 100)


def test_garbage_collection_survives_a_missing_child(tmp_path: Path) -> None:
    blocks = BlockDirectory(tmp_path, 10_000)
    blocks.open()
    parent = blocks.put(encode_block([link(bytes(32))]))
    loose = blocks.put(encode_block("loose"), pin=False)

    assert blocks.collect_garbage() == [loose]
    assert blocks.get(parent) == encode_block([link(bytes(32))])
    with pytest.raises(Refused, match="capacity"):
        blocks.put(encode_block(bytes(10_000)))


def test_kill_minus_nine_loses_nothing_confirmed(tmp_path: Path) -> None:
    confirmed: list[bytes] = []
    enough = threading.Event()

    def write(api: str, writer: int) -> None:
        store = IpfsStore(api, timeout_seconds=10)
        try:
            for number in range(10_000):
                confirmed.append(store.put(encode_block([writer, number, bytes(50_000)])))
                if len(confirmed) >= 40:
                    enough.set()
        except Unavailable:
            return

    with embedded_node(tmp_path) as (api, process):
        writers = [threading.Thread(target=write, args=(api, number)) for number in range(4)]
        for thread in writers:
            thread.start()
        assert enough.wait(60)
        process.kill()
        for thread in writers:
            thread.join()
    (tmp_path / "incoming" / "half").write_bytes(b"half a block")

    with embedded_node(tmp_path) as (api, _process):
        store = IpfsStore(api, timeout_seconds=10)
        assert len(confirmed) >= 40
        for digest in confirmed:
            assert len(store.get(digest, 60_000)) > 50_000
        assert not list((tmp_path / "incoming").iterdir())
