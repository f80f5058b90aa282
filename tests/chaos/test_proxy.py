"""The proxy does to real requests what it is told, to whom it is told, and nothing once it is calm."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.chaos.plan import Disturb, Moment, Service, Stage, Trouble
from tests.chaos.proxy import GARBAGE, LAG_BLOCKS, Proxy, Route

pytestmark = pytest.mark.integration

NOW = Moment(0, Stage.JOIN)
LOST = (Trouble.LOST_ERROR, Trouble.LOST_CUT, Trouble.LOST_STALL)
NEWEST = 20


@dataclass
class Node:
    """An HTTP server that answers JSON-RPC with the parameters it got, and counts."""

    url: str
    server: ThreadingHTTPServer
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def node() -> Iterator[Node]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
            found.paths.append(self.path)
            result: Any = hex(NEWEST) if asked.get("method") == "eth_blockNumber" else asked.get("params")
            body = json.dumps({"jsonrpc": "2.0", "id": asked.get("id"), "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Node(f"http://127.0.0.1:{server.server_port}", server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(seed=1) as running:
        yield running


def disturb(
    trouble: Trouble,
    victim: str | None = None,
    service: Service = Service.RPC,
    share: float = 1.0,
    endpoint: int | None = None,
) -> Disturb:
    return Disturb(NOW, service, endpoint, trouble, victim, share, 1.0)


def ask(port: int, *parameters: Any, method: str = "eth_test", timeout: float = 10) -> requests.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
    return requests.post(f"http://127.0.0.1:{port}/v3/key", json=body, timeout=timeout)


def test_undisturbed_requests_pass(proxy: Proxy, node: Node) -> None:
    rpc = proxy.listen(Route("ann", Service.RPC, node.url))
    ipfs = proxy.listen(Route("ann", Service.IPFS, node.url))
    assert ask(rpc, "hello").json()["result"] == ["hello"]
    requests.post(f"http://127.0.0.1:{ipfs}/api/v0/block/get?arg=x", data=b"{}", timeout=10)
    # What only the proxy needs to see of an RPC URL stays there.
    assert node.paths == ["/", "/api/v0/block/get?arg=x"]


@pytest.mark.parametrize(
    ("trouble", "status"), [(Trouble.ERROR, 500), (Trouble.TOO_MANY, 429), (Trouble.LOST_ERROR, 500)]
)
def test_statuses(proxy: Proxy, node: Node, trouble: Trouble, status: int) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    proxy.disturb(disturb(trouble))
    answer = ask(port)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("1" if status == 429 else None)
    assert len(node.paths) == (trouble in LOST)


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.LOST_CUT, Trouble.TRUNCATED])
def test_broken_connections(proxy: Proxy, node: Node, trouble: Trouble) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    proxy.disturb(disturb(trouble))
    with pytest.raises(requests.exceptions.RequestException):
        ask(port, "x" * 1000)
    assert len(node.paths) == (trouble is not Trouble.CUT)


@pytest.mark.parametrize("trouble", [Trouble.STALL, Trouble.LOST_STALL])
def test_no_answer_at_all(proxy: Proxy, node: Node, trouble: Trouble) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    proxy.disturb(disturb(trouble))
    with pytest.raises(requests.exceptions.ReadTimeout):
        ask(port, timeout=2)
    assert len(node.paths) == (trouble in LOST)


def test_answers_that_are_none(proxy: Proxy, node: Node) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    for trouble in (Trouble.GARBAGE, Trouble.SHORTENED):
        proxy.disturb(disturb(trouble))
        answer = ask(port)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()
        assert (answer.text == GARBAGE) is (trouble is Trouble.GARBAGE)
    proxy.disturb(disturb(Trouble.LIMITED))
    assert ask(port).json()["error"]["code"] == -32005


def test_a_slow_answer_is_the_right_one(proxy: Proxy, node: Node) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    proxy.disturb(disturb(Trouble.SLOW))
    assert ask(port, "hello").json()["result"] == ["hello"]


def test_a_lagging_node_reads_at_its_own_head(proxy: Proxy, node: Node) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    proxy.disturb(disturb(Trouble.LAGGING))
    assert ask(port, {}, "latest", method="eth_call").json()["result"] == [{}, hex(NEWEST - LAG_BLOCKS)]


def test_a_node_that_is_gone_cuts_connections(proxy: Proxy, node: Node) -> None:
    port = proxy.listen(Route("ann", Service.RPC, "http://127.0.0.1:9"))
    with pytest.raises(requests.exceptions.ConnectionError):
        ask(port)


def test_only_the_victim_and_the_service_are_hit_and_only_for_its_time(proxy: Proxy, node: Node) -> None:
    ann = proxy.listen(Route("ann", Service.RPC, node.url))
    ben = proxy.listen(Route("ben", Service.RPC, node.url))
    fault = disturb(Trouble.ERROR, victim="ann")
    other = disturb(Trouble.ERROR, service=Service.IPFS)
    proxy.disturb(fault)
    proxy.disturb(other)
    assert (ask(ann).status_code, ask(ben).status_code) == (500, 200)
    proxy.calm(fault)
    assert ask(ann).status_code == 200
    assert (proxy.hits[fault], proxy.hits[other]) == (1, 0)


def test_one_endpoint_of_several(proxy: Proxy, node: Node) -> None:
    first, second = (proxy.listen(Route("ann", Service.RPC, node.url, endpoint)) for endpoint in range(2))
    fault = disturb(Trouble.ERROR, endpoint=0)
    proxy.disturb(fault)
    assert (ask(first).status_code, ask(second).status_code) == (500, 200)
    proxy.disturb(disturb(Trouble.ERROR))
    assert (ask(first).status_code, ask(second).status_code) == (500, 500)


def test_a_share_of_the_requests(proxy: Proxy, node: Node) -> None:
    port = proxy.listen(Route("ann", Service.RPC, node.url))
    proxy.disturb(disturb(Trouble.ERROR, share=0.5))
    statuses = [ask(port).status_code for _ in range(40)]
    assert set(statuses) == {200, 500} and 5 < statuses.count(500) < 35
