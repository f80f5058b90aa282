"""The first transport: all clients in this process, one after the other.

For what a task of the marketplace would score and pay, see `deltaml.learning.simulate`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from deltaml.errors import InvalidInput
from deltaml.federated.checkpoint import resume, save
from deltaml.federated.reporting import RichProgress, Silence
from deltaml.learning import (
    Arrays,
    Client,
    ClientFault,
    FedAvg,
    Federation,
    FederationSettings,
    RunHistory,
    Strategy,
    call_evaluate,
    call_fit,
    first_parameters,
    require_client,
)
from deltaml.learning.federation import ServerEvaluation


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run: the model and how it came about."""

    parameters: Arrays
    history: RunHistory


def run_simulation(
    clients: Mapping[str, Client] | Sequence[Client],
    strategy: Strategy | None = None,
    *,
    rounds: int | None = None,
    settings: FederationSettings | None = None,
    initial: Arrays | None = None,
    evaluation: ServerEvaluation | None = None,
    on_error: Literal["raise", "drop"] = "raise",
    progress: bool = True,
    checkpoint: Path | str | None = None,
) -> Run:
    """Runs a federation to its end and shows how it goes.

    clients: by name, or in a list. strategy: FedAvg unless given. initial: the first client's parameters unless given.
    evaluation: the server's own test of each model. on_error: raise the fault of a client, or record it and go on.
    checkpoint: a file to save the run in after every round, and to go on from if it is there.
    Raises ClientFault naming the client, InvalidInput when there are no clients.
    """
    named = dict(clients) if isinstance(clients, Mapping) else {f"client {i}": c for i, c in enumerate(clients)}
    if not named:
        raise InvalidInput("there are no clients")
    for name, client in named.items():
        require_client(name, client)
    chosen = settings or FederationSettings()
    if rounds is not None:
        chosen = replace(chosen, rounds=rounds)
    start = initial if initial is not None else first_parameters(*next(iter(named.items())))
    federation = Federation(strategy or FedAvg(), start, chosen, evaluation)
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None:
        resume(federation, path)
    with RichProgress(chosen.rounds, len(federation.history)) if progress else Silence() as reporter:
        while federation.phase != "done":
            started, done = time.perf_counter(), len(federation.history)
            _play_phase(federation, named, on_error)
            federation.close_phase(named, time.perf_counter() - started)
            if len(federation.history) > done:
                if path is not None:
                    save(federation, path)
                reporter.round_done(federation.history.rounds[-1])
    return Run(federation.parameters, federation.history)


def _play_phase(federation: Federation, clients: Mapping[str, Client], on_error: Literal["raise", "drop"]) -> None:
    task = federation.task
    for name, client in clients.items():
        try:
            if task.phase == "fit":
                fitted = call_fit(name, client, task.number, federation.layout, task.parameters, task.config)
                federation.receive_fit(name, task.number, fitted)
            else:
                tested = call_evaluate(name, client, task.number, federation.layout, task.parameters, task.config)
                federation.receive_evaluation(name, task.number, tested)
        except ClientFault as fault:
            if on_error == "raise":
                raise
            federation.fail(name, fault.why)
