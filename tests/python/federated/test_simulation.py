"""Runs in one process: what a person sees, saves and resumes, and clients written for another framework."""

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

from deltaml.errors import InvalidInput
from deltaml.federated import load, run_simulation
from deltaml.federated.reporting import RichProgress, summary
from deltaml.learning import (
    ClientFault,
    ClientRecord,
    FedAdam,
    FedAvg,
    FederationSettings,
    LocalTraining,
    Logistic,
    ModelClient,
    RoundRecord,
    Softmax,
    dirichlet,
    model_evaluation,
)
from tests.python.federated.numpy_client import NumpyClient

pytestmark = pytest.mark.unit

DIGITS = load_digits(return_X_y=True)


def split(data: Any, seed: int) -> tuple[Any, Any]:
    """(training, held-out) rows, standardised by the training rows; corner pixels that hardly vary by half a grey."""
    X, held_out, y, labels = train_test_split(*data, test_size=0.2, stratify=data[1], random_state=seed)
    center, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.maximum(scale, 0.5 if X.shape[1] == 64 else 0.0)
    return ((X - center) / scale, y), ((held_out - center) / scale, labels)


def owners_of(model: Any, rows: Any, n: int, alpha: float, training: LocalTraining, seed: int = 0) -> dict[str, Any]:
    X, y = rows
    parts = dirichlet(y, n, alpha, 2, seed)
    return {f"owner {i}": ModelClient(model, (X[p], y[p]), training, random_state=i) for i, p in enumerate(parts)}


def digits() -> tuple[dict[str, Any], Any]:
    rows, held_out = split(DIGITS, 0)
    return owners_of(Softmax(64, 10), rows, 4, 1.0, LocalTraining(1, 32, 0.1)), held_out


# ---------------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("data", "model", "least"),
    [(DIGITS, Softmax(64, 10), 0.945), (load_breast_cancer(return_X_y=True), Logistic(30), 0.975)],
    ids=["digits", "breast cancer"],
)
def test_ten_owners_who_each_know_few_of_the_classes(data: Any, model: Any, least: float) -> None:
    """Dirichlet(0.1), 30 rounds of 5 epochs, mean of 5 seeds. On digits an owner alone gets 0.41, all data 0.969."""
    reached = []
    for seed in range(5):
        rows, held_out = split(data, seed)
        owners = owners_of(model, rows, 10, 0.1, LocalTraining(5, 16, 0.1), seed)
        test = model_evaluation(model, held_out)
        run = run_simulation(owners, settings=FederationSettings(30, evaluate=False), evaluation=test, progress=False)
        reached.append(run.history.rounds[-1].metrics["accuracy"])
    assert np.mean(reached) >= least, reached


def test_ten_clients_and_ten_rounds_take_less_than_two_seconds() -> None:
    """Flower's simulation took 50 s of the same machine; tests/bench/federated.py has the figures."""
    rng = np.random.default_rng(0)
    rows = [(rng.normal(size=(57, 30)), rng.integers(0, 2, 57)) for _ in range(10)]
    owners = [ModelClient(Logistic(30), part, LocalTraining(5, 16, 0.1)) for part in rows]
    started = time.process_time()
    run_simulation(owners, rounds=10, progress=False)
    assert time.process_time() - started < 2


# ---------------------------------------------------------------------- clients of another framework


def test_a_numpy_client_runs_as_it_is() -> None:
    X, y = DIGITS[0] / 16, DIGITS[1]
    clients = [NumpyClient(X[part], y[part], 10) for part in dirichlet(y, 3, 1.0, 10, 0)]
    run = run_simulation(clients, rounds=5, progress=False)
    assert [array.shape for array in run.parameters] == [(64, 10), (10,)]
    assert {array.dtype.name for array in run.parameters} == {"float32"}
    accuracy = [row["clients_accuracy"] for row in run.history.table()]
    assert accuracy[-1] > 0.85 and accuracy == sorted(accuracy)
    assert [config["server_round"] for config in clients[0].configs] == [1, 2, 3, 4, 5]


# ---------------------------------------------------------------------- faults


class Broken(NumpyClient):
    def fit(self, parameters: Any, config: Any) -> Any:
        raise OSError("the scanner's disk is full")


def some_with_a_broken_one() -> dict[str, Any]:
    X, y = DIGITS[0][:100] / 16, DIGITS[1][:100]
    return {"ann": NumpyClient(X, y, 10), "bob": Broken(X, y, 10)}


def test_a_fault_stops_a_simulation_and_names_the_client() -> None:
    with pytest.raises(ClientFault, match="client 'bob', round 1, fit: OSError: the scanner's disk is full") as caught:
        run_simulation(some_with_a_broken_one(), rounds=2, progress=False)
    assert isinstance(caught.value.__cause__, OSError)


def test_or_the_run_goes_on_without_it() -> None:
    run = run_simulation(some_with_a_broken_one(), rounds=2, on_error="drop", progress=False)
    assert [(row["ok"], row["faulty"]) for row in run.history.table()] == [(1, 1)] * 2
    assert [row["clients_accuracy"] > 0.5 for row in run.history.table()] == [True] * 2
    assert run.history.rounds[0].clients[1].num_evaluated == 100


def test_no_clients_and_no_client() -> None:
    with pytest.raises(InvalidInput, match="no clients"):
        run_simulation([], progress=False)
    with pytest.raises(InvalidInput, match="client 'client 0' is a str without"):
        run_simulation(["me"], progress=False)  # type: ignore[list-item]


# ---------------------------------------------------------------------- save and resume


def test_a_run_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    owners, held_out = digits()
    test = model_evaluation(Softmax(64, 10), held_out)
    whole = run_simulation(owners, FedAdam(), rounds=4, evaluation=test, progress=False)

    killed = dict(owners)

    class Mortal:
        get_parameters, evaluate = owners["owner 0"].get_parameters, owners["owner 0"].evaluate

        def fit(self, parameters: Any, config: Any) -> Any:
            if config["server_round"] == 3:
                raise KeyboardInterrupt
            return owners["owner 0"].fit(parameters, config)

    killed["owner 0"] = Mortal()
    file = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_simulation(killed, FedAdam(), rounds=4, evaluation=test, progress=False, checkpoint=file)
    assert len(load(file)[1]) == 2
    rest = run_simulation(owners, FedAdam(), rounds=4, evaluation=test, progress=False, checkpoint=file)
    np.testing.assert_array_equal(rest.parameters[0], whole.parameters[0])
    drop = {"seconds"}
    assert [{k: row[k] for k in row.keys() - drop} for row in rest.history.table()] == [
        {k: row[k] for k in row.keys() - drop} for row in whole.history.table()
    ]
    np.testing.assert_array_equal(load(file)[0][0], whole.parameters[0])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"\xa1dkindax"])
def test_another_file_is_no_saved_run(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "run"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"not a saved run|holds 'x'"):
        run_simulation(digits()[0], rounds=1, progress=False, checkpoint=file)


# ---------------------------------------------------------------------- what a person sees


def test_progress_and_metrics_are_shown_unless_told_not_to(capsys: pytest.CaptureFixture[str]) -> None:
    owners, _ = digits()
    run_simulation(owners, FedAvg(), settings=FederationSettings(rounds=2))
    said = capsys.readouterr().err
    assert "round 1: loss" in said and "accuracy 0." in said and "4 of 4 clients" in said
    run_simulation(owners, rounds=1, progress=False)
    assert capsys.readouterr() == ("", "")


def test_the_line_says_who_failed_and_why_a_round_changed_nothing() -> None:
    faults = tuple(ClientRecord(f"c{i}", "faulty", f"[red]{i}") for i in range(7))
    record = RoundRecord(3, 0.1, False, "0 of at least 1 updates came", None, {}, faults)
    out = io.StringIO()
    with RichProgress(5, console=Console(file=out, width=200)) as reporter:
        reporter.round_done(record)
    assert "c4: [red]4" in out.getvalue() and "c5" not in out.getvalue() and "… and 2 more" in out.getvalue()
    assert "round 3 changed nothing: 0 of at least 1 updates came" in out.getvalue()
    assert summary(record) == "0 of 7 clients"
