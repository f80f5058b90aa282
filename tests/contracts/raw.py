"""Transactions past Brownie, which keeps each receipt with its trace. For tests that send thousands."""

from typing import Any

from brownie import web3

# Below EIP-7825's 2^24.
GAS_LIMIT = 16_000_000


def send(contract: Any, data: str, sender: Any) -> Any:
    """Sends and returns the receipt; the transaction must succeed."""
    fields = {"from": sender.address, "to": contract.address, "data": data, "gas": GAS_LIMIT, "gasPrice": 0}
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(fields), poll_latency=0.01)
    assert receipt["status"] == 1
    return receipt
