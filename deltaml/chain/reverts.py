"""Why a contract said no: the custom errors of all our artefacts, and Solidity's own two."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import eth_abi
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, function_signature_to_4byte_selector

from deltaml.chain.abi import CONTRACTS, load_abi
from deltaml.chain.codec import Converter, converter, snake_case
from deltaml.chain.errors import NodeError, Reverted

# Nodes agree on code 3 since geth 1.9.15; older ones and some gateways only say it in words.
REVERT_CODE = 3
REVERT_WORDS = ("execution reverted", "vm execution error", "revert")


@dataclass(frozen=True, slots=True)
class _ErrorType:
    name: str
    inputs: tuple[str, ...]
    fields: tuple[str, ...]
    converters: tuple[Converter, ...]


def decode_revert(data: bytes, transaction_hash: str | None = None) -> Reverted:
    """The exception for the bytes a call reverted with; never raises, an unknown error keeps its selector as name."""
    if not data:
        return Reverted("", {}, transaction_hash)
    known = _known_errors().get(data[:4])
    if known is None:
        return Reverted("0x" + data[:4].hex(), {"data": data[4:]}, transaction_hash)
    try:
        values = eth_abi.decode(known.inputs, data[4:])
        # An enum value this build does not know is a ValueError: an older or newer contract.
        decoded = [convert(value) for convert, value in zip(known.converters, values, strict=True)]
    except (DecodingError, ValueError):
        return Reverted(known.name, {"data": data[4:]}, transaction_hash)
    return Reverted(known.name, dict(zip(known.fields, decoded, strict=True)), transaction_hash)


def as_revert(error: NodeError) -> Reverted | None:
    """The revert inside a node's error, or None when the node failed for another reason."""
    data = error.data
    if isinstance(data, dict):
        data = data.get("data", data.get("result"))
    if isinstance(data, str):
        start = data.find("0x")
        try:
            payload = bytes.fromhex(data[start + 2 :]) if start >= 0 else b""
        except ValueError:
            payload = b""
        if payload:
            return decode_revert(payload)
    reason = error.reason.lower()
    if error.code == REVERT_CODE or any(words in reason for words in REVERT_WORDS):
        return decode_revert(b"")
    return None


@cache
def _known_errors() -> dict[bytes, _ErrorType]:
    solidity: list[dict[str, Any]] = [
        {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]},
        {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
    ]
    entries = solidity + [entry for contract in CONTRACTS for entry in load_abi(contract) if entry["type"] == "error"]
    known = {}
    for entry in entries:
        inputs = tuple(collapse_if_tuple(item) for item in entry["inputs"])
        known[function_signature_to_4byte_selector(f"{entry['name']}({','.join(inputs)})")] = _ErrorType(
            name=entry["name"],
            inputs=inputs,
            fields=tuple(snake_case(item["name"]) or str(i) for i, item in enumerate(entry["inputs"])),
            converters=tuple(converter(item) for item in entry["inputs"]),
        )
    return known
