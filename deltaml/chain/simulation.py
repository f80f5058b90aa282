"""Trying a call without sending it."""

import logging
from typing import Any

from deltaml.chain.abi import method
from deltaml.chain.calls import Call
from deltaml.chain.connection import Chain, parse_bytes

log = logging.getLogger(__name__)

# The next block's clock and state: what a transaction sent now will meet.
NEXT_BLOCK = "pending"


def simulate(chain: Chain, call: Call, sender: str | None, tag: str = NEXT_BLOCK) -> tuple[Any, ...]:
    """What the call would return. Raises Reverted, or `Unavailable` when the node fails."""
    answer = chain.request("eth_call", [as_transaction(call, sender), tag])
    return method(call.contract, call.function_name).decode(parse_bytes(answer))


def as_transaction(call: Call, sender: str | None) -> dict[str, str]:
    """The transaction object of eth_call and eth_estimateGas."""
    transaction = {"to": call.address, "data": "0x" + call.data.hex(), "value": hex(call.value)}
    return transaction if sender is None else {**transaction, "from": sender}


class DryRunSender:
    """Without a key: simulates each call as `address` and reports it, sends nothing."""

    def __init__(self, chain: Chain, address: str | None = None) -> None:
        self._chain = chain
        self._address = address

    @property
    def address(self) -> str | None:
        """Account the calls are simulated for; None: the zero address."""
        return self._address

    def simulate(self, call: Call) -> tuple[Any, ...]:
        """As Sender.simulate."""
        return simulate(self._chain, call, self._address)

    def send(self, call: Call) -> None:
        """Logs what would be sent. Raises Reverted when it would fail."""
        self.simulate(call)
        log.info("dry run: would send %s to %s", call, call.address)
