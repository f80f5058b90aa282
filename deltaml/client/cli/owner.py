"""`deltaml owner`: the owner's agent of a sealed-model task."""

from pathlib import Path
from typing import Annotated

import typer

from deltaml.board import TaskReader
from deltaml.client.cli.agents import Confirmations, Watch
from deltaml.client.cli.connection import connection_of, console
from deltaml.client.draft import Draft
from deltaml.client.key_file import read_key, write_key
from deltaml.client.owner_agent import OwnerAgent, read_sealed_spec
from deltaml.client.sealed_owner import Stepper, optimiser_of, quadratic_loss
from deltaml.client.table import Table
from deltaml.connection import DEFAULT_METRICS_HOST, MetricsHostOption, MetricsPortOption
from deltaml.errors import InvalidInput
from deltaml.sealing import MAX_KEY_BITS, MIN_KEY_BITS, OwnerKey

ROUND_GAS = 144_000
"""An owner's part of a round: openings and a step, each of them once more after a reorganisation."""

app = typer.Typer(help="Owner of a sealed model: take part in its rounds.", no_args_is_help=True)


@app.command()
def key(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="where to write the key, sealed to your identity")],
    bits: Annotated[int, typer.Option(min=MIN_KEY_BITS, max=MAX_KEY_BITS, help="2048, 3072 or 4096")] = 3072,
) -> None:
    """Draws the Paillier key that a sealed model travels under. Whoever loses it loses the model."""
    if bits % 64:
        raise InvalidInput(f"--bits {bits}: expected a multiple of 64; other keys fit no task")
    identity = connection_of(ctx).identity()
    write_key(file, OwnerKey.generate(bits), identity)
    console.print(f"{file}: {bits} bits, opens with your identity only")


@app.command()
def run(
    ctx: typer.Context,
    task: Annotated[int, typer.Option(help="the task you posted")],
    draft: Annotated[Path, typer.Option(help="its task file; [owner] says how to step")],
    validation: Annotated[Path, typer.Option(help="CSV to score with; it stays on this machine")],
    key: Annotated[Path, typer.Option(help="the key file it was posted with")],
    tick_seconds: Annotated[float, typer.Option(min=0.1)] = 4.0,
    confirmations: Confirmations = 0,
    metrics_port: MetricsPortOption = 0,
    metrics_host: MetricsHostOption = DEFAULT_METRICS_HOST,
) -> None:
    """Opens sums and steps until the task is over. An owner who is away in a round ends the task and pays for it."""
    connection = connection_of(ctx)
    session, store, identity = connection.sign(), connection.store(), connection.identity()
    owner_key, snapshot = read_key(key, identity), TaskReader(session.market).snapshot(task, session.chain.head())
    spec = read_sealed_spec(store, snapshot, owner_key)
    stepper = Stepper(spec, optimiser_of(Draft.read(draft), spec), quadratic_loss(spec, Table.read(validation)))
    watch = Watch(metrics_host, metrics_port, tick_seconds, ROUND_GAS)
    where = session.chain, session.market, session.writer, store
    agent = OwnerAgent(*where, identity, owner_key, task, stepper, confirmations, watch.pulse)
    watch.work(agent, session, store)
