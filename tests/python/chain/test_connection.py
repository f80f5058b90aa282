"""Blocks, batches and failures against a fake node."""

from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from deltaml.chain.connection import Block, Chain, block_tag
from deltaml.chain.errors import NodeError, NodeUnreachable, Reorganised, Reverted
from deltaml.chain.nodes import connect
from deltaml.errors import InvalidInput
from tests.python.chain.fake_node import FakeNode, RpcError

pytestmark = pytest.mark.unit


def test_head_waits_for_confirmations() -> None:
    chain = Chain(FakeNode(height=9), 1)
    assert chain.head().number == 9
    assert chain.head(confirmations=4) == chain.block(5)
    assert chain.head(confirmations=40).number == 0
    with pytest.raises(InvalidInput):
        chain.head(confirmations=-1)


def test_missing_block_is_retryable() -> None:
    with pytest.raises(Reorganised) as raised:
        Chain(FakeNode(height=2), 1).block(3)
    assert raised.value.retryable


@given(st.integers(0, 40), st.integers(0, 40), st.integers(900, 1600))
def test_first_block_after_is_what_a_scan_finds(low: int, length: int, timestamp: int) -> None:
    high = low + length
    chain = Chain(FakeNode(height=high), 1)
    scanned = [block for block in map(chain.block, range(low, high + 1)) if block.timestamp > timestamp]
    assert chain.first_block_after(timestamp, low, high) == (scanned[0] if scanned else None)


def test_batches_are_cut_and_keep_their_order() -> None:
    node = FakeNode(height=250)
    answers = Chain(node, 1).batch([("eth_getBlockByNumber", [hex(i), False]) for i in range(250)])
    assert [int(answer["number"], 16) for answer in answers] == list(range(250))
    assert node.round_trips == 3


def test_pinned_by_hash_where_a_block_is_given() -> None:
    assert block_tag(16) == "0x10"
    assert block_tag(Block(16, b"\x07" * 32, 0)) == {"blockHash": "0x" + "07" * 32, "requireCanonical": True}


class Broken:
    """A provider whose transport fails or that answers nonsense."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def make_request(self, method: str, params: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def make_batch_request(self, batch_requests: list[tuple[str, Any]]) -> Any:
        return self.make_request("batch", batch_requests)


SECRET = "https://user:hunter2@node.example/v3/hunter2"


@pytest.mark.parametrize(
    "answer",
    [
        requests.ConnectionError(f"can't reach {SECRET}"),
        requests.Timeout(SECRET),
        requests.HTTPError(f"429 for {SECRET}"),
        ConnectionResetError(SECRET),
        ValueError("not JSON"),
        None,
        [],
        "rate limited",
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": 1, "result": {"number": "0x1"}},
        {"jsonrpc": "2.0", "id": 1, "result": {"number": "one", "hash": "0x00", "timestamp": "0x1"}},
        {"jsonrpc": "2.0", "id": 1, "error": "quota"},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "limit exceeded"}},
    ],
)
def test_failures_are_retryable_and_keep_secrets(answer: Any) -> None:
    with pytest.raises((NodeUnreachable, NodeError)) as raised:
        Chain(Broken(answer), 1, "https://node.example").head()
    assert raised.value.retryable
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or raised.value.__suppress_context__


@pytest.mark.parametrize(
    "answer", [{"error": {"code": -32000, "message": "no batches here"}}, [], [{"result": "0x"}] * 3]
)
def test_batch_that_is_not_answered_one_by_one_fails(answer: Any) -> None:
    with pytest.raises((NodeUnreachable, NodeError)):
        Chain(Broken(answer), 1).batch([("eth_chainId", []), ("eth_chainId", [])])


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ws://node.example", "http://"])
def test_connect_refuses_other_addresses(url: str) -> None:
    with pytest.raises(InvalidInput):
        connect(url)


def call_answering(error: RpcError) -> Chain:
    node = FakeNode()

    def refuse(*params: Any) -> Any:
        raise error

    node.methods["eth_call"] = refuse
    return Chain(node, 1)


@pytest.mark.parametrize(
    ("error", "name", "arguments"),
    [
        (
            RpcError(3, "execution reverted", "0x08c379a0" + f"{32:064x}{2:064x}" + "6e6f" + "00" * 30),
            "Error",
            {"message": "no"},
        ),
        (RpcError(-32000, "revert", "Reverted 0x4e487b71" + f"{0x11:064x}"), "Panic", {"code": 17}),
        (RpcError(-32000, "VM execution error.", {"data": "0x4e487b71" + f"{0x12:064x}"}), "Panic", {"code": 18}),
        (RpcError(3, "execution reverted", "0x"), "", {}),
        (RpcError(-32000, "execution reverted"), "", {}),
        (RpcError(3, "execution reverted", "0xdeadbeef01"), "0xdeadbeef", {"data": b"\x01"}),
        (RpcError(3, "execution reverted", "0x4e487b7101"), "Panic", {"data": b"\x01"}),
    ],
)
def test_reverts_of_all_dialects_are_understood(error: RpcError, name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Reverted) as raised:
        call_answering(error).call("0x" + "11" * 20, b"", 0)
    assert (raised.value.name, raised.value.arguments) == (name, arguments)
    assert not raised.value.retryable


def test_a_node_that_fails_is_not_a_contract_that_refuses() -> None:
    with pytest.raises(NodeError) as raised:
        call_answering(RpcError(-32000, "header not found")).call("0x" + "11" * 20, b"", 0)
    assert raised.value.retryable
