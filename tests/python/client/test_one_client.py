"""One client, three carriers: one object gives one update in one process, over HTTP and in the marketplace."""

from typing import Any

import numpy as np
import pytest

from deltaml.board import snapshot as snapshot_module
from deltaml.chain.types import SeatState
from deltaml.client.owner import prepare, publish_task
from deltaml.client.table import features, targets
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.errors import InvalidInput
from deltaml.federated import run_simulation
from deltaml.federated.server import CentralServer
from deltaml.learning import ClientFault, FedAvg, FederationSettings, ModelClient, NormClipping
from deltaml.protocol.blobs import open_update
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.sealing import Identity
from deltaml.storage import MemoryStore
from tests.python.board.fakes import MARKET_BYTES, FakeLog, FakeMarket, FakeWriter, account, params
from tests.python.client.drafts import draft, table
from tests.python.federated.serving import options, serving

MEMBERS = [Identity.generate() for _ in range(4)]
SEATS = [SeatState(account(i), member.recipient, 1, False) for i, member in enumerate(MEMBERS)]
OWNER, TRAINER, ME = Identity.generate(), Identity.generate(), account(103)
PREPARED = prepare(draft(), table(), OWNER.recipient)
SPEC = PREPARED.spec
ROWS = (features(SPEC, table()), targets(SPEC.target, table()))
START = SPEC.weights_format().decode(PREPARED.state.weights)


class NumpyClient:
    """A logistic regression as a Flower user writes it: two arrays, full batch."""

    def __init__(self, rows: Any) -> None:
        self.X, self.y = rows

    def get_parameters(self, config: Any) -> Any:
        return [np.zeros(self.X.shape[1]), np.zeros(1)]

    def fit(self, parameters: Any, config: Any) -> Any:
        w, b = parameters
        for _ in range(3):
            slopes = (1 / (1 + np.exp(-(self.X @ w + b))) - self.y) / len(self.y)
            w, b = w - 0.5 * self.X.T @ slopes, b - 0.5 * slopes.sum()
        return [w, b], len(self.y), {}

    def evaluate(self, parameters: Any, config: Any) -> Any:
        logits = self.X @ parameters[0] + parameters[1]
        return float(np.mean(np.logaddexp(0, logits) - self.y * logits)), len(self.y), {}


CLIENTS = {
    "ours": ModelClient(SPEC.model(), ROWS, SPEC.training(), random_state=3),
    "of another framework": NumpyClient(ROWS),
}
each_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)


def agent_with(client: Any, store: MemoryStore, market: FakeMarket) -> TrainerAgent:
    """The agent of the third of five trainers, without a table: its client has the data."""
    market.committee = list(SEATS)
    spec_digest, model_digest = publish_task(PREPARED, tuple(SEATS), store)
    given = params(spec_digest=spec_digest, model_digest=model_digest)
    task_id = market.post(given, [TRAINER.recipient] * 5, [2] * 5)
    writer, consent = FakeWriter(market, ME), Consent(task_id, 2, 0)
    return TrainerAgent(market, market, writer, store, TRAINER, ME, consent, None, None, client)  # type: ignore[arg-type]


def in_one_process(client: Any) -> Any:
    run = run_simulation(
        {"me": client}, NormClipping(FedAvg(), SPEC.clip_norm), rounds=1, initial=layout_of(client), progress=False
    )
    return np.concatenate([array.ravel() for array in run.parameters]) - START


def layout_of(client: Any) -> Any:
    arrays = client.get_parameters({})
    sizes = np.cumsum([array.size for array in arrays])[:-1]
    return [piece.reshape(a.shape) for piece, a in zip(np.split(START, sizes), arrays, strict=True)]


@pytest.mark.integration
@each_client
def test_http_carries_the_same_update(client: Any) -> None:
    def server() -> CentralServer:
        strategy, settings = NormClipping(FedAvg(), SPEC.clip_norm), FederationSettings(1)
        start, terms = layout_of(client), options(min_clients=1)
        return CentralServer(strategy, settings=settings, options=terms, initial=start, progress=False)

    with serving(server) as served:
        served.join(client, "me")
        model = served.result().parameters
    np.testing.assert_array_equal(np.concatenate([array.ravel() for array in model]) - START, in_one_process(client))


@pytest.mark.unit
@each_client
def test_the_marketplace_carries_the_same_update(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)
    store, market = MemoryStore(), FakeMarket()
    agent = agent_with(client, store, market)
    assert not agent.tick()
    (submission,) = agent._writer.sent  # type: ignore[attr-defined]
    update = agent.make_update(SPEC, [PREPARED.state])
    np.testing.assert_allclose(SPEC.weights_format().decode(update), in_one_process(client), atol=2.0**-24)
    task_id, number, digest = submission.args
    header = Header(31337, MARKET_BYTES, task_id, number, bytes.fromhex(ME[2:]))
    opened = open_update(Document(digest, store), header, 4, 0, MEMBERS[0], len(START))
    assert len(opened.masked) == len(START)


@pytest.mark.unit
def test_a_client_of_another_size_or_with_a_fault_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "EventLog", FakeLog)
    small, broken = NumpyClient((ROWS[0][:, :2], ROWS[1])), NumpyClient((ROWS[0], None))
    agent = agent_with(small, MemoryStore(), FakeMarket())
    with pytest.raises(InvalidInput, match="the client has 3 parameters, the task's model 5"):
        agent.make_update(SPEC, [PREPARED.state])
    assert not agent.tick() and agent._writer.sent == []  # type: ignore[attr-defined]
    with pytest.raises(ClientFault, match=f"client '{ME}', round 0, fit: TypeError"):
        agent_with(broken, MemoryStore(), FakeMarket()).make_update(SPEC, [PREPARED.state])
    with pytest.raises(InvalidInput, match="without get_parameters"):
        agent_with(object(), MemoryStore(), FakeMarket())
