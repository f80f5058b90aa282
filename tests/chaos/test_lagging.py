"""A lagging node: it knows nothing newer than its head, and says so only where real nodes do."""

from typing import Any

import pytest

from tests.chaos.lagging import as_seen, hashes_in, lagged

pytestmark = pytest.mark.unit

HEAD = 7


def request(method: str, *parameters: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (request("eth_getBlockByNumber", "latest", False), 0),
        (request("eth_call", {"to": "0x1"}, "pending"), 1),
        (request("eth_estimateGas", {"to": "0x1"}, "latest"), 1),
        (request("eth_getTransactionCount", "0x1", "pending"), 1),
    ],
)
def test_the_newest_block_is_its_own(asked: dict[str, Any], place: int) -> None:
    assert lagged(asked, HEAD, {})["params"][place] == "0x7"


def test_older_blocks_are_what_they_are() -> None:
    asked = request("eth_call", {"to": "0x1"}, "0x5")
    assert lagged(asked, HEAD, {}) == asked


@pytest.mark.parametrize("number", [None, 8])
def test_a_later_block_by_hash_is_an_error(number: int | None) -> None:
    asked = request("eth_call", {"to": "0x1"}, {"blockHash": "0xaa", "requireCanonical": True})
    assert hashes_in(asked) == ["0xaa"]
    answer = lagged(asked, HEAD, {} if number is None else {"0xaa": number})
    assert answer["id"] == 1 and answer["error"]["message"] == "header not found"


def test_a_known_block_by_hash_is_read() -> None:
    asked = request("eth_getLogs", {"blockHash": "0xaa"})
    assert lagged(asked, HEAD, {"0xaa": 7}) == asked


@pytest.mark.parametrize(
    ("method", "field"), [("eth_getBlockByNumber", "number"), ("eth_getTransactionReceipt", "blockNumber")]
)
def test_later_blocks_and_receipts_are_not_there_yet(method: str, field: str) -> None:
    assert as_seen(request(method), {"id": 1, "result": {field: "0x8"}}, HEAD)["result"] is None
    assert as_seen(request(method), {"id": 1, "result": {field: "0x7"}}, HEAD)["result"] == {field: "0x7"}
    assert as_seen(request(method), {"id": 1, "result": None}, HEAD)["result"] is None


def test_a_range_of_logs_ends_at_its_head_without_a_word() -> None:
    logs = [{"blockNumber": "0x6"}, {"blockNumber": "0x7"}, {"blockNumber": "0x8"}]
    answer = as_seen(request("eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x9"}), {"id": 1, "result": logs}, HEAD)
    assert answer == {"id": 1, "result": logs[:2]}
