"""Deploys the market: `brownie run scripts/deploy.py --network <id>` for any network Brownie knows.

Shows what it is about to do and asks, except on a development chain. Writes addresses, ABIs and constructor arguments
to `deployments/<chain id>.json`, which the oracles, the clients and the page read ($DELTAML_DEPLOYMENTS names another
folder). On a public network the sender is the Brownie account that $DELTAML_ACCOUNT names (`brownie accounts new NAME`
makes one). docs/deploy.md has the commands for public networks.

`brownie run scripts/deploy.py check --network <id>` sends nothing: it holds what such a file names against the sources.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brownie import accounts, chain, network, project, web3

from scripts.params import DEVELOPMENT_CHAINS, Params, params_of
from scripts.runtime import expected_runtime, immutables_of, library_names, same_runtime

FOLDER = Path(os.environ.get("DELTAML_DEPLOYMENTS") or Path(__file__).parents[1] / "deployments")


@dataclass(frozen=True, slots=True)
class Placed:
    """A contract and what its constructor was given. One that is not `ours` existed before: nothing was given to it,
    and of its ABI we know no more than ERC-20."""

    contract: Any
    arguments: tuple = ()
    ours: bool = True

    def to_json(self) -> dict[str, Any]:
        described = {
            "address": self.contract.address,
            "constructorArguments": [getattr(value, "address", value) for value in self.arguments],
        }
        return described | {"abi": self.contract.abi} if self.ours else described


@dataclass(frozen=True, slots=True)
class Deployment:
    """`block_number` is where the first contract came into being: nothing before it needs reading. `libraries` are what
    the market is linked with; nobody else calls them.
    """

    chain_id: int
    block_number: int
    deployer: str
    vault: Placed
    committees: Placed
    market: Placed
    stake_token: Placed
    reward_token: Placed | None
    libraries: tuple[Placed, ...]

    def to_json(self) -> dict[str, Any]:
        placed = {
            "StakeVault": self.vault,
            "Committees": self.committees,
            "TaskMarket": self.market,
            "StakeToken": self.stake_token,
            "RewardToken": self.reward_token,
        }
        return {
            "chainId": self.chain_id,
            "blockNumber": self.block_number,
            "deployer": self.deployer,
            "contracts": {name: each.to_json() for name, each in placed.items() if each is not None},
            "libraries": {each.contract._name: each.to_json() for each in self.libraries},
        }


def deploy(sender: Any, params: Params) -> Deployment:
    """Sends everything, wires it for ever, and checks what stands on chain against what was compiled."""
    contracts = _contracts()
    transaction = {"from": sender, "required_confs": params.confirmations}

    def place(name: str, *arguments: Any) -> Placed:
        return Placed(contracts[name].deploy(*arguments, transaction), arguments)

    stake_token, reward_token = _tokens(params, place)
    vault = place("StakeVault", stake_token.contract)
    committees = place("Committees", vault.contract)
    # Brownie links with the library it deployed last.
    libraries = tuple(place(name) for name in library_names(contracts["TaskMarket"]._build))
    market = place("TaskMarket", vault.contract, committees.contract)
    vault.contract.setBooks(market.contract, committees.contract, transaction)
    committees.contract.setMarket(market.contract, transaction)

    first = stake_token if reward_token else vault
    deployment = Deployment(
        chain_id=chain.id,
        block_number=first.contract.tx.block_number,
        deployer=sender.address,
        vault=vault,
        committees=committees,
        market=market,
        stake_token=stake_token,
        reward_token=reward_token,
        libraries=libraries,
    )
    verify(deployment)
    return deployment


def _tokens(params: Params, place: Callable[..., Placed]) -> tuple[Placed, Placed | None]:
    """Stake and reward token: new doubles, or the stake token that exists and no particular reward token."""
    if params.stake_token is None:
        if chain.id not in DEVELOPMENT_CHAINS:
            raise ValueError(f"anyone can mint a token double: not for chain {chain.id}")
        return (
            place("TokenDouble", "Stake Token Double", "STK", 18),
            place("TokenDouble", "Reward Token Double", "RWD", 18),
        )
    if not web3.eth.get_code(params.stake_token):
        raise ValueError(f"no contract at the stake token {params.stake_token} on chain {chain.id}")
    return Placed(_contracts()["TokenDouble"].at(params.stake_token), ours=False), None


def verify(deployment: Deployment) -> None:
    """Raises ValueError unless each contract is what was compiled, was built with what it should have been, and knows
    the others."""
    libraries = {each.contract._name: each.contract.address for each in deployment.libraries}
    contracts = [each.contract for each in (deployment.vault, deployment.committees, deployment.market)]
    built_with = {}
    for contract in (*contracts, *(each.contract for each in deployment.libraries)):
        code = bytes(web3.eth.get_code(contract.address))
        expected = expected_runtime(_contracts()[contract._name]._build, contract.address, libraries)
        if not same_runtime(code, expected):
            raise ValueError(f"the code of {contract._name} at {contract.address} is not what was compiled")
        built_with[contract] = immutables_of(code, expected)
    _check_acquaintances(deployment)
    _check_immutables(deployment, built_with)


def _check_acquaintances(deployment: Deployment) -> None:
    vault, committees, market = (each.contract for each in (deployment.vault, deployment.committees, deployment.market))
    known = {
        "StakeVault.token": (vault.token(), deployment.stake_token.contract),
        "StakeVault.market": (vault.market(), market),
        "StakeVault.committees": (vault.committees(), committees),
        "Committees.vault": (committees.vault(), vault),
        "Committees.market": (committees.market(), market),
        "TaskMarket.vault": (market.vault(), vault),
        "TaskMarket.committees": (market.committees(), committees),
    }
    for name, (found, expected) in known.items():
        if found != expected:
            raise ValueError(f"{name} is {found}, expected {expected.address}")


def _check_immutables(deployment: Deployment, built_with: dict[Any, set[int]]) -> None:
    """All of them, also those that no getter shows."""
    vault, committees, market = (each.contract for each in (deployment.vault, deployment.committees, deployment.market))
    expected = {
        vault: {deployment.stake_token.contract.address, deployment.deployer},
        committees: {vault.address, deployment.deployer},
        market: {vault.address, committees.address},
    }
    for contract, values in built_with.items():
        if values != {int(address, 16) for address in expected.get(contract, ())}:
            raise ValueError(f"{contract._name} at {contract.address} was built with other addresses")


def record(deployment: Deployment, folder: Path) -> Path:
    """Writes the file for others to read and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(deployment.chain_id, folder)
    path.write_text(json.dumps(deployment.to_json(), indent=2) + "\n", "utf-8")
    return path


def recorded(folder: Path) -> Deployment:
    """What `record` wrote for this chain. Raises ValueError when it was made for another."""
    document = json.loads(_path(chain.id, folder).read_text("utf-8"))
    if document["chainId"] != chain.id:
        raise ValueError(f"{_path(chain.id, folder)} is for chain {document['chainId']}")

    def placed(name: str, described: dict[str, Any]) -> Placed:
        container = _contracts()["TokenDouble" if name.endswith("Token") else name]
        contract, arguments = container.at(described["address"]), tuple(described["constructorArguments"])
        return Placed(contract, arguments, ours="abi" in described)

    contracts = {name: placed(name, described) for name, described in document["contracts"].items()}
    return Deployment(
        chain_id=chain.id,
        block_number=document["blockNumber"],
        deployer=document["deployer"],
        vault=contracts["StakeVault"],
        committees=contracts["Committees"],
        market=contracts["TaskMarket"],
        stake_token=contracts["StakeToken"],
        reward_token=contracts.get("RewardToken"),
        libraries=tuple(placed(name, described) for name, described in document["libraries"].items()),
    )


def check() -> None:
    """Entry point: what the file of this chain names is on chain what these sources compile to."""
    deployment = recorded(FOLDER)
    verify(deployment)
    print(f"{_path(deployment.chain_id, FOLDER)} names what these sources compile to")


def plan(params: Params, sender: Any) -> str:
    """All that a deployment depends on, for a person to read before he agrees."""
    market = _contracts()["TaskMarket"]._build
    compiler = market["compiler"]
    optimizer = f"optimizer {compiler['optimizer']['runs']} runs" if compiler["optimizer"]["enabled"] else "unoptimised"
    path = _path(chain.id, FOLDER)
    lines = {
        "network": f"{network.show_active()}, chain {chain.id}, block {chain.height}",
        "sender": f"{sender.address}, {sender.balance().to('ether')} ether, nonce {sender.nonce}",
        "stake token": params.stake_token or "a new token double, and another as reward token",
        "confirmations": params.confirmations,
        "compiler": f"solc {compiler['version']}, {compiler['evm_version']}, {optimizer}",
        "deploys": "StakeVault(stake token), Committees(StakeVault), TaskMarket(StakeVault, Committees)",
        "libraries": ", ".join(library_names(market)),
        "wires": "StakeVault.setBooks(TaskMarket, Committees), Committees.setMarket(TaskMarket): once and for ever",
        "writes": f"{path}{', replacing it' if path.exists() else ''}",
    }
    return "\n".join(f"{name:<15}{value}" for name, value in lines.items())


def main() -> None:
    """Entry point of `brownie run`."""
    params = params_of(chain.id)
    sender = _sender()
    print(plan(params, sender))
    if chain.id not in DEVELOPMENT_CHAINS and input(f"Type {chain.id} to send: ").strip() != str(chain.id):
        sys.exit("nothing was sent")

    deployment = deploy(sender, params)
    record(deployment, FOLDER)

    for name, placed in deployment.to_json()["contracts"].items():
        print(f"{name:<14} {placed['address']}")


def _path(chain_id: int, folder: Path) -> Path:
    return folder / f"{chain_id}.json"


def _contracts() -> Any:
    """The compiled project, found at run time: a script may be imported before Brownie has loaded it."""
    return project.get_loaded_projects()[0]


def _sender() -> Any:
    """$DELTAML_ACCOUNT of Brownie's accounts; on a development chain the node's first account will do."""
    name = os.environ.get("DELTAML_ACCOUNT")
    if name:
        return accounts.load(name)
    if chain.id in DEVELOPMENT_CHAINS:
        return accounts[0]
    sys.exit("name the sender: DELTAML_ACCOUNT=<one of `brownie accounts list`>")
