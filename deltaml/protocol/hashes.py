"""Twins of the contract's hashes (`ITaskMarket.reportHashOf`, `commitmentOf`); no web3, so that anyone may check."""

from collections.abc import Sequence
from typing import Any

import eth_abi
from eth_abi.exceptions import EncodingError
from eth_hash.auto import keccak

from deltaml.errors import InvalidInput


def report_hash(
    chain_id: int,
    market: str,
    task_id: int,
    round_: int,
    outcome: int,
    model_digest: bytes,
    progress_wad: int,
    scores: bytes,
) -> bytes:
    """What a member votes: keccak256(abi.encode(chainId, market, taskId, round, outcome, modelDigest, progressWad,
    keccak256(scores))), 32 bytes. `market` is a hex address. Raises InvalidInput for values outside their types."""
    return keccak_abi(
        ("uint256", "address", "uint256", "uint256", "uint8", "bytes32", "uint64", "bytes32"),
        (chain_id, market, task_id, round_, int(outcome), exact(model_digest, 32), progress_wad, keccak(scores)),
    )


def work_commitment(digest: bytes, accepted: bytes, salt: bytes, member: str, task_id: int, round_: int) -> bytes:
    """R6a: keccak256(abi.encode(digest, keccak256(accepted), salt, member, taskId, round)), 32 bytes.

    `salt` is 32 bytes only the member knows; his address inside makes copying the commitment useless. Raises
    InvalidInput for values outside their types.
    """
    return keccak_abi(
        ("bytes32", "bytes32", "bytes32", "address", "uint256", "uint256"),
        (exact(digest, 32), keccak(accepted), exact(salt, 32), member, task_id, round_),
    )


def keccak_abi(kinds: Sequence[str], values: Sequence[Any]) -> bytes:
    """keccak256(abi.encode(...)); raises InvalidInput when a value does not fit its type."""
    try:
        return keccak(eth_abi.encode(kinds, values))
    except (EncodingError, TypeError, ValueError) as error:
        # Without the values: a salt may be among them.
        raise InvalidInput(f"can't encode as ({', '.join(kinds)}): {error}") from error


def exact(value: bytes, length: int) -> bytes:
    """The value, when it has that length: eth_abi would pad a short one with zeros and hash something else."""
    if len(value) != length:
        raise InvalidInput(f"expected {length} bytes, got {len(value)}")
    return value
