"""`python -m oracles [options] run | once`: every option may also come from the environment variable shown with it."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from deltaml.errors import DeltaMLError
from oracles.daemon import build, run, tick
from oracles.metrics import Metrics
from oracles.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def options(
    ctx: typer.Context,
    rpc: Annotated[str, typer.Option(envvar="DELTAML_RPC", help="Ethereum JSON-RPC URL")] = "http://127.0.0.1:8545",
    deployment: Annotated[
        Path | None, typer.Option(envvar="DELTAML_DEPLOYMENT", help="default: deployments/<chain id>.json")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(envvar="DELTAML_IDENTITY", help="age identity file", exists=True, dir_okay=False)
    ] = None,
    ipfs: Annotated[
        str, typer.Option(envvar="DELTAML_IPFS", help="multiaddr of the IPFS RPC port")
    ] = "/ip4/127.0.0.1/tcp/5001",
    keystore: Annotated[
        Path | None, typer.Option(envvar="DELTAML_KEYSTORE", help="encrypted key; none: dry run", exists=True)
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(envvar="DELTAML_PASSPHRASE_FILE", help="asked for when not given", exists=True)
    ] = None,
    account: Annotated[str | None, typer.Option(envvar="DELTAML_ACCOUNT", help="address to watch in a dry run")] = None,
    tick_seconds: Annotated[float, typer.Option(envvar="DELTAML_TICK_SECONDS", min=0.1)] = 4.0,
    confirmations: Annotated[int, typer.Option(envvar="DELTAML_CONFIRMATIONS", min=0)] = 0,
    metrics_port: Annotated[int, typer.Option(envvar="DELTAML_METRICS_PORT", help="0: no metrics")] = 0,
    max_fee_gwei: Annotated[int, typer.Option(envvar="DELTAML_MAX_FEE_GWEI", min=1, help="most to pay per gas")] = 200,
    workers: Annotated[
        int | None, typer.Option(envvar="DELTAML_WORKERS", min=1, help="processes for rounds with many trainers")
    ] = None,
) -> None:
    """The DeltaML oracle: a member of committees at work."""
    ctx.obj = Settings(
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
        workers,
    )


@app.command("run")
def run_command(ctx: typer.Context) -> None:
    """Watches the chain and does the member's work until SIGTERM."""
    run(ctx.obj)


@app.command("once")
def once_command(ctx: typer.Context) -> None:
    """Looks at the chain once, acts at most once per task, and ends."""
    tick(build(ctx.obj, Metrics.create()), ctx.obj.workers)


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
