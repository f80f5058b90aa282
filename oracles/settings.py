"""What an operator decides, read once at the start and passed in; secrets stay in files and out of reprs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """rpc_url: Ethereum node. deployment: file with the addresses, None for deployments/<chain id>.json. ipfs_api:
    multiaddr of the node's RPC port. keystore: encrypted eth-account JSON; None means a dry run that decides and
    simulates but sends nothing. identity: age identity file. tick_seconds: pause between looks at the chain.
    confirmations: how many blocks deep the chain is read. metrics_port: Prometheus, 0 for none. max_fee_gwei: most the
    operator pays per unit of gas. workers: processes that large rounds are spread over, None for what joblib is
    configured for, which is one."""

    rpc_url: str
    deployment: Path | None
    ipfs_api: str
    keystore: Path | None
    passphrase_file: Path | None
    identity: Path | None
    account: str | None
    tick_seconds: float
    confirmations: int
    metrics_port: int
    max_fee_gwei: int
    workers: int | None = None

    def __repr__(self) -> str:
        # The RPC URL often carries an API key.
        return f"Settings(deployment={self.deployment}, ipfs_api={self.ipfs_api}, keystore={self.keystore})"
