"""The project's contracts on a chain: compiled, linked, wired, and people with money in front of them."""

import json
import subprocess
from functools import cache
from typing import Any

import eth_abi
from eth_account import Account

from deltaml.chain import calls
from deltaml.chain.abi import method
from deltaml.chain.codec import checksum
from deltaml.chain.connection import Chain
from deltaml.chain.deployment import Deployment
from deltaml.chain.sender import Sender
from tests.python.chain.anvil import DEPLOYER, ROOT, deploy

CAP = 10**12


@cache
def compiled() -> dict[str, Any]:
    """Solc's output by file and contract."""
    files = [file for folder in ("contracts", "interfaces") for file in sorted((ROOT / folder).rglob("*.sol"))]
    request = {
        "language": "Solidity",
        "sources": {str(file.relative_to(ROOT)): {"content": file.read_text()} for file in files},
        "settings": {
            "evmVersion": "cancun",
            "optimizer": {"enabled": True, "runs": 200},
            "remappings": ["@openzeppelin=node_modules/@openzeppelin"],
            "outputSelection": {"*": {"*": ["evm.bytecode"]}},
        },
    }
    answer = subprocess.run(
        ["node", str(ROOT / "tools/solc/solc.js"), "--standard-json"],
        input=json.dumps(request), capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    contracts: dict[str, Any] = json.loads(answer.stdout)["contracts"]
    return contracts


def install(chain: Chain, file: str, name: str, kinds: tuple[str, ...] = (), values: tuple[Any, ...] = ()) -> str:
    """Deploys a contract after the libraries it is linked to."""
    bytecode = compiled()[file][name]["evm"]["bytecode"]
    code = bytecode["object"]
    for library_file, libraries in bytecode["linkReferences"].items():
        for library, places in libraries.items():
            address = install(chain, library_file, library)
            for place in places:
                start = 2 * place["start"]
                code = code[:start] + address[2:].lower() + code[start + 40 :]
    return checksum(deploy(chain, code + eth_abi.encode(kinds, values).hex()))


def install_all(chain: Chain) -> Deployment:
    """Tokens, vault, committees and market, wired."""
    token = "contracts/test/TokenDouble.sol", "TokenDouble", ("string", "string", "uint8")
    block = chain.head().number
    stake = install(chain, *token, ("Stake", "STK", 18))
    reward = install(chain, *token, ("Reward", "RWD", 18))
    vault = install(chain, "contracts/StakeVault.sol", "StakeVault", ("address",), (stake,))
    committees = install(chain, "contracts/Committees.sol", "Committees", ("address",), (vault,))
    pair = (vault, committees)
    market = install(chain, "contracts/TaskMarket.sol", "TaskMarket", ("address", "address"), pair)
    wiring = [
        (vault, method("StakeVault", "setBooks").encode([market, committees])),
        (committees, method("Committees", "setMarket").encode([market])),
    ]
    for to, data in wiring:
        chain.request("eth_sendTransaction", [{"from": DEPLOYER, "to": to, "data": "0x" + data.hex()}])
    return Deployment(chain.chain_id, market, vault, committees, stake, reward, block)


def person(chain: Chain, deployment: Deployment, number: int, stake: int) -> Sender:
    """Somebody with ether and a deposit of `stake` in the vault."""
    account = Account.from_key(number.to_bytes(32, "big"))
    chain.request("anvil_setBalance", [account.address, hex(10**20)])
    sender = Sender(chain, account, CAP, poll_seconds=0.01)
    sender.send(calls.mint(deployment.stake_token, sender.address, stake))
    sender.send(calls.approve(deployment.stake_token, deployment.vault, stake))
    sender.send(calls.deposit(deployment, sender.address, stake))
    return sender
