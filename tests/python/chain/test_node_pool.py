"""Fail-over: which node is read, for how long, and which never."""

from typing import Any

import pytest
import requests

from deltaml.chain.connection import Chain
from deltaml.chain.errors import NodeError, NodeUnreachable
from deltaml.chain.node import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Node
from deltaml.chain.node_pool import MAX_LAG_BLOCKS, MAX_LAG_SECONDS, SURVEY_SECONDS, NodePool
from deltaml.errors import InvalidInput, Unavailable
from tests.python.chain.fake_node import FakeNode, RpcError
from tests.python.chain.fake_pool import FakeClock

pytestmark = pytest.mark.unit


class Sick(FakeNode):
    """Answers like FakeNode until `trouble` is set."""

    def __init__(self, height: int = 20, chain_id: int = 7) -> None:
        super().__init__(height)
        self.trouble: Exception | None = None
        self.methods["eth_chainId"] = lambda: hex(chain_id)

    def make_request(self, method: str, params: Any) -> Any:
        if self.trouble is not None:
            self.asked.append(method)
            raise self.trouble
        return super().make_request(method, params)

    def make_batch_request(self, batch_requests: list[tuple[str, Any]]) -> Any:
        if self.trouble is not None:
            raise self.trouble
        return super().make_batch_request(batch_requests)


class Pair:
    """Two nodes of one chain and a clock; `first` is preferred."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.first, self.second = Sick(), Sick()
        self.nodes = [
            Node(name, provider, self.clock, self.clock.sleep)
            for name, provider in (("http://first", self.first), ("http://second", self.second))
        ]
        self.pool = NodePool(self.nodes, clock=self.clock)
        self.chain = Chain(self.pool, self.pool.open(), "2 nodes", self.pool.begin_look)

    @property
    def serving(self) -> str:
        return next(report.name for report in self.pool.report() if report.serves)

    def pass_survey(self) -> None:
        self.clock.now += SURVEY_SECONDS


@pytest.fixture
def pair() -> Pair:
    return Pair()


def http_error(status: int, **headers: str) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return requests.HTTPError(f"{status} for https://user:hunter2@first", response=response)


def test_the_preferred_node_is_read_and_the_other_only_looked_at(pair: Pair) -> None:
    for _ in range(5):
        pair.chain.head()
    assert pair.serving == "http://first" and pair.second.asked == ["eth_chainId", "eth_getBlockByNumber"]


def test_one_look_is_read_from_one_node(pair: Pair) -> None:
    """A node that fails cuts the look short: the rest of it must not come from another chain's tip."""
    head = pair.chain.head()
    pair.first.trouble = requests.ConnectionError()
    asked = len(pair.second.asked)
    for _ in range(3):
        with pytest.raises(NodeUnreachable, match="http://first"):
            pair.chain.block(head.number)
    assert len(pair.second.asked) == asked
    assert pair.chain.head() == head and pair.serving == "http://second"


def test_who_is_well_again_is_preferred_again(pair: Pair) -> None:
    pair.first.trouble = requests.Timeout()
    with pytest.raises(NodeUnreachable):
        pair.chain.head()
    pair.chain.head()
    assert pair.serving == "http://second"
    pair.first.trouble = None
    pair.chain.head()
    assert pair.serving == "http://second", "one tick is no time to recover in"
    pair.pass_survey()
    pair.chain.head()
    assert pair.serving == "http://first"


def test_rests_grow_while_a_node_keeps_failing_and_never_end_up_endless(pair: Pair) -> None:
    """It answers when it is looked at and fails when it is used: the hardest kind to notice."""
    pair.first.methods["eth_getLogs"] = lambda query: fail()
    rests = []

    def fail() -> Any:
        raise RpcError(-32000, "query timeout")

    for _ in range(14):
        pair.clock.now += pair.nodes[0].rests_seconds + SURVEY_SECONDS
        pair.chain.head()
        assert pair.serving == "http://first"
        with pytest.raises(NodeError):
            pair.chain.request("eth_getLogs", [{}])
        rests.append(pair.nodes[0].rests_seconds)
        pair.chain.head()
        assert pair.serving == "http://second"
    assert 0.8 * FIRST_REST_SECONDS <= rests[0] <= 1.2 * FIRST_REST_SECONDS
    assert rests[4] > 8 * rests[0] and max(rests) <= 1.2 * LONGEST_REST_SECONDS
    assert pair.pool.report()[0].failures == 14


def test_with_nobody_well_the_one_that_is_ready_soonest_is_asked(pair: Pair) -> None:
    pair.first.trouble = pair.second.trouble = requests.ConnectionError()
    for _ in range(4):
        with pytest.raises(NodeUnreachable):
            pair.chain.head()
    pair.second.trouble = None
    pair.clock.now += LONGEST_REST_SECONDS * 2
    assert pair.chain.head().number == 20 and pair.serving == "http://second"


@pytest.mark.parametrize(
    ("blocks", "serving"), [(MAX_LAG_BLOCKS, "http://first"), (MAX_LAG_BLOCKS + 1, "http://second")]
)
def test_a_node_that_lags_is_passed_over(pair: Pair, blocks: int, serving: str) -> None:
    pair.second.mine(blocks)
    pair.pass_survey()
    pair.chain.head()
    assert pair.serving == serving
    pair.first.mine(blocks)
    pair.pass_survey()
    pair.chain.head()
    assert pair.serving == "http://first"


def test_a_node_whose_newest_block_is_old_is_passed_over(pair: Pair) -> None:
    """On a chain with slow blocks a few of them are a long time."""
    pair.second.mine(1)
    pair.second.blocks[-1]["timestamp"] = hex(int(pair.first.blocks[-1]["timestamp"], 16) + MAX_LAG_SECONDS + 1)
    pair.pass_survey()
    pair.chain.head()
    assert pair.serving == "http://second"


def test_a_node_of_another_chain_is_refused_in_plain_words() -> None:
    nodes = [Node("http://first", Sick(chain_id=1)), Node("http://second", Sick(chain_id=5))]
    with pytest.raises(InvalidInput) as raised:
        NodePool(nodes).open()
    assert str(raised.value) == (
        "http://second is on chain 5, http://first on chain 1: all nodes must be of one chain; "
        "take the wrong one out of --rpc"
    )


def test_one_that_was_down_at_the_start_is_checked_when_it_comes() -> None:
    clock, down = FakeClock(), Sick(chain_id=5)
    down.trouble = requests.ConnectionError()
    pool = NodePool([Node("http://down", down, clock, clock.sleep), Node("http://up", Sick())], clock=clock)
    chain = Chain(pool, pool.open(), "2 nodes", pool.begin_look)
    assert chain.chain_id == 7
    down.trouble = None
    for _ in range(5):
        clock.now += LONGEST_REST_SECONDS
        chain.head()
        assert [report.serves for report in pool.report()] == [False, True]
    assert pool.report()[0].refused == "on chain 5, not 7"


def test_nobody_there_at_the_start_names_everybody() -> None:
    nodes = [Node(name, Sick()) for name in ("http://first", "http://second")]
    for node in nodes:
        node._provider.trouble = requests.ConnectionError()  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match=r"first can't be reached.*second can't be reached"):
        NodePool(nodes).open()


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_node_is_waited_for_as_long_as_it_asks(pair: Pair, status: int) -> None:
    pair.first.trouble = http_error(status, Retry_After="3")
    slept: list[float] = []

    def recover(now: float) -> None:
        slept.append(now)
        pair.first.trouble = None

    pair.clock.on_sleep = recover
    assert pair.chain.head().number == 20
    assert slept == [3.0] and pair.serving == "http://first" and pair.pool.report()[0].failures == 0


def test_one_that_asks_for_long_is_left_alone_for_so_long(pair: Pair) -> None:
    pair.first.trouble = http_error(429, Retry_After="120")
    with pytest.raises(NodeUnreachable, match="HTTP status 429"):
        pair.chain.head()
    assert pair.clock.now == 0, "it was not slept for"
    assert pair.nodes[0].rests_seconds == 120
    assert pair.chain.head().number == 20 and pair.serving == "http://second"


@pytest.mark.parametrize("header", ["", "soon", "-1", "9" * 400, "1e9", "٣"])
def test_what_is_no_number_of_seconds_asks_for_nothing(pair: Pair, header: str) -> None:
    pair.first.trouble = http_error(429, Retry_After=header)
    with pytest.raises(NodeUnreachable):
        pair.chain.head()
    assert 0 < pair.clock.now < 10 and pair.nodes[0].rests_seconds <= 2


def test_a_limit_told_in_json_counts_as_a_failure(pair: Pair) -> None:
    def refuse(*_: Any) -> Any:
        raise RpcError(-32005, "daily request count exceeded")

    pair.first.methods["eth_call"] = refuse
    head = pair.chain.head()
    with pytest.raises(NodeError):
        pair.chain.call_many([("0x" + "11" * 20, b"")] * 2, head)
    pair.chain.head()
    assert pair.serving == "http://second"


def test_a_contract_that_refuses_is_no_failure(pair: Pair) -> None:
    def refuse(*_: Any) -> Any:
        raise RpcError(3, "execution reverted", "0x")

    pair.first.methods["eth_call"] = refuse
    head = pair.chain.head()
    with pytest.raises(Exception, match="reverted"):
        pair.chain.call("0x" + "11" * 20, b"", head)
    pair.chain.head()
    assert pair.serving == "http://first"


def test_secrets_stay_out_of_what_is_said(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    pair.first.trouble = http_error(429, Retry_After="120")
    with pytest.raises(NodeUnreachable) as raised:
        pair.chain.head()
    pair.chain.head()
    assert "hunter2" not in f"{raised.value} {caplog.text} {pair.pool.report()} {pair.chain!r}"
