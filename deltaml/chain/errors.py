"""What can go wrong between us and a node, and whether trying again helps."""

from collections.abc import Mapping
from typing import Any

from deltaml.errors import Refused, Unavailable


class NodeUnreachable(Unavailable):
    """No usable JSON-RPC answer: connection, timeout, HTTP status or garbage."""


class NodeError(Unavailable):
    """The node answered with a JSON-RPC error.

    `code` is the JSON-RPC code (0 when the node gave none), `data` its `error.data` as it came: for a revert that is
    where the ABI-encoded reason hides.
    """

    def __init__(self, method: str, code: int, reason: str, data: Any = None) -> None:
        super().__init__(f"{method}: the node answered with error {code}: {reason}")
        self.code = code
        self.reason = reason
        self.data = data


class Reorganised(Unavailable):
    """The block we were reading at left the chain while we read; take a new head and read again."""


class TransactionPending(Unavailable):
    """A transaction was sent and not mined in time; it may still be mined, so read the chain before deciding again."""


class NonceTaken(Unavailable):
    """Another transaction of the same account used our nonce: two processes share a key. Decide again."""


class FeeTooLow(Unavailable):
    """The network asks more per gas than the cap we were given; wait, or raise the cap."""


class Reverted(Refused):
    """A contract said no.

    `name` is the custom error (`TaskMarket_OutsideWindow`), "Error" for a reason string, "Panic" for a Solidity panic,
    the selector in hex for an error no artefact knows, and "" when the contract gave no reason. `arguments` maps the
    error's parameter names to their values.
    """

    def __init__(self, name: str, arguments: Mapping[str, Any], transaction_hash: str | None = None) -> None:
        shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        where = f" in transaction {transaction_hash}" if transaction_hash else ""
        super().__init__(f"reverted{where}: {name or 'no reason given'}({shown})")
        self.name = name
        self.arguments = dict(arguments)
        self.transaction_hash = transaction_hash


class GasTooHigh(Refused):
    """A transaction would need more gas than one transaction may have (R9a, EIP-7825)."""


class InsufficientFunds(Refused):
    """The account has too little ether for value and gas."""
