"""/health and /metrics: what is wrong is said and answered with 503, over real HTTP."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from deltaml.chain import NodeReport
from deltaml.errors import InvalidInput, Unavailable
from deltaml.serving import LEAST_ROUNDS, Endpoints, ProcessMetrics, Purse, Vitals, health, served
from deltaml.storage import EndpointReport
from tests.python.oracles.ports import free_port

NOW = 10_000.0
ROUND_GAS = 100_000


def vitals(**changes: Any) -> Vitals:
    return Vitals(
        **{"started_at": NOW - 500, "ticked_at": NOW - 4, "head_age_seconds": 12.0, "rounds_left": 99, **changes}
    )


@pytest.mark.unit
def test_all_is_well() -> None:
    well, said = health(vitals(), 4.0, NOW)
    assert well and said == {
        "ok": True,
        "problems": [],
        "seconds_since_tick": 4.0,
        "head_age_seconds": 12.0,
        "rounds_left": 99,
    }


@pytest.mark.unit
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ticked_at": NOW - 121}, "no tick was finished for 121 s, expected one every 4 s"),
        ({"ticked_at": None}, "no tick was finished for 500 s"),
        ({"head_age_seconds": 181.0}, "the newest block is 181 s old"),
        ({"problem": "can't take part now: no data"}, "can't take part now: no data"),
        ({"ipfs_problem": "connection refused"}, "IPFS: connection refused"),
        ({"rounds_left": LEAST_ROUNDS - 1}, "the account pays for 9 more rounds of gas"),
    ],
)
def test_each_problem_is_said(changes: dict[str, Any], said: str) -> None:
    well, answer = health(vitals(**changes), 4.0, NOW)
    assert not well and not answer["ok"] and len(answer["problems"]) == 1 and said in answer["problems"][0]


@pytest.mark.unit
def test_who_ticks_slowly_works_long_or_has_just_started_has_more_time() -> None:
    assert health(vitals(ticked_at=NOW - 500, busy_until=NOW + 1), 4.0, NOW)[0]
    assert health(vitals(ticked_at=NOW - 500), 60.0, NOW)[0]
    assert health(vitals(ticked_at=None, started_at=NOW - 60), 4.0, NOW)[0]


@pytest.mark.integration
def test_over_http() -> None:
    metrics, state, port = ProcessMetrics.create(), vitals(ticked_at=time.time(), started_at=time.time()), free_port()
    nodes = [NodeReport("https://a", True, 3, 0.0, None, None), NodeReport("https://b", False, 0, 9.0, None, None)]
    metrics.registry.register(Endpoints(lambda: nodes, lambda: [EndpointReport("/ip4/127.0.0.1/tcp/1", 7, 0.0)]))
    with served("127.0.0.1", port, metrics.registry, lambda: health(state, 4.0, time.time())):
        where = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{where}/health", timeout=10) as answer:
            assert answer.status == 200 and json.load(answer)["ok"]
        state.ipfs_problem = "gone"
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{where}/health", timeout=10)
        assert raised.value.code == 503 and json.load(raised.value)["problems"] == ["IPFS: gone"]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{where}/etc/passwd", timeout=10)
        text = urllib.request.urlopen(f"{where}/metrics", timeout=10).read().decode()
        assert 'deltaml_rpc_failures_total{endpoint="0"} 3.0' in text
        assert 'deltaml_rpc_serves{endpoint="1"} 0.0' in text
        assert 'deltaml_ipfs_failures_total{endpoint="0"} 7.0' in text
        assert "https://" not in text and "/ip4/" not in text, "addresses may carry keys"
        taken = served("127.0.0.1", port, metrics.registry, lambda: (True, {}))
        with pytest.raises(InvalidInput, match="choose another --metrics-port"), taken:
            pass


class Node:
    def __init__(self, balance: int, price: int) -> None:
        self.answers: dict[str, Any] = {"eth_getBalance": hex(balance), "eth_gasPrice": hex(price)}

    def request(self, method: str, params: Any = ()) -> Any:
        if method not in self.answers:
            raise Unavailable("gone")
        return self.answers[method]


@pytest.mark.unit
def test_the_purse_says_how_many_rounds_it_pays() -> None:
    metrics, state = ProcessMetrics.create(), Vitals()
    node: Any = Node(7 * ROUND_GAS * 10**9 + 5, 10**9)
    purse = Purse(node, "0x", ROUND_GAS, metrics, state)
    purse.look()
    assert state.rounds_left == 7 == metrics.registry.get_sample_value("deltaml_rounds_left")
    node.answers.clear()
    purse.look()
    assert state.rounds_left == 7
    node.answers = {"eth_getBalance": "0x0", "eth_gasPrice": "0x0"}
    purse.look()
    assert state.rounds_left is not None and state.rounds_left > LEAST_ROUNDS, "a chain without gas costs nothing"
