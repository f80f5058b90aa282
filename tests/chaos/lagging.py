"""JSON-RPC as a node answers that is some blocks behind the others. Pure: requests and answers in, the same out.

Such a node takes "latest" for its own head, knows no later block by number or hash, has no receipts from there, and
answers a range of logs that goes beyond its head with those that it has, and with no error.
"""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

TAGS = ("latest", "pending")
# Where the block stands among the parameters.
PLACES = {"eth_call": 1, "eth_estimateGas": 1, "eth_getTransactionCount": 1, "eth_getBlockByNumber": 0}


def hashes_in(request: Json) -> list[str]:
    """Hashes of the blocks that a request reads at."""
    found = [parameter.get("blockHash") for parameter in request.get("params", ()) if isinstance(parameter, dict)]
    return [block_hash for block_hash in found if block_hash]


def lagged(request: Json, head: int, numbers: Mapping[str, int]) -> Json:
    """The request as a node whose newest block is `head` understands it, or, under "error", its answer.

    numbers: number of each block of `hashes_in`.
    """
    if any(numbers.get(block_hash, head + 1) > head for block_hash in hashes_in(request)):
        return {**_answer(request), "error": {"code": -32000, "message": "header not found"}}
    place = PLACES.get(request.get("method", ""))
    parameters = list(request.get("params", ()))
    if place is not None and place < len(parameters) and parameters[place] in TAGS:
        parameters[place] = hex(head)
    return {**request, "params": parameters}


def as_seen(request: Json, answer: Json, head: int) -> Json:
    """The answer of an up-to-date node, without what is newer than `head`."""
    result = answer.get("result")
    match request.get("method"):
        case "eth_getBlockByNumber" if result and int(result["number"], 16) > head:
            return {**_answer(request), "result": None}
        case "eth_getTransactionReceipt" if result and int(result["blockNumber"], 16) > head:
            return {**_answer(request), "result": None}
        case "eth_getLogs" if result:
            return {**answer, "result": [log for log in result if int(log["blockNumber"], 16) <= head]}
    return answer


def _answer(request: Json) -> Json:
    return {"jsonrpc": "2.0", "id": request.get("id")}
