"""`deltaml trainer`: the data owner's agent."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from deltaml.board import read_spec
from deltaml.client.budget_file import BudgetFile, budgets_in
from deltaml.client.cli.agents import Confirmations, Watch
from deltaml.client.cli.connection import agree, connection_of, console
from deltaml.client.cli.privacy import (
    DEFAULT_DELTA,
    DEFAULT_FOLDER,
    Budgets,
    Name,
    accounts,
    price_of,
    state_of,
    wanted,
)
from deltaml.client.disclosure import round_release
from deltaml.client.money import from_wei
from deltaml.client.table import Table
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.connection import DEFAULT_METRICS_HOST, MetricsHostOption, MetricsPortOption
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import MICRO

app = typer.Typer(help="Data owner: train on a file that stays here.", no_args_is_help=True)

ROUND_GAS = 68_000
"""A trainer's part of a round: its update, and one of ten claims in a transaction (`make bench`)."""


@app.callback()
def group() -> None:
    """Data owner: train on a file that stays here."""


@app.command()
def run(
    ctx: typer.Context,
    task: Annotated[int, typer.Option(help="the task you agree to take part in")],
    data: Annotated[Path, typer.Option(help="CSV file; it stays on this machine")],
    units: Annotated[int, typer.Option(min=1, help="stake units")] = 1,
    noise: Annotated[float, typer.Option(min=0, help="least noise per weight, whatever the task asks for")] = 0.0,
    epsilon: Annotated[
        float | None, typer.Option(min=0, help="most that may become known about these data over all tasks")
    ] = None,
    delta: Annotated[
        float | None, typer.Option(min=0, max=1, help=f"probability that goes with it; {DEFAULT_DELTA:g} at first")
    ] = None,
    no_privacy_budget: Annotated[
        bool, typer.Option("--no-privacy-budget", help="no limit: count what becomes known, refuse nothing")
    ] = False,
    data_set: Name = None,
    budgets: Budgets = DEFAULT_FOLDER,
    keep_updates: Annotated[Path | None, typer.Option(help="keep a copy of every update here")] = None,
    random_state: Annotated[int | None, typer.Option(min=0, help="train in the same order again")] = None,
    tick_seconds: Annotated[float, typer.Option(min=0.1)] = 4.0,
    confirmations: Confirmations = 0,
    metrics_port: MetricsPortOption = 0,
    metrics_host: MetricsHostOption = DEFAULT_METRICS_HOST,
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
        console.print(
            f"the model is sealed: noise hides what is opened as long as the owner's weights, which you can't see, "
            f"keep the norm of {spec.weight_norm:g} that he promises"
        )
    if noise * MICRO > spec.noise_micro:
        console.print("more noise than the task allows for: updates that come out too long are left out, unpaid")
    file = BudgetFile.of(budgets.expanduser(), data, data_set)
    budget, release = wanted(file, epsilon, delta, no_privacy_budget), round_release(spec, round(noise * MICRO))
    console.print(escape(price_of(release, state.params.rounds, budget)))
    console.print(escape(state_of(budget)))
    stake = from_wei(state.params.unit_stake * units)
    agree(f"Take part with {table.n_rows} rows and a stake of {stake}?", yes)
    session = connection_of(ctx).sign()
    file.allow(budget.epsilon, budget.delta)
    watch = Watch(metrics_host, metrics_port, tick_seconds, ROUND_GAS)
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
        budget=file,
        random_state=random_state,
        confirmations=confirmations,
        pulse=watch.pulse,
    )
    watch.work(agent, session, store)


@app.command()
def budget(
    data: Annotated[
        Path | None, typer.Option(help="the data set of this file; default: all that were ever used")
    ] = None,
    data_set: Name = None,
    budgets: Budgets = DEFAULT_FOLDER,
) -> None:
    """Shows what became known about your data, over all tasks, and what is left.

    Rounds that a task reserved and did not use are freed when its agent sees that the task is over.
    """
    folder = budgets.expanduser()
    if data_set is None and data is None:
        files = budgets_in(folder)
    else:
        files = [BudgetFile.of(folder, data or folder, data_set)]
    console.print(accounts(files))
