"""`python -m oracles [options] COMMAND`: every option may also come from the environment variable shown with it."""

import sys
from typing import Annotated

import typer

from deltaml.connection import (
    DEFAULT_IPFS,
    DEFAULT_METRICS_HOST,
    DEFAULT_RPC,
    Connection,
    DeploymentOption,
    IdentityOption,
    IpfsOption,
    KeystoreOption,
    MaxFeeOption,
    MetricsHostOption,
    MetricsPortOption,
    PassphraseOption,
    RpcOption,
    addresses,
)
from deltaml.errors import DeltaMLError, Unavailable
from deltaml.logs import configure_logs
from oracles.daemon import build, run, tick
from oracles.preflight import preflight
from oracles.reasons import DropRepeats
from oracles.replay import replay
from oracles.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def options(
    ctx: typer.Context,
    rpc: RpcOption = None,
    deployment: DeploymentOption = None,
    identity: IdentityOption = None,
    ipfs: IpfsOption = None,
    keystore: KeystoreOption = None,
    passphrase_file: PassphraseOption = None,
    account: Annotated[str | None, typer.Option(envvar="DELTAML_ACCOUNT", help="address to watch in a dry run")] = None,
    tick_seconds: Annotated[float, typer.Option(envvar="DELTAML_TICK_SECONDS", min=0.1)] = 4.0,
    confirmations: Annotated[
        int, typer.Option(envvar="DELTAML_CONFIRMATIONS", min=0, help="how many blocks deep the chain is read")
    ] = 0,
    metrics_port: MetricsPortOption = 0,
    metrics_host: MetricsHostOption = DEFAULT_METRICS_HOST,
    max_fee_gwei: MaxFeeOption = 200,
    pin_gib: Annotated[
        float, typer.Option(envvar="DELTAML_PIN_GIB", min=0, help="most to keep of running tasks on each IPFS endpoint")
    ] = 20.0,
    watchdog_seconds: Annotated[
        float, typer.Option(envvar="DELTAML_WATCHDOG_SECONDS", min=0, help="a tick that hangs so long ends the process")
    ] = 1800.0,
    workers: Annotated[
        int | None, typer.Option(envvar="DELTAML_WORKERS", min=1, help="processes for rounds with many trainers")
    ] = None,
) -> None:
    """The DeltaML oracle: a member of committees at work."""
    rpcs, apis = addresses(rpc, DEFAULT_RPC), addresses(ipfs, DEFAULT_IPFS)
    ctx.obj = Settings(
        Connection(rpcs, deployment, apis, keystore, passphrase_file, identity, max_fee_gwei),
        account,
        tick_seconds,
        confirmations,
        metrics_host,
        metrics_port,
        pin_gib,
        watchdog_seconds,
        workers,
    )


@app.command("run")
def run_command(ctx: typer.Context) -> None:
    """Watches the chain and does the member's work until SIGTERM."""
    run(ctx.obj)


@app.command("once")
def once_command(ctx: typer.Context) -> None:
    """Looks at the chain once, acts at most once per task, and ends."""
    tick(build(ctx.obj).oracle, ctx.obj.workers)


@app.command("check")
def check_command(
    ctx: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, help="how many rounds of gas the account should have ether for")] = 100,
) -> None:
    """Tries everything that `run` needs and says what is wrong; exit code 1 when anything is."""
    if not preflight(ctx.obj, rounds):
        raise typer.Exit(1)


@app.command("replay")
def replay_command(
    ctx: typer.Context,
    task: Annotated[int, typer.Option(help="number of the task")],
    round_: Annotated[int, typer.Option("--round", min=0, help="number of a round that was revealed")],
) -> None:
    """Derives a past round again from what was posted and compares; exit code 1 when anything differs."""
    if not replay(ctx.obj, task, round_):
        raise typer.Exit(1)


def main() -> None:
    """Entry point: one sentence instead of a traceback for what is expected to happen."""
    configure_logs(DropRepeats())
    try:
        app()
    except Unavailable as error:
        sys.exit(f"not available now, try again: {error}")
    except DeltaMLError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
