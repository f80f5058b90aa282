"""A fake node with a transaction pool that enforces nonces and the price of replacements, and a clock to go with it."""

from collections.abc import Callable
from typing import Any

import eth_account
from eth_account.typed_transactions import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

from tests.python.chain.fake_node import FakeNode, RpcError

Transaction = dict[str, Any]


class FakePool(FakeNode):
    """`price` is what inclusion costs per gas; `mine_pending` mines what pays it."""

    def __init__(self, sender: str) -> None:
        super().__init__(height=1)
        self.sender = sender
        self.nonce = 0
        self.price = 0
        self.pool: Transaction | None = None
        self.offered: list[Transaction] = []
        self.receipts: dict[str, dict[str, Any]] = {}
        self.simulated_at: list[Any] = []
        self.gas = 100_000
        self.status = "0x1"
        self.methods |= {
            "eth_call": self._call,
            "eth_estimateGas": lambda transaction, tag: hex(self.gas),
            "eth_maxPriorityFeePerGas": lambda: "0x3",
            "eth_getTransactionCount": self._count,
            "eth_sendRawTransaction": self._accept,
            "eth_getTransactionReceipt": self.receipts.get,
        }

    def mine_pending(self) -> None:
        self.mine()
        if self.pool is None or self.pool["maxFeePerGas"] < self.price:
            return
        head = self.blocks[-1]
        self.receipts[self.pool["hash"]] = {
            "transactionHash": self.pool["hash"],
            "blockNumber": head["number"],
            "gasUsed": "0x64",
            "effectiveGasPrice": "0x7",
            "status": self.status,
            "logs": [],
        }
        self.nonce += 1
        self.pool = None

    def put_stranger(self, max_fee: int, tip: int) -> None:
        """A transaction of the same account from before a restart."""
        self.pool = {"nonce": self.nonce, "maxFeePerGas": max_fee, "maxPriorityFeePerGas": tip, "hash": "0x00"}

    def _count(self, address: str, tag: str) -> str:
        assert address == self.sender
        return hex(self.nonce + (tag == "pending" and self.pool is not None))

    def _call(self, transaction: Any, tag: Any) -> str:
        self.simulated_at.append(tag)
        return "0x"

    def _accept(self, raw: str) -> str:
        signed = HexBytes(raw)
        assert eth_account.Account.recover_transaction(signed) == self.sender
        transaction = TypedTransaction.from_bytes(signed)
        fields: Transaction = dict(transaction.as_dict()) | {"hash": "0x" + keccak(signed).hex()}
        self.offered.append(fields)
        if fields["nonce"] < self.nonce:
            raise RpcError(-32000, "nonce too low: next nonce 1, tx nonce 0")
        if self.pool is not None:
            for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
                if fields[fee] * 100 < self.pool[fee] * 110:
                    raise RpcError(-32000, "replacement transaction underpriced")
        self.pool = fields
        return str(fields["hash"])


class FakeClock:
    """Time passes only in `sleep`; `on_sleep` is called with the time after it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.on_sleep: Callable[[float], None] = lambda now: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.on_sleep(self.now)
