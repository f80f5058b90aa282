"""What every command shares: where chain and IPFS are, and whose keys. Options of `deltaml` itself, or environment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deltaml.chain import Chain, Deployment, Market, Sender, Writer, connect, load_account, load_deployment
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore, Store

IPFS_TIMEOUT_SECONDS = 15.0
GWEI = 10**9

console = Console()


@dataclass(frozen=True)
class Session:
    """An open connection with a key that signs."""

    market: Market
    writer: Writer
    account: str

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
    """The options, opened when a command needs them."""

    rpc: str
    deployment: Path | None
    ipfs: str
    keystore: Path | None
    passphrase_file: Path | None
    identity_file: Path | None
    max_fee_gwei: int

    def market(self) -> Market:
        """Reads; needs no key. Raises InvalidInput, Unavailable."""
        chain = connect(self.rpc)
        return Market(chain, load_deployment(chain.chain_id, self.deployment))

    def sign(self) -> Session:
        """Reads and writes. Raises InvalidInput without a keystore, Refused for a wrong passphrase, Unavailable."""
        if self.keystore is None:
            raise InvalidInput("this command signs: give --keystore or DELTAML_KEYSTORE")
        market = self.market()
        key = load_account(self.keystore, self.passphrase_file)
        sender = Sender(market.chain, key, max_fee_per_gas_wei=self.max_fee_gwei * GWEI)
        return Session(market, sender, str(key.address))

    def store(self) -> Store:
        return IpfsStore(self.ipfs, IPFS_TIMEOUT_SECONDS)

    def identity(self) -> Identity:
        """Raises InvalidInput without an identity file, or for one that others may read."""
        if self.identity_file is None:
            raise InvalidInput("this command opens or receives sealed messages: give --identity or DELTAML_IDENTITY")
        return Identity.from_file(self.identity_file)


def options(
    ctx: typer.Context,
    rpc: Annotated[str, typer.Option(envvar="DELTAML_RPC", help="Ethereum JSON-RPC URL")] = "http://127.0.0.1:8545",
    deployment: Annotated[
        Path | None, typer.Option(envvar="DELTAML_DEPLOYMENT", help="default: deployments/<chain id>.json")
    ] = None,
    ipfs: Annotated[
        str, typer.Option(envvar="DELTAML_IPFS", help="multiaddr of the IPFS RPC port")
    ] = "/ip4/127.0.0.1/tcp/5001",
    keystore: Annotated[
        Path | None, typer.Option(envvar="DELTAML_KEYSTORE", help="encrypted account key", exists=True)
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(envvar="DELTAML_PASSPHRASE_FILE", help="asked for when not given", exists=True)
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(envvar="DELTAML_IDENTITY", help="age identity file", exists=True, dir_okay=False)
    ] = None,
    max_fee_gwei: Annotated[int, typer.Option(envvar="DELTAML_MAX_FEE_GWEI", min=1, help="most to pay per gas")] = 200,
) -> None:
    """Train models on data that never leaves its owner."""
    ctx.obj = Connection(rpc, deployment, ipfs, keystore, passphrase_file, identity, max_fee_gwei)


def connection_of(ctx: typer.Context) -> Connection:
    found: Connection = ctx.obj
    return found


def agree(question: str, yes: bool) -> None:
    """Asks unless `yes`; ends the command when the answer is no."""
    if not yes and not typer.confirm(question):
        raise typer.Abort
