"""The command as a whole: its groups, its logs, and what it says when something goes wrong."""

import sys

import typer

from deltaml.client.cli import committee, key, owner, stake, task, trainer
from deltaml.client.cli.connection import options
from deltaml.errors import DeltaMLError, Unavailable
from deltaml.logs import configure_logs

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.callback()(options)
app.add_typer(task.app, name="task")
app.add_typer(owner.app, name="owner")
app.add_typer(trainer.app, name="trainer")
app.add_typer(stake.app, name="stake")
app.add_typer(committee.app, name="committee")
app.add_typer(key.app, name="key")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def serve(ctx: typer.Context) -> None:
    """Federated learning around a central server, without a chain; see `deltaml serve --help`."""
    # Only who serves needs the extra `central`.
    from deltaml.federated.command import main as serve_run

    serve_run(ctx.args)


def main() -> None:
    """Entry point: one sentence instead of a traceback for what is expected to happen."""
    configure_logs()
    try:
        app()
    except Unavailable as error:
        sys.exit(f"not available now, try again: {error}")
    except DeltaMLError as error:
        sys.exit(f"error: {error}")
