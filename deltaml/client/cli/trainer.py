"""`deltaml trainer`: the data owner's agent."""

import time
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.markup import escape

from deltaml.board import read_spec
from deltaml.client.cli.connection import agree, connection_of, console
from deltaml.client.money import from_wei
from deltaml.client.table import Table
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import MICRO

app = typer.Typer(help="Data owner: train on a file that stays here.", no_args_is_help=True)

Confirmations = Annotated[
    int, typer.Option(envvar="DELTAML_CONFIRMATIONS", min=0, help="blocks on top of what counts as having happened")
]


@app.callback()
def group() -> None:
    """Data owner: train on a file that stays here."""


class Agent(Protocol):
    def tick(self) -> bool: ...


@app.command()
def run(
    ctx: typer.Context,
    task: Annotated[int, typer.Option(help="the task you agree to take part in")],
    data: Annotated[Path, typer.Option(help="CSV file; it stays on this machine")],
    units: Annotated[int, typer.Option(min=1, help="stake units")] = 1,
    noise: Annotated[float, typer.Option(min=0, help="least noise per weight, whatever the task asks for")] = 0.0,
    keep_updates: Annotated[Path | None, typer.Option(help="keep a copy of every update here")] = None,
    random_state: Annotated[int | None, typer.Option(min=0, help="train in the same order again")] = None,
    tick_seconds: Annotated[float, typer.Option(min=0.1)] = 4.0,
    confirmations: Confirmations = 0,
    yes: Annotated[bool, typer.Option("--yes", help="agree without being asked")] = False,
) -> None:
    """Joins a task, trains when a round opens, and collects at the end."""
    market, store = connection_of(ctx).market(), connection_of(ctx).store()
    state = market.task(task, market.chain.head())
    spec, table = read_spec(store, state.params.spec_digest), Table.read(data)
    columns = ", ".join(column.name for column in spec.columns)
    console.print(f"[bold]{escape(spec.name)}[/bold]: {escape(spec.purpose)}")
    console.print(f"columns used: {escape(columns)}; target: {escape(spec.target.name)}")
    console.print(f"up to {state.params.rounds} updates of norm {spec.clip_norm} leave this machine, under encryption")
    if isinstance(spec, SealedSpec):
        console.print(f"the model is sealed; {spec.n_checks + 1} numbers about your update are opened in every round")
    if noise * MICRO > spec.noise_micro:
        console.print("more noise than the task allows for: updates that come out too long are left out, unpaid")
    stake = from_wei(state.params.unit_stake * units)
    agree(f"Take part with {table.n_rows} rows and a stake of {stake}?", yes)
    session = connection_of(ctx).sign()
    agent = TrainerAgent(
        session.chain,
        session.market,
        session.writer,
        store,
        connection_of(ctx).identity(),
        session.account,
        Consent(task, units, round(noise * MICRO)),
        table,
        keep_updates,
        random_state=random_state,
        confirmations=confirmations,
    )
    work(agent, tick_seconds)


def work(agent: Agent, tick_seconds: float) -> None:
    """Ticks an agent until it has nothing left to do."""
    while not agent.tick():
        time.sleep(tick_seconds)
