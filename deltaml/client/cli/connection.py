"""What every command shares: the options of `deltaml` itself, and how it talks to people."""

import typer
from rich.console import Console

from deltaml.connection import (
    DEFAULT_IPFS,
    DEFAULT_RPC,
    Connection,
    DeploymentOption,
    IdentityOption,
    IpfsOption,
    KeystoreOption,
    MaxFeeOption,
    PassphraseOption,
    RpcOption,
    addresses,
)

console = Console()
remarks = Console(stderr=True)
"""For what people should know and programs must not trip over."""


def options(
    ctx: typer.Context,
    rpc: RpcOption = None,
    deployment: DeploymentOption = None,
    ipfs: IpfsOption = None,
    keystore: KeystoreOption = None,
    passphrase_file: PassphraseOption = None,
    identity: IdentityOption = None,
    max_fee_gwei: MaxFeeOption = 200,
) -> None:
    """Train models on data that never leaves its owner."""
    rpcs, apis = addresses(rpc, DEFAULT_RPC), addresses(ipfs, DEFAULT_IPFS)
    ctx.obj = Connection(rpcs, deployment, apis, keystore, passphrase_file, identity, max_fee_gwei)


def connection_of(ctx: typer.Context) -> Connection:
    found: Connection = ctx.obj
    return found


def agree(question: str, yes: bool) -> None:
    """Asks unless `yes`; ends the command when the answer is no."""
    if not yes and not typer.confirm(question):
        raise typer.Abort
