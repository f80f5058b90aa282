"""Where chain and IPFS are, and whose keys: one set of options for oracles, agents and every other command.

Passphrases and keys are never options: what is on a command line can be read by everybody on the machine.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from deltaml.chain import (
    Chain,
    Deployment,
    Market,
    NodeReport,
    Sender,
    Writer,
    connect,
    load_account,
    load_deployment,
    open_pool,
)
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore, Replicas

IPFS_TIMEOUT_SECONDS = 15.0
GWEI = 10**9
DEFAULT_RPC = "http://127.0.0.1:8545"
DEFAULT_IPFS = "/ip4/127.0.0.1/tcp/5001"

RpcOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rpc",
        envvar="DELTAML_RPC",
        help="Ethereum JSON-RPC URL; several (repeated, or parted by commas) are used in this order when one fails",
        show_default=DEFAULT_RPC,
    ),
]
IpfsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ipfs",
        envvar="DELTAML_IPFS",
        help="multiaddr of an IPFS RPC port; several: put to all, get from the first that has it",
        show_default=DEFAULT_IPFS,
    ),
]
DeploymentOption = Annotated[
    Path | None,
    typer.Option("--deployment", envvar="DELTAML_DEPLOYMENT", help="default: deployments/<chain id>.json"),
]
KeystoreOption = Annotated[
    Path | None, typer.Option("--keystore", envvar="DELTAML_KEYSTORE", help="encrypted account key")
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", envvar="DELTAML_PASSPHRASE_FILE", help="asked for when not given"),
]
IdentityOption = Annotated[Path | None, typer.Option("--identity", envvar="DELTAML_IDENTITY", help="age identity file")]
MaxFeeOption = Annotated[
    int, typer.Option("--max-fee-gwei", envvar="DELTAML_MAX_FEE_GWEI", min=1, help="most to pay per gas")
]
MetricsPortOption = Annotated[
    int, typer.Option("--metrics-port", envvar="DELTAML_METRICS_PORT", help="of /metrics and /health; 0: neither")
]
MetricsHostOption = Annotated[str, typer.Option("--metrics-host", envvar="DELTAML_METRICS_HOST")]
DEFAULT_METRICS_HOST = "127.0.0.1"

Nodes = Callable[[], Sequence[NodeReport]]


@dataclass(frozen=True)
class Session:
    """An open connection with a key that signs. nodes: how the RPC nodes are."""

    market: Market
    writer: Writer
    account: str
    nodes: Nodes = tuple

    @property
    def chain(self) -> Chain:
        return self.market.chain

    @property
    def deployment(self) -> Deployment:
        return self.market.deployment

    @property
    def reward_token(self) -> str:
        """The deployment's reward token. Raises InvalidInput where there is none."""
        if self.deployment.reward_token is None:
            raise InvalidInput("the deployment names no reward token; give --reward-token")
        return self.deployment.reward_token


@dataclass(frozen=True)
class Connection:
    """The options, opened when somebody needs them. rpc and ipfs: addresses, the preferred first. deployment: file with
    the contracts' addresses, None for deployments/<chain id>.json. keystore: encrypted eth-account JSON. max_fee_gwei:
    most paid per unit of gas."""

    rpc: tuple[str, ...]
    deployment: Path | None
    ipfs: tuple[str, ...]
    keystore: Path | None
    passphrase_file: Path | None
    identity_file: Path | None
    max_fee_gwei: int

    def __repr__(self) -> str:
        # RPC URLs often carry an API key.
        return f"Connection(deployment={self.deployment}, ipfs={self.ipfs}, keystore={self.keystore})"

    def market(self) -> Market:
        """Reads; needs no key. Raises InvalidInput, Unavailable."""
        chain = connect(self.rpc)
        return Market(chain, load_deployment(chain.chain_id, self.deployment))

    def sign(self) -> Session:
        """Reads and writes. Raises InvalidInput without a keystore, Refused for a wrong passphrase, Unavailable."""
        if self.keystore is None:
            raise InvalidInput("this command signs: give --keystore or DELTAML_KEYSTORE")
        chain, pool = open_pool(self.rpc)
        market = Market(chain, load_deployment(chain.chain_id, self.deployment))
        key = load_account(self.keystore, self.passphrase_file)
        sender = Sender(market.chain, key, max_fee_per_gas_wei=self.max_fee_gwei * GWEI)
        return Session(market, sender, str(key.address), pool.report)

    def store(self) -> Replicas:
        """Raises InvalidInput for an address that is none."""
        return Replicas([(api, IpfsStore(api, IPFS_TIMEOUT_SECONDS)) for api in self.ipfs])

    def identity(self) -> Identity:
        """Raises InvalidInput without an identity file, or for one that others may read."""
        if self.identity_file is None:
            raise InvalidInput("this command opens or receives sealed messages: give --identity or DELTAML_IDENTITY")
        try:
            return Identity.from_file(self.identity_file)
        except OSError as error:
            raise InvalidInput(f"can't read the identity {self.identity_file}: {error.strerror}") from error


def addresses(given: Iterable[str] | None, default: str) -> tuple[str, ...]:
    """Addresses that were repeated, or parted by commas or white space; each once, in order."""
    parts = [part for text in given or () for part in text.replace(",", " ").split()]
    return tuple(dict.fromkeys(parts)) or (default,)
