"""What a person sees while a run goes on: one line per round, with the metric, and who failed and why."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deltaml.learning import ClientRecord, RoundRecord

MAX_FAULTS_SHOWN = 5


class Reporter(Protocol):
    """Told of each round that ends; used as a context around the run."""

    def round_done(self, record: RoundRecord) -> None: ...


class Silence:
    """Says nothing."""

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def round_done(self, record: RoundRecord) -> None:
        pass


class RichProgress:
    """A bar on the terminal; where there is none, one line per round."""

    def __init__(self, rounds: int, done: int = 0, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        columns = (TextColumn("round"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[said]}"))
        self._progress = Progress(*columns, TimeRemainingColumn(), console=self._console)
        self._bar = self._progress.add_task("rounds", total=rounds, completed=done, said="")

    def __enter__(self) -> RichProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def round_done(self, record: RoundRecord) -> None:
        said = escape(summary(record))
        self._progress.update(self._bar, advance=1, said=said)
        if not self._console.is_terminal:
            self._console.print(f"round {record.number}: {said}", soft_wrap=True)
        for line in complaints(record.clients):
            self._console.print(f"[yellow]round {record.number}: {escape(line)}[/yellow]", soft_wrap=True)
        if not record.moved:
            self._console.print(
                f"[red]round {record.number} changed nothing: {escape(record.why)}[/red]", soft_wrap=True
            )


def summary(record: RoundRecord) -> str:
    """ "loss 0.21, accuracy 0.954, 9 of 10 clients": the server's figures if it has any, else the clients' mean."""
    figures = []
    for name in ["loss", *record.metric_names()]:
        own = record.loss if name == "loss" else record.metrics.get(name)
        value = own if isinstance(own, int | float) else record.client_mean(name)
        if value is not None:
            figures.append(f"{name} {value:.4g}")
    counted = sum(client.status in ("ok", "late") for client in record.clients)
    return ", ".join([*figures, f"{counted} of {len(record.clients)} clients"])


def complaints(clients: Sequence[ClientRecord]) -> list[str]:
    """Who failed and why, at most a handful."""
    faults = [f"{client.client}: {client.why}" for client in clients if client.status == "faulty"]
    more = len(faults) - MAX_FAULTS_SHOWN
    return faults[:MAX_FAULTS_SHOWN] + ([f"… and {more} more"] if more > 0 else [])
