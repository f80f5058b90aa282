"""A central server that sees no update: clients, four helpers and real sockets."""

from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidInput, Refused
from deltaml.federated import connect, run_simulation
from deltaml.federated.frames import pack
from deltaml.federated.helper import help_out
from deltaml.federated.masked import mask_update
from deltaml.federated.server import CentralServer
from deltaml.learning import (
    FedAdam,
    FedAvg,
    FederationSettings,
    Krum,
    Linear,
    LocalTraining,
    ModelClient,
    NormClipping,
    Strategy,
    TrustScores,
)
from deltaml.sealing import Identity
from tests.python.federated.serving import Served, options, serving
from tests.python.federated.test_server import http

pytestmark = pytest.mark.integration

IDENTITIES = [Identity.generate() for _ in range(4)]
HELPERS = tuple(identity.recipient for identity in IDENTITIES)
MODEL = Linear(3)


def owner(seed: int) -> ModelClient:
    X = np.random.default_rng(seed).normal(size=(20 + seed, 3))
    return ModelClient(MODEL, (X, X @ [1.0, -2.0, 0.5]), LocalTraining(2, 8, 0.1), random_state=seed)


CLIENTS = {f"owner {i}": owner(i) for i in range(3)}


def server(strategy: Strategy | None = None, settings: Any = None, **changes: Any) -> CentralServer:
    usual = {"min_clients": 3, "helpers": HELPERS, "linger_seconds": 2.0}
    chosen = NormClipping(FedAdam(), 2.0) if strategy is None else strategy
    return CentralServer(
        chosen, settings=settings or FederationSettings(3), options=options(**(usual | changes)), progress=False
    )


def with_helpers(served: Served, *seats: int) -> "list[Future[None]]":
    """Helpers in threads of their own, seated before anything begins."""
    seated: list[Future[int]] = [Future() for _ in seats]
    ends = [
        served.pool.submit(help_out, served.url, IDENTITIES[seat], patience_seconds=1.0, on_ready=place.set_result)
        for seat, place in zip(seats, seated, strict=True)
    ]
    assert [place.result(60) for place in seated] == list(seats)
    return ends


@pytest.mark.parametrize("seats", [(0, 1, 2, 3), (0, 2, 3)], ids=["all helpers", "one away"])
def test_the_model_is_that_of_a_simulation_up_to_rounding(seats: tuple[int, ...]) -> None:
    simulated = run_simulation(CLIENTS, NormClipping(FedAdam(), 2.0), rounds=3, progress=False)
    with serving(server) as served:
        helpers = with_helpers(served, *seats)
        ends = [served.join(client, name, helpers=HELPERS) for name, client in CLIENTS.items()]
        run = served.result()
        for end in ends:
            np.testing.assert_array_equal(end.result(60)[0], run.parameters[0])
        for helper in helpers:
            helper.result(60)
    np.testing.assert_allclose(run.parameters[0], simulated.parameters[0], atol=1e-4)
    assert all(record.moved for record in run.history.rounds)
    shares = [[client.share for client in record.clients] for record in run.history.rounds]
    np.testing.assert_allclose(shares, [[20 / 63, 21 / 63, 22 / 63]] * 3)


def test_two_clients_are_too_few_and_two_helpers_too() -> None:
    with serving(lambda: server(settings=FederationSettings(1), min_clients=2)) as served:
        with_helpers(served, 0, 1, 2, 3)
        for name in ("owner 0", "owner 1"):
            served.join(CLIENTS[name], name)
        few_clients = served.result()
    with serving(lambda: server(settings=FederationSettings(1), evaluate_seconds=1.0)) as served:
        with_helpers(served, 0, 1)
        for name, client in CLIENTS.items():
            served.join(client, name)
        few_helpers = served.result()
    for run in (few_clients, few_helpers):
        assert not run.history.rounds[0].moved and "nobody opened" in run.history.rounds[0].why
        np.testing.assert_array_equal(run.parameters[0], np.zeros(4))


def test_a_client_whose_masks_do_not_fit_costs_a_round_and_moves_nothing() -> None:
    with serving(lambda: server(settings=FederationSettings(1, evaluate=False))) as served:
        with_helpers(served, 0, 1, 2, 3)
        call = http(served.url)
        token = call("POST", "/v1/join", pack({"name": "owner 0"}, [np.zeros(4)]))[1]["token"]
        for name in ("owner 1", "owner 2"):
            served.join(CLIENTS[name], name)
        call("GET", "/v1/task", token=token)
        closed = mask_update(np.ones(4), 2.0, 5, "owner 0", 1, HELPERS)
        bad = [({"weight": 0}, [closed.masked]), ({"sealed": []}, [closed.masked]), ({}, [closed.masked[:2]]), ({}, [])]
        head = {"number": 1, "weight": 5, "sealed": list(closed.sealed)}
        for changes, arrays in bad:
            assert call("POST", "/v1/fit", pack(head | changes, arrays), token)[0] == 400
        assert call("POST", "/v1/fit", pack(head | {"weight": 6}, [closed.masked]), token)[0] == 200
        run = served.result()
    assert not run.history.rounds[0].moved and "somebody's masks don't fit" in run.history.rounds[0].why


def test_clients_insist_on_the_helpers_they_trust() -> None:
    with serving(server) as served:
        for trusted in (HELPERS[::-1], []):
            with pytest.raises(Refused, match="'ann': this server masks updates for other helpers"):
                connect(served.url, CLIENTS["owner 0"], "ann", helpers=trusted)
        with pytest.raises(InvalidInput, match="none of the helpers"):
            help_out(served.url, Identity.generate())


def test_seats_are_for_who_holds_their_keys() -> None:
    with serving(server) as served:
        call = http(served.url)
        assert call("GET", "/v1/helper/token?seat=9")[0] == 400
        assert call("GET", "/v1/helper/task?after=-1", token="guess")[0] == 401
        assert call("POST", "/v1/helper/sums", pack({"version": 1, "sets": []}), "guess")[0] == 401
        assert call("GET", "/v1/helper/token?seat=0")[1]["sealed"].startswith(b"age-encryption.org")
    with serving(lambda: server(helpers=())) as served:
        assert http(served.url)("GET", "/v1/helper/token?seat=0")[0] == 404


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [
        (FedAvg(), FederationSettings()),
        (NormClipping(Krum(), 1.0), FederationSettings()),
        (NormClipping(TrustScores(FedAvg(), MODEL, owner(0).rows), 1.0), FederationSettings()),
        (NormClipping(FedAvg(), 1e12), FederationSettings()),
        (NormClipping(FedAvg(), 1.0), FederationSettings(max_staleness=1)),
    ],
)
def test_what_can_not_be_masked_is_refused_at_once(strategy: Strategy, settings: FederationSettings) -> None:
    with pytest.raises((InvalidInput, Refused)):
        CentralServer(strategy, settings=settings, options=options(helpers=HELPERS), initial=[np.zeros(4)])
