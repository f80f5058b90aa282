"""`deltaml task`: the model owner's commands, and a look at anybody's task."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from deltaml.board import Snapshot, StateReader, TaskReader, read_spec
from deltaml.chain import calls
from deltaml.client import owner
from deltaml.client.advice import clip_advice
from deltaml.client.cli.connection import agree, connection_of, console, remarks
from deltaml.client.key_file import read_key
from deltaml.client.money import WEI, from_wei
from deltaml.client.onnx_export import write_onnx
from deltaml.client.sealed_owner import is_sealed, make_sealed_spec, optimiser_of, publish_sealed_task
from deltaml.client.sklearn_export import write_sklearn
from deltaml.client.table import Table
from deltaml.client.trained import TrainedModel
from deltaml.errors import InvalidInput
from deltaml.protocol.score_tree import HARMFUL, MISSED, unpack_scores
from deltaml.protocol.sealed.messages import read_model
from deltaml.protocol.sealed.owner import weights_of
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import MICRO, TaskSpec
from deltaml.storage import cid_from_digest

app = typer.Typer(help="Model owner: post, watch and fetch.", no_args_is_help=True)

TaskId = Annotated[int, typer.Argument(help="task number")]


@app.command()
def post(
    ctx: typer.Context,
    draft: Annotated[Path, typer.Argument(help="task file (TOML), see docs/task.toml")],
    validation: Annotated[Path, typer.Option(help="CSV with the validation set; sealed to the committee")],
    key: Annotated[Path | None, typer.Option(help="sealed models: your key file, see `deltaml owner key`")] = None,
    reward_token: Annotated[str | None, typer.Option(help="default: the deployment's")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="agree without being asked")] = False,
) -> None:
    """Publishes specification and initial model, escrows pool and fees.

    The validation set goes, sealed, to the committee; with a sealed model it stays here and only its columns' means and
    spreads are published.
    """
    session, identity, store = connection_of(ctx).sign(), connection_of(ctx).identity(), connection_of(ctx).store()
    plan = owner.Draft.read(draft)
    table = Table.read(validation)
    committee = plan.get("market", "committee", int)
    seats = session.market.seats(committee, session.chain.head())
    if any(not any(seat.recipient) for seat in seats):
        raise InvalidInput(f"committee {committee} is not complete: not all of its members have enrolled")
    if is_sealed(plan):
        if key is None:
            raise InvalidInput("the task file asks for a sealed model: give --key, see `deltaml owner key`")
        spec = make_sealed_spec(plan, table, identity.recipient, read_key(key, identity))
        optimiser_of(plan, spec)
        digests = publish_sealed_task(spec, store)
    elif key is not None:
        raise InvalidInput("the task file asks for an open model: set sealed = true in [model], or leave --key out")
    else:
        prepared = owner.prepare(plan, table, identity.recipient)
        remarks.print(escape(clip_advice(prepared)))
        digests = owner.publish_task(prepared, seats, store)
    params = owner.make_params(plan, reward_token or session.reward_token, *digests)
    escrow = params.pool + params.rounds * params.fee_per_round
    agree(f"Post {plan.get('model', 'name', str)!r} and escrow {from_wei(escrow)}?", yes)
    console.print(f"task {owner.post(session.market, session.writer, params, session.account)}")


@app.command("list")
def list_tasks(ctx: typer.Context) -> None:
    """All tasks."""
    market = connection_of(ctx).market()
    block = market.chain.head()
    table = RichTable("task", "status", "round", "trainers", "pool", "released", "committee")
    for task_id in range(1, market.task_count(block) + 1):
        task = market.task(task_id, block)
        table.add_row(
            str(task_id),
            market.status(task_id, block).name.lower(),
            f"{task.round + 1}/{task.params.rounds}",
            f"{task.trainer_count}/{task.params.max_trainers}",
            from_wei(task.params.pool),
            from_wei(task.released),
            str(task.params.committee_id),
        )
    console.print(table)


@app.command()
def show(ctx: typer.Context, task: TaskId) -> None:
    """What a task asks for and how it stands, scores by round and trainer."""
    market = connection_of(ctx).market()
    snapshot = TaskReader(market).snapshot(task, market.chain.head())
    spec = read_spec(connection_of(ctx).store(), snapshot.task.params.spec_digest)
    print_terms(snapshot, spec)
    print_scores(snapshot)


@app.command("fetch-model")
def fetch_model(
    ctx: typer.Context,
    task: TaskId,
    out: Annotated[Path, typer.Option(help="where to write the model (JSON)")] = Path("model.json"),
    key: Annotated[Path | None, typer.Option(help="sealed models: your key file")] = None,
) -> None:
    """Decrypts the newest agreed model and writes it as JSON."""
    market, store = connection_of(ctx).market(), connection_of(ctx).store()
    snapshot = TaskReader(market).snapshot(task, market.chain.head())
    spec, identity = read_spec(store, snapshot.task.params.spec_digest), connection_of(ctx).identity()
    number, states = owner.newest_round(snapshot), StateReader(store, identity)
    if isinstance(spec, SealedSpec):
        if key is None:
            raise InvalidInput("the model is sealed: give --key, the file the task was posted with")
        model = read_model(store, states.read(snapshot, spec, number).model, spec, number)
        text = owner.export_model(spec, number, weights_of(spec, read_key(key, identity), model), {})
        told = ""
    else:
        state = states.read(snapshot, spec, number)
        text = owner.export_state(spec, state)
        told = f", {spec.model().metric_name} {state.metric_micro / MICRO:.4f}"
    out.write_text(text, "utf-8")
    console.print(f"{out}: {spec.family} after {number} rounds{told}")


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="model written by fetch-model", exists=True, dir_okay=False)],
    data: Annotated[Path, typer.Option(help="CSV with the model's columns")],
) -> None:
    """Predicts one line per row of a CSV file."""
    for answer in owner.predict(model.read_text("utf-8"), Table.read(data)):
        typer.echo(answer)


class Format(StrEnum):
    SKLEARN = "sklearn"
    ONNX = "onnx"


@app.command()
def export(
    model: Annotated[
        Path, typer.Argument(help="model written by fetch-model or the page", exists=True, dir_okay=False)
    ],
    format: Annotated[Format, typer.Option(help="sklearn: a pipeline in a skops file; onnx: a graph")],
    out: Annotated[Path, typer.Option(help="where to write it")],
) -> None:
    """Writes a model in a format that other programs predict with; from raw columns, standardising included."""
    trained = TrainedModel.from_json(model.read_text("utf-8"))
    if format is Format.ONNX:
        write_onnx(trained, out)
        told = f"{out}: for any ONNX runtime; input 'columns', float64, in the order of the model's columns"
    else:
        write_sklearn(trained, out)
        told = f"{out}: skops.io.load({str(out)!r}).predict(rows)"
    console.print(told, soft_wrap=True)


@app.command()
def end(ctx: typer.Context, task: TaskId) -> None:
    """No round after the current one."""
    session = connection_of(ctx).sign()
    session.writer.send(calls.end(session.deployment, task))
    console.print(f"task {task} ends with its current round")


@app.command()
def refund(ctx: typer.Context, task: TaskId) -> None:
    """Collects what was not earned."""
    session = connection_of(ctx).sign()
    wei = session.market.task(task, session.chain.head()).refundable
    session.writer.send(calls.refund(session.deployment, task, session.account))
    console.print(f"refunded {from_wei(wei)}")


def print_terms(snapshot: Snapshot, spec: TaskSpec) -> None:
    """What is asked, in plain words. Texts of strangers are never taken for markup."""
    task, params = snapshot.task, snapshot.task.params
    console.print(f"[bold]{escape(spec.name)}[/bold]: {escape(spec.purpose)}")
    lock = f"sealed {spec.public_key.bits}-bit " if isinstance(spec, SealedSpec) else ""
    console.print(f"{lock}{spec.family} model on {len(spec.columns)} columns, predicting {escape(spec.target.name)}")
    console.print(
        f"status {snapshot.status.name.lower()}, round {task.round + 1} of {params.rounds}, "
        f"progress {task.progress_wad / WEI:.1%}, released {from_wei(task.released)} of {from_wei(params.pool)}"
    )
    unit, missed = from_wei(params.unit_stake), from_wei(params.miss_penalty)
    console.print(f"a unit of stake is {unit}; a missed round costs {missed}")
    console.print(f"specification {cid_from_digest(params.spec_digest)}")


def print_scores(snapshot: Snapshot) -> None:
    """A row per trainer, a column per revealed round: his share of the round's positive scores."""
    table = RichTable("trainer", "units", *(str(number) for number in sorted(snapshot.reveals)))
    rounds = [unpack_scores(event.scores) for _, event in sorted(snapshot.reveals.items())]
    for index, trainer in enumerate(snapshot.trainers):
        cells = [_cell(words[index], words) if words else "" for words in rounds]
        table.add_row(trainer.account, str(trainer.units), *cells)
    console.print(table)


def _cell(word: int, words: list[int]) -> str:
    if word in (MISSED, HARMFUL):
        return "missed" if word == MISSED else "harmful"
    total = sum(other for other in words if other < HARMFUL)
    return f"{word / total:.1%}" if total else "0"
