"""Serving the built page, and the file that tells it where chain and IPFS are."""

import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.localnet import Localnet


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".webmanifest": "text/json"}

    def end_headers(self) -> None:
        # The next start has other contracts at other addresses.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: every file would be a line."""


def server_of(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of static files on the loopback interface; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(folder)))


def networks_file(net: Localnet) -> dict[str, Any]:
    """What the page reads as `deployment.json`: its networks, here one."""
    where = net.deployment
    *_, port = net.ipfs.split("/")
    return {
        "networks": [
            {
                "chainId": where.chain_id,
                "name": "Local chain",
                "rpcUrl": net.rpc,
                "ipfsApi": f"http://127.0.0.1:{port}",
                "market": where.market,
                "vault": where.vault,
                "committees": where.committees,
                "blockNumber": where.block_number,
                "stakeToken": {"address": where.stake_token, "symbol": "STK", "decimals": 18},
                "rewardTokens": [{"address": where.reward_token, "symbol": "RWD", "decimals": 18}],
                # The chain's own account pays newcomers.
                "faucet": "anvil",
            }
        ]
    }


def write_networks(folder: Path, net: Localnet) -> Path:
    file = folder / "deployment.json"
    file.write_text(json.dumps(networks_file(net), indent=1) + "\n", "utf-8")
    return file
