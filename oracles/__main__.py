"""`python -m oracles run | once`: every option may also come from the environment variable shown beside it."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from deltaml.errors import DeltaMLError
from oracles.daemon import build, run
from oracles.metrics import Metrics
from oracles.settings import Settings

app = typer.Typer(
    help="The DeltaML oracle: a member of committees at work.", no_args_is_help=True, pretty_exceptions_enable=False
)

RpcUrl = Annotated[str, typer.Option("--rpc", envvar="DELTAML_RPC", help="Ethereum JSON-RPC URL")]
DeploymentFile = Annotated[
    Path, typer.Option("--deployment", envvar="DELTAML_DEPLOYMENT", help="deployments/<id>.json")
]
IpfsApi = Annotated[str, typer.Option("--ipfs", envvar="DELTAML_IPFS", help="multiaddr of the IPFS RPC port")]
Keystore = Annotated[Path | None, typer.Option(envvar="DELTAML_KEYSTORE", help="encrypted key; none: dry run")]
Passphrase = Annotated[Path | None, typer.Option(envvar="DELTAML_PASSPHRASE_FILE", help="file with its passphrase")]
IdentityFile = Annotated[Path, typer.Option("--identity", envvar="DELTAML_IDENTITY", help="age identity file")]
Account = Annotated[str | None, typer.Option(envvar="DELTAML_ACCOUNT", help="address to watch in a dry run")]
TickSeconds = Annotated[float, typer.Option(envvar="DELTAML_TICK_SECONDS", min=0.1)]
Confirmations = Annotated[int, typer.Option(envvar="DELTAML_CONFIRMATIONS", min=0)]
MetricsPort = Annotated[int, typer.Option(envvar="DELTAML_METRICS_PORT", help="0: no metrics")]
MaxFee = Annotated[int, typer.Option("--max-fee-gwei", envvar="DELTAML_MAX_FEE_GWEI", min=1)]

IPFS_DEFAULT = "/ip4/127.0.0.1/tcp/5001"


@app.command("run")
def run_command(
    rpc: RpcUrl,
    deployment: DeploymentFile,
    identity: IdentityFile,
    ipfs: IpfsApi = IPFS_DEFAULT,
    keystore: Keystore = None,
    passphrase_file: Passphrase = None,
    account: Account = None,
    tick_seconds: TickSeconds = 4.0,
    confirmations: Confirmations = 0,
    metrics_port: MetricsPort = 0,
    max_fee_gwei: MaxFee = 200,
) -> None:
    """Watches the chain and does the member's work until SIGTERM."""
    run(
        Settings(
            rpc,
            deployment,
            ipfs,
            keystore,
            passphrase_file,
            identity,
            account,
            tick_seconds,
            confirmations,
            metrics_port,
            max_fee_gwei,
        )
    )


@app.command("once")
def once_command(
    rpc: RpcUrl,
    deployment: DeploymentFile,
    identity: IdentityFile,
    ipfs: IpfsApi = IPFS_DEFAULT,
    keystore: Keystore = None,
    passphrase_file: Passphrase = None,
    account: Account = None,
    confirmations: Confirmations = 0,
    max_fee_gwei: MaxFee = 200,
) -> None:
    """Looks at the chain once, acts at most once per task, and ends."""
    settings = Settings(
        rpc, deployment, ipfs, keystore, passphrase_file, identity, account, 1.0, confirmations, 0, max_fee_gwei
    )
    build(settings, Metrics.create()).tick()


def main() -> None:
    """Entry point: JSON lines on standard error, one sentence instead of a traceback for what is expected to happen."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # The scheduler's own chatter would drown the reasons.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        app()
    except DeltaMLError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
