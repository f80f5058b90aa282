"""Where the contracts are: the file the deploy script writes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.address import is_address, to_checksum_address

from deltaml.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses (EIP-55) on one chain; `block_number` is the block the first of them was deployed in, or earlier."""

    chain_id: int
    market: str
    vault: str
    committees: str
    stake_token: str
    reward_token: str | None
    block_number: int


def load_deployment(chain_id: int, path: Path | None = None) -> Deployment:
    """Reads `path`, or `deployments/<chain id>.json` below the working directory.

    Raises InvalidInput when the file is missing, malformed, or made for another chain.
    """
    file = path or Path("deployments") / f"{chain_id}.json"
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InvalidInput(
            f"can't read the deployment {file}: {error.strerror}; deploy first, or name the file"
        ) from error
    except ValueError as error:
        raise InvalidInput(f"{file} is not JSON: {error}") from error
    deployment = _parse(document, file)
    if deployment.chain_id != chain_id:
        raise InvalidInput(f"{file} is for chain {deployment.chain_id}, the node is on chain {chain_id}")
    return deployment


def _parse(document: Any, file: Path) -> Deployment:
    def address(name: str) -> str:
        value = document["contracts"][name]["address"]
        if not is_address(value):
            raise InvalidInput(f"{file}: contracts.{name}.address is {value!r}, expected a 20-byte hex address")
        return to_checksum_address(value)

    try:
        return Deployment(
            chain_id=int(document["chainId"]),
            market=address("TaskMarket"),
            vault=address("StakeVault"),
            committees=address("Committees"),
            stake_token=address("StakeToken"),
            reward_token=address("RewardToken") if "RewardToken" in document["contracts"] else None,
            block_number=int(document["blockNumber"]),
        )
    except (KeyError, TypeError) as error:
        raise InvalidInput(
            f"{file} lacks {error}; it needs chainId, blockNumber and contracts.<name>.address for "
            "TaskMarket, StakeVault, Committees and StakeToken"
        ) from error
