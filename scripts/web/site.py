"""Serving the built page, and the file that tells it where chain and IPFS are."""

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.localnet import Localnet

NETWORKS_PATH = "/deployment.json"


class PageServer(ThreadingHTTPServer):
    """`networks`: what it answers as `deployment.json`; from memory, so that two servers can share one built page."""

    networks: bytes = b""


class _Handler(SimpleHTTPRequestHandler):
    server: PageServer
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".webmanifest": "text/json"}

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != NETWORKS_PATH:
            return super().do_GET()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.networks)))
        self.end_headers()
        self.wfile.write(self.server.networks)

    def end_headers(self) -> None:
        # The next start has other contracts at other addresses.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: every file would be a line."""


def server_of(folder: Path, port: int) -> PageServer:
    """A server of static files on the loopback interface; port 0 takes a free one."""
    return PageServer(("127.0.0.1", port), partial(_Handler, directory=str(folder)))


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
