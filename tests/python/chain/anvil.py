"""A real node for one test: anvil on a free port, and contracts compiled by the project's own compiler."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deltaml.chain.connection import Chain
from deltaml.chain.nodes import connect

ROOT = Path(__file__).parents[3]
DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
DEPLOYER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


@contextmanager
def anvil(*options: str) -> Iterator[tuple[str, Chain]]:
    """Starts anvil with its well-known accounts and stops it; yields its address and a connection."""
    binary = next(ROOT.glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(binary), "--port", str(port), *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "Listening on" in line:
                break
        else:
            raise RuntimeError(f"anvil did not start: {''.join(said)}")
        url = f"http://127.0.0.1:{port}"
        # A busy machine is no dead node.
        yield url, connect(url, timeout_seconds=60.0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@cache
def bytecode(source: Path, contract: str) -> str:
    """Creation code as hex."""
    request = {
        "language": "Solidity",
        "sources": {source.name: {"content": source.read_text()}},
        "settings": {"evmVersion": "cancun", "outputSelection": {"*": {"*": ["evm.bytecode.object"]}}},
    }
    answer = subprocess.run(
        ["node", str(ROOT / "tools/solc/solc.js"), "--standard-json"],
        input=json.dumps(request), capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    output = json.loads(answer.stdout)
    return str(output["contracts"][source.name][contract]["evm"]["bytecode"]["object"])


def deploy(chain: Chain, code: str) -> str:
    """Deploys from anvil's first account; returns the address."""
    transaction = {"from": DEPLOYER, "data": "0x" + code, "gas": "0x800000"}
    transaction_hash = chain.request("eth_sendTransaction", [transaction])
    # anvil answers before it has mined.
    for _ in range(1000):
        receipt = chain.request("eth_getTransactionReceipt", [transaction_hash])
        if receipt is not None:
            return str(receipt["contractAddress"])
    raise RuntimeError(f"anvil did not mine {transaction_hash}")
