"""A member's work spread over the processes that joblib knows of: the same bytes, whoever did the sums."""

from collections.abc import Iterator
from pathlib import Path

import joblib
import pytest
from distributed import Client, LocalCluster

from deltaml.chain import Call
from deltaml.protocol import spread
from deltaml.protocol.document import fetch_sealed
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore
from tests.bench.round_scene import IPFS_SECONDS, Scene, Size, name_of, record, replayed
from tests.python.storage.nodes import embedded_node

pytestmark = pytest.mark.integration

SIZE = Size(trainers=7, n_features=8, n_hidden=4)
PROPOSER = 1
MAX_BYTES = 1 << 20


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A round that four members have played, each in one process."""
    keys: Path = tmp_path_factory.mktemp("keys")
    with embedded_node(tmp_path_factory.mktemp("ipfs")) as (api, _):
        yield record(api, SIZE, keys)


@pytest.fixture(autouse=True)
def _everything_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "LEAST_SECONDS", 0)


def said(scene: Scene, seat: int, calls: list[Call]) -> list[tuple[str, object]]:
    """What calls say: posts by the digest of what is sealed in them, since no two age files are alike."""
    store, identity = IpfsStore(scene.api, IPFS_SECONDS), Identity.from_file(scene.identities[seat])
    sayings: list[tuple[str, object]] = []
    for call in calls:
        if call.function_name == "announce":
            sayings.append((name_of(call), fetch_sealed(call.args[3], identity, store, MAX_BYTES).digest))
        else:
            # Of a multicall its first part: work or a report, in the clear.
            sayings.append((name_of(call), call.args[0][0] if call.function_name == "multicall" else call.args))
    return sayings


def replay(scene: Scene, seat: int) -> list[tuple[str, object]]:
    store = IpfsStore(scene.api, IPFS_SECONDS)
    for member, oracle in replayed(scene, seat, store):
        oracle.tick()
        writer = member
    return said(scene, seat, writer.sent)


def recorded(scene: Scene, seat: int) -> list[tuple[str, object]]:
    address = scene.market().committee[seat].account
    return said(scene, seat, [sent.call for sent in scene.sent if sent.sender == address])


@pytest.mark.timeout(300)
def test_a_dask_cluster_does_the_work(scene: Scene) -> None:
    before = recorded(scene, PROPOSER)
    assert [name for name, _ in before][:4] == ["commitWork", "multicall", "sums", "proposal"]
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        after = replay(scene, PROPOSER)
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert after == before
    assert len(done) == 2 and min(done.values()) > 0, "both workers had a part in it"


@pytest.mark.timeout(300)
def test_processes_of_this_machine_do_the_work(scene: Scene) -> None:
    seat = PROPOSER + 1
    with joblib.parallel_config(n_jobs=2):
        assert replay(scene, seat) == recorded(scene, seat)
