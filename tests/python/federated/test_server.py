"""The central server with real sockets: the model is that of one process; drop-outs, late joiners, restarts, no's."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import urllib3

from deltaml.errors import InvalidInput, Refused, Unavailable
from deltaml.federated import connect, run_simulation
from deltaml.federated.frames import pack, unpack
from deltaml.federated.server import CentralServer
from deltaml.federated.server_options import ServerOptions
from deltaml.learning import (
    ClientFault,
    FedAdam,
    FederationSettings,
    Linear,
    LocalTraining,
    ModelClient,
    NormClipping,
    model_evaluation,
)
from tests.python.federated.numpy_client import NumpyClient
from tests.python.federated.serving import options, serving

pytestmark = pytest.mark.integration

RNG = np.random.default_rng(0)
MODEL = Linear(3)
TRAINING = LocalTraining(2, 8, 0.1)


def owner(seed: int, rows: int = 30) -> ModelClient:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return ModelClient(MODEL, (X, X @ [1.0, -2.0, 0.5] + 3.0), TRAINING, random_state=seed)


def server(rounds: int = 3, min_clients: int = 3, progress: bool = False, **more: Any) -> CentralServer:
    changes = {key: more.pop(key) for key in list(more) if key in ServerOptions.__dataclass_fields__}
    settings = more.pop("settings", FederationSettings(rounds))
    return CentralServer(
        settings=settings, options=options(min_clients=min_clients, **changes), progress=progress, **more
    )


class Held:
    """A client that waits in `fit` of one round, or of all from there, until the test lets it go."""

    def __init__(self, inner: Any, in_round: int = 1, then_for_good: bool = False) -> None:
        self.inner, self.in_round, self.then_for_good = inner, in_round, then_for_good
        self.reached, self.go, self.end = threading.Event(), threading.Event(), threading.Event()
        self.get_parameters, self.evaluate = inner.get_parameters, inner.evaluate

    def fit(self, parameters: Any, config: Any) -> Any:
        if config["server_round"] == self.in_round:
            self.reached.set()
            assert self.go.wait(60)
        elif self.then_for_good:
            assert self.end.wait(60)
        return self.inner.fit(parameters, config)


class Raises:
    """A client whose `fit` always fails."""

    def __init__(self, inner: Any) -> None:
        self.get_parameters, self.evaluate = inner.get_parameters, inner.evaluate

    def fit(self, parameters: Any, config: Any) -> Any:
        raise OSError("the disk is full")


def statuses(run: Any, number: int) -> dict[str, str]:
    return {record.client: record.status for record in run.history.rounds[number - 1].clients}


# ---------------------------------------------------------------------- the same as in one process


def test_the_model_is_bit_for_bit_the_one_of_a_simulation() -> None:
    clients = {f"owner {i}": owner(i, 20 + i) for i in range(4)}
    held_out = owner(99).rows
    terms = {"settings": FederationSettings(4), "evaluation": model_evaluation(MODEL, held_out)}
    simulated = run_simulation(clients, NormClipping(FedAdam(), 2.0), progress=False, **terms)  # type: ignore[arg-type]
    with serving(lambda: server(min_clients=4, strategy=NormClipping(FedAdam(), 2.0), **terms)) as served:
        models = [served.join(client, name) for name, client in clients.items()]
        run = served.result()
        for model in models:
            np.testing.assert_array_equal(model.result(60)[0], simulated.parameters[0])
    np.testing.assert_array_equal(run.parameters[0], simulated.parameters[0])
    mine, theirs = ([{**row, "seconds": 0} for row in r.history.table()] for r in (run, simulated))
    assert mine == theirs


def test_a_numpy_client_of_another_framework_takes_part_as_it_is() -> None:
    X, y = RNG.normal(size=(60, 4)), RNG.integers(0, 3, size=60)
    clients = [NumpyClient(X[i::2], y[i::2], 3) for i in range(2)]
    with serving(lambda: server(2, 2)) as served:
        models = [served.join(client, f"hospital {i}") for i, client in enumerate(clients)]
        run = served.result()
        assert [array.shape for array in models[0].result(60)] == [(4, 3), (3,)]
    assert run.parameters[0].dtype == np.float32 and len(run.history) == 2
    assert run.history.table()[-1]["clients_accuracy"] > 0


# ---------------------------------------------------------------------- who is away


def test_a_round_ends_on_its_deadline_without_the_slow_and_takes_them_back() -> None:
    slow = Held(owner(0))
    with serving(lambda: server(2, 2, fit_seconds=1.0)) as served:
        ends = [served.join(slow, "slow"), served.join(owner(1), "quick")]
        assert slow.reached.wait(60)
        ends[1].result(60)
        slow.go.set()
        run = served.result()
        np.testing.assert_array_equal(ends[0].result(60)[0], run.parameters[0])
    assert statuses(run, 1) == {"slow": "missing", "quick": "ok"}
    assert len(run.history) == 2 and all(record.moved for record in run.history.rounds)


def test_a_late_update_counts_where_the_run_allows_it() -> None:
    slow, quick = Held(owner(0), then_for_good=True), Held(owner(1), in_round=2)
    with serving(
        lambda: server(
            settings=FederationSettings(2, max_staleness=1, evaluate=False),
            min_clients=2,
            fit_seconds=2.0,
            linger_seconds=0.5,
        )
    ) as served:
        served.join(slow, "slow")
        served.join(quick, "quick")
        assert slow.reached.wait(60) and quick.reached.wait(60)
        slow.go.set()
        run = served.result()
        quick.go.set()
        slow.end.set()
    assert statuses(run, 1) == {"slow": "missing", "quick": "ok"}
    assert statuses(run, 2) == {"slow": "late", "quick": "missing"}


def test_who_joins_late_gets_the_open_round() -> None:
    first = Held(owner(0), in_round=2)
    with serving(lambda: server(2, 1)) as served:
        served.join(first, "first")
        assert first.reached.wait(60)
        late = served.join(owner(1), "late")
        wait_for(served.url, lambda status: "late" in status["clients"])
        first.go.set()
        run = served.result()
        late.result(60)
    assert set(statuses(run, 1)) == {"first"} and statuses(run, 2) == {"first": "ok", "late": "ok"}


def test_who_drops_out_for_good_is_not_waited_for_again_and_again() -> None:
    with serving(lambda: server(5, 2, gone_seconds=0.5, linger_seconds=0.5)) as served:
        gone = http(served.url)
        token = gone("POST", "/v1/join", pack({"name": "gone"}, MODEL_START))[1]["token"]
        served.join(owner(1), "stays")
        gone("GET", "/v1/task", token=token)
        gone("POST", "/v1/fit", pack({"number": 1, "num_examples": 1, "metrics": {}}, MODEL_START), token=token)
        run = served.result()
    assert statuses(run, 1)["gone"] == "ok" and statuses(run, 5) == {"gone": "missing", "stays": "ok"}
    assert sum(record.seconds for record in run.history.rounds) < 30


def test_who_answered_before_he_asked_is_given_the_next_task() -> None:
    """As after a restart of the server: busy with the same one again, he would miss the next round."""
    with serving(lambda: server(1, 2, gone_seconds=0.5, linger_seconds=0.5)) as served:
        early = http(served.url)
        token = early("POST", "/v1/join", pack({"name": "early"}, MODEL_START))[1]["token"]
        early("POST", "/v1/fit", pack({"number": 1, "num_examples": 1, "metrics": {}}, MODEL_START), token=token)
        served.join(owner(1), "other")
        assert early("GET", "/v1/task", token=token)[1]["phase"] == "evaluate"
        tested = {"number": 1, "loss": 1.0, "num_examples": 1, "metrics": {}}
        early("POST", "/v1/evaluate", pack(tested, []), token=token)
        run = served.result()
    assert statuses(run, 1) == {"early": "ok", "other": "ok"}


def test_a_fault_is_told_to_the_server_and_raised_the_third_time() -> None:
    with serving(
        lambda: server(6, 2, linger_seconds=0.5, settings=FederationSettings(6, evaluate=False), gone_seconds=0.5)
    ) as served:
        broken = served.join(Raises(owner(0)), "broken")
        served.join(owner(1), "whole")
        with pytest.raises(ClientFault, match="client 'broken', round 3, fit: OSError: the disk is full"):
            broken.result(60)
        run = served.result()
    assert [statuses(run, number)["broken"] for number in (1, 2, 3)] == ["faulty"] * 3
    assert run.history.rounds[0].clients[0].why == "OSError: the disk is full"


def test_a_server_that_was_killed_goes_on_and_its_clients_come_back(tmp_path: Path) -> None:
    """On the same port, from the file of the last whole round; the end is that of a run without the accident."""
    clients = {f"owner {i}": owner(i) for i in range(2)}
    whole = run_simulation(clients, FedAdam(), rounds=4, progress=False)
    held = Held(clients["owner 0"], in_round=3)
    make: dict[str, Any] = {"strategy": FedAdam(), "checkpoint": tmp_path / "run", "min_clients": 2}
    with serving(lambda: server(4, **make)) as first:
        ends = [first.join(c, f"owner {i}", patience_seconds=60) for i, c in enumerate([held, clients["owner 1"]])]
        assert held.reached.wait(60)
        port = int(first.url.rsplit(":", 1)[1])
    held.go.set()
    with serving(lambda: server(4, port=port, **make)) as second:
        run = second.result()
        for end in ends:
            np.testing.assert_array_equal(end.result(60)[0], whole.parameters[0])
    np.testing.assert_array_equal(run.parameters[0], whole.parameters[0])


# ---------------------------------------------------------------------- refusals

MODEL_START = [np.zeros(4)]


def http(url: str) -> Any:
    """One request: (status, head or text)."""
    pool = urllib3.PoolManager(retries=False)

    def call(method: str, path: str, body: bytes | None = None, token: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = pool.request(method, url + path, body=body, headers=headers, timeout=30.0)
        if response.headers["Content-Type"].startswith("application/octet-stream"):
            return response.status, unpack(response.data)[0]
        return response.status, response.data.decode()

    return call


def wait_for(url: str, condition: Any) -> Any:
    """The status once it is as wanted: the server is asked, no clock is watched."""
    for _ in range(10_000):
        status = json.loads(http(url)("GET", "/v1/status")[1])
        if condition(status):
            return status
    raise AssertionError(f"never: {status}")


def test_bad_updates_are_refused_by_name_and_the_round_goes_on() -> None:
    with serving(lambda: server(1, 2, linger_seconds=0.5)) as served:
        call = http(served.url)
        token = call("POST", "/v1/join", pack({"name": "eve"}, MODEL_START))[1]["token"]
        served.join(owner(1), "ann")
        assert call("GET", "/v1/task", token=token)[1]["config"] == {"server_round": 1}
        good = {"number": 1, "num_examples": 1, "metrics": {}}
        assert call("POST", "/v1/fit", b"\x80\x04K\x01.", token)[0] == 400
        assert call("POST", "/v1/fit", pack(good | {"number": "1"}, MODEL_START), token)[0] == 400
        assert call("POST", "/v1/fit", pack(good | {"number": 7}, MODEL_START), token)[0] == 409
        status, said = call("POST", "/v1/fit", pack(good, [np.full(4, np.nan)]), token)
        assert status == 422 and said.startswith("client 'eve', round 1, fit: 4 of 4 parameters are NaN")
        wait_for(served.url, lambda status: status["phase"] == "evaluate")
        status, said = call("POST", "/v1/evaluate", pack(good | {"loss": float("inf")}), token)
        assert status == 422 and "the loss is float inf" in said
        run = served.result()
    assert statuses(run, 1) == {"ann": "ok", "eve": "faulty"}


def test_only_who_knows_the_secret_gets_in() -> None:
    with serving(lambda: server(1, 1, secret="open sesame")) as served:
        with pytest.raises(Refused, match="takes a secret"):
            connect(served.url, owner(0), "eve", secret="guess")
        with pytest.raises(Refused, match="takes a secret"):
            connect(served.url, owner(0), "eve")
        assert http(served.url)("GET", "/v1/status")[0] == 401
        assert http(served.url)("GET", "/v1/task", token="guess")[0] == 401
        served.join(owner(0), "ann", secret="open sesame")
        served.result()


@pytest.mark.parametrize("head", [{}, {"name": ""}, {"name": 5}, {"name": "x" * 81}, {"name": "a\nb"}])
def test_names_are_printable_and_short(head: dict[str, Any]) -> None:
    with serving(lambda: server(1, 1)) as served:
        status, said = http(served.url)("POST", "/v1/join", pack(head, MODEL_START))
        assert status == 400 and "printable" in said


def test_two_clients_of_one_name_do_not_mix() -> None:
    with serving(lambda: server(1, 3)) as served:
        call = http(served.url)
        call("POST", "/v1/join", pack({"name": "ann"}, MODEL_START))
        status, said = call("POST", "/v1/join", pack({"name": "ann"}, MODEL_START))
        assert status == 503 and "already" in said
        with pytest.raises(Unavailable, match="there is a client 'ann' already"):
            connect(served.url, owner(0), "ann", patience_seconds=0.2)


def test_the_first_to_join_brings_parameters_that_are_some() -> None:
    with serving(lambda: server(1, 1)) as served:
        call = http(served.url)
        assert call("GET", "/v1/hello")[1] == {"wants_parameters": True, "wants_secret": False, "helpers": []}
        assert call("POST", "/v1/join", pack({"name": "ann"}))[0] == 400
        assert call("POST", "/v1/join", pack({"name": "ann"}, MODEL_START))[0] == 200
        assert not call("GET", "/v1/hello")[1]["wants_parameters"]


def test_messages_have_a_largest_size() -> None:
    with serving(lambda: server(1, 1, max_bytes=1000)) as served:
        assert http(served.url)("POST", "/v1/join", pack({"name": "ann"}, [np.zeros(1000)]))[0] == 413


def test_a_server_that_is_not_there_is_waited_for_and_no_longer() -> None:
    with pytest.raises(Unavailable, match=r"not there for 0.2 s"):
        connect("http://127.0.0.1:9", owner(0), "ann", patience_seconds=0.2)
    with pytest.raises(InvalidInput, match="http"):
        connect("ftp://127.0.0.1", owner(0), "ann")


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidInput, match="min_clients"):
        ServerOptions(min_clients=0)
