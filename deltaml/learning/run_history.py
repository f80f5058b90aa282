"""The record of a federated run: rows for a table, curves for a plot, plain values for a file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from deltaml.errors import InvalidInput
from deltaml.learning.client import Metrics

Status = Literal["ok", "late", "dropped", "faulty", "missing"]


@dataclass(frozen=True)
class ClientRecord:
    """One client in one round.

    status: "ok", "late" (an update of an earlier round that still counted), "dropped" (by its score), "faulty" (raised,
    or sent what it may not) or "missing"; `why` says more. share: of the client's update in the step.
    loss, num_evaluated, metrics: of the round's new model on the client's rows, None, 0 and {} when it didn't say.
    """

    client: str
    status: Status
    why: str = ""
    num_examples: int = 0
    share: float = 0.0
    update_norm: float = 0.0
    loss: float | None = None
    num_evaluated: int = 0
    metrics: Metrics | None = None


@dataclass(frozen=True)
class RoundRecord:
    """One round. loss, metrics: of the new model on the server's rows, if it has any; else None and {}."""

    number: int
    seconds: float
    moved: bool
    """Whether the model changed; `why` says why not."""
    why: str
    loss: float | None
    metrics: Metrics
    clients: tuple[ClientRecord, ...]

    def client_mean(self, name: str) -> float | None:
        """The mean of a metric (or "loss") over the clients that reported it, weighted by their rows."""
        told = [(_value(record, name), record.num_evaluated) for record in self.clients if record.num_evaluated]
        known = [(value, rows) for value, rows in told if value is not None]
        return sum(value * rows for value, rows in known) / sum(rows for _, rows in known) if known else None

    def metric_names(self) -> list[str]:
        """Of all numbers that the server or a client reported, sorted."""
        reports = [self.metrics, *(record.metrics or {} for record in self.clients)]
        return sorted({name for report in reports for name, value in report.items() if _is_number(value)})


@dataclass(frozen=True)
class RunHistory:
    """What happened, round by round; `pandas.DataFrame(history.table())` is a frame."""

    rounds: tuple[RoundRecord, ...] = ()

    def __len__(self) -> int:
        return len(self.rounds)

    def table(self) -> list[dict[str, Any]]:
        """One row per round: server's loss and metrics, clients' means (prefix "clients_"), and who was how."""
        names = sorted({name for record in self.rounds for name in record.metric_names()})
        return [_round_row(record, names) for record in self.rounds]

    def client_table(self) -> list[dict[str, Any]]:
        """One row per round and client; its metrics have columns of their own."""
        names = sorted({n for r in self.rounds for c in r.clients for n in (c.metrics or {})})
        rows = []
        for record in self.rounds:
            for client in record.clients:
                row = {"round": record.number, **asdict(client)}
                del row["metrics"]
                rows.append(row | {name: (client.metrics or {}).get(name) for name in names})
        return rows

    def plot(self, metrics: Sequence[str] | None = None) -> Any:
        """A matplotlib figure: a panel per metric (default: loss and all that were reported) over the rounds, with a
        line for the server's rows and one for the clients' mean. Save it with `figure.savefig(path)`."""
        from matplotlib.figure import Figure

        table = self.table()
        found = [key for key in (table[0] if table else {}) if f"clients_{key}" in table[0]]
        names = [
            name for name in found if any(row[name] is not None or row[f"clients_{name}"] is not None for row in table)
        ]
        names = names if metrics is None else list(metrics)
        if not names or not set(names) <= set(found):
            raise InvalidInput(f"nothing to plot for {names or 'a run without metrics'}; known: {', '.join(found)}")
        figure = Figure(figsize=(4 * len(names), 3), layout="constrained")
        for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
            for column, label in ((name, "server"), (f"clients_{name}", "clients' mean")):
                points = [(row["round"], row[column]) for row in table if row[column] is not None]
                if points:
                    axes.plot(*zip(*points, strict=True), marker=".", label=label)
            axes.set(xlabel="round", title=name)
            axes.legend()
        return figure

    def to_map(self) -> dict[str, Any]:
        """Plain values, for a file; the inverse is `from_map`."""
        return {"rounds": [asdict(record) | {"clients": [asdict(c) for c in record.clients]} for record in self.rounds]}

    @classmethod
    def from_map(cls, stored: Mapping[str, Any]) -> "RunHistory":
        """Raises InvalidInput for anything that `to_map` does not make."""
        try:
            return cls(tuple(_round_from(record) for record in stored["rounds"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"not a stored history: {error!r}") from error


def _round_from(stored: Mapping[str, Any]) -> RoundRecord:
    wanted = {field.name for field in fields(RoundRecord)}
    if set(stored) != wanted:
        raise InvalidInput(f"a stored round has {sorted(stored)}; expected {sorted(wanted)}")
    clients = tuple(ClientRecord(**client) for client in stored["clients"])
    return RoundRecord(**{**stored, "clients": clients})


def _round_row(record: RoundRecord, names: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"round": record.number, "moved": record.moved}
    for name in ["loss", *(name for name in names if name != "loss")]:
        row[name] = record.loss if name == "loss" else record.metrics.get(name)
        row[f"clients_{name}"] = record.client_mean(name)
    for status in ("ok", "late", "dropped", "faulty", "missing"):
        row[status] = sum(client.status == status for client in record.clients)
    return row | {"seconds": record.seconds, "why": record.why}


def _value(record: ClientRecord, name: str) -> float | None:
    value = record.loss if name == "loss" else (record.metrics or {}).get(name)
    return float(value) if _is_number(value) else None  # type: ignore[arg-type]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
