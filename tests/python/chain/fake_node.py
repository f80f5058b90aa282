"""A JSON-RPC node in a few lines: blocks and logs in lists, answers of other methods given by the test."""

from collections.abc import Callable
from typing import Any


class RpcError(Exception):
    """What the fake node answers as a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "data": data}


class FakeNode:
    """Implements `deltaml.chain.connection.Provider`; block n has timestamp 1000 + 12 n."""

    def __init__(self, height: int = 0) -> None:
        self.blocks: list[dict[str, Any]] = []
        self.logs: list[dict[str, Any]] = []
        self.methods: dict[str, Callable[..., Any]] = {
            "eth_getBlockByNumber": self._block,
            "eth_getLogs": self._logs,
        }
        self.asked: list[str] = []
        self.round_trips = 0
        self.mine(height + 1)

    def mine(self, count: int = 1, branch: int = 0) -> None:
        for number in range(len(self.blocks), len(self.blocks) + count):
            block_hash = "0x" + (branch << 64 | number + 1).to_bytes(32, "big").hex()
            self.blocks.append(
                {
                    "number": hex(number),
                    "hash": block_hash,
                    "timestamp": hex(1000 + 12 * number),
                    "baseFeePerGas": "0x7",
                }
            )

    def reorganise(self, first: int, branch: int) -> None:
        """Replaces block `first` and all after it by as many others without logs."""
        count = len(self.blocks) - first
        del self.blocks[first:]
        self.logs = [log for log in self.logs if int(log["blockNumber"], 16) < first]
        self.mine(count, branch)

    def emit(self, number: int, log: dict[str, Any]) -> None:
        index = sum(1 for other in self.logs if other["blockNumber"] == hex(number))
        place = {"blockNumber": hex(number), "blockHash": self.blocks[number]["hash"], "logIndex": hex(index)}
        self.logs.append({**log, **place})

    def make_request(self, method: str, params: Any) -> Any:
        self.round_trips += 1
        return self._answer(method, params)

    def make_batch_request(self, batch_requests: list[tuple[str, Any]]) -> Any:
        self.round_trips += 1
        return [self._answer(method, params) for method, params in batch_requests]

    def _answer(self, method: str, params: Any) -> dict[str, Any]:
        self.asked.append(method)
        try:
            return {"jsonrpc": "2.0", "id": 1, "result": self.methods[method](*params)}
        except RpcError as error:
            return {"jsonrpc": "2.0", "id": 1, "error": error.error}

    def _block(self, tag: str, full: bool) -> dict[str, Any] | None:
        assert full is False
        number = len(self.blocks) - 1 if tag == "latest" else int(tag, 16)
        return self.blocks[number] if number < len(self.blocks) else None

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in query:
            if query["blockHash"] not in [block["hash"] for block in self.blocks]:
                raise RpcError(-32000, "unknown block")
            found = [log for log in self.logs if log["blockHash"] == query["blockHash"]]
        else:
            low, high = int(query["fromBlock"], 16), int(query["toBlock"], 16)
            found = [log for log in self.logs if low <= int(log["blockNumber"], 16) <= high]
        task = query["topics"][1]
        return [log for log in found if log["address"] == query["address"] and log["topics"][1] == task]
