"""Transactions past Brownie: the more state anvil has, the likelier Brownie asks for one in the moment between anvil's
pool and its block, and believes it lost.
"""

from typing import Any

from brownie import web3

# Below EIP-7825's 2^24.
GAS_LIMIT = 16_000_000


def send(contract: Any, data: str, sender: Any) -> Any:
    """Sends and returns the receipt."""
    fields = {"from": sender.address, "to": contract.address, "data": data, "gas": GAS_LIMIT, "gasPrice": 0}
    return web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(fields))
