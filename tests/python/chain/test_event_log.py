"""The log of a task: complete, ordered, cheap, and right after a reorganisation."""

from collections.abc import Sequence
from typing import Any

import eth_abi
import pytest
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaml.chain.abi import load_abi, method
from deltaml.chain.codec import plain
from deltaml.chain.connection import Chain
from deltaml.chain.errors import NodeError, NodeUnreachable, Reorganised
from deltaml.chain.event_log import EventLog
from deltaml.chain.events import Position, RoundOpened, RoundRevealed, TrainerJoined, WorkOpened, decode_log
from deltaml.chain.market import Market
from deltaml.chain.types import Outcome
from tests.python.chain.fake_node import FakeNode, RpcError
from tests.python.chain.people import ALICE, BOB, DEPLOYMENT, task_posted_at

pytestmark = pytest.mark.unit

POSTED_IN_BLOCK = 4


def make_log(name: str, values: Sequence[Any], address: str = DEPLOYMENT.market) -> dict[str, Any]:
    entry = next(item for item in load_abi("TaskMarket") if item["type"] == "event" and item["name"] == name)
    pairs = list(zip(entry["inputs"], values, strict=True))
    topics = [event_abi_to_log_topic(entry)]  # type: ignore[arg-type]
    topics += [eth_abi.encode([item["type"]], [value]) for item, value in pairs if item["indexed"]]
    kinds = [collapse_if_tuple(item) for item, _ in pairs if not item["indexed"]]
    data = eth_abi.encode(kinds, [value for item, value in pairs if not item["indexed"]])
    return {"address": address, "topics": ["0x" + topic.hex() for topic in topics], "data": "0x" + data.hex()}


def opened(round_: int, task_id: int = 1, address: str = DEPLOYMENT.market) -> dict[str, Any]:
    return make_log("RoundOpened", [task_id, round_], address)


def rounds(events: Sequence[Any]) -> list[int]:
    return [event.round for event in events]


@pytest.fixture
def node() -> FakeNode:
    node = FakeNode(height=30)
    taskOf = method("TaskMarket", "taskOf")
    task = eth_abi.encode(taskOf.outputs, [plain(task_posted_at(1000 + 12 * POSTED_IN_BLOCK))])
    node.methods["eth_call"] = lambda transaction, tag: "0x" + task.hex()
    return node


@pytest.fixture
def log(node: FakeNode) -> EventLog:
    return EventLog(Market(Chain(node, 31337), DEPLOYMENT), 1, blocks_per_request=7)


@pytest.fixture
def chain(node: FakeNode) -> Chain:
    return Chain(node, 31337)


def test_decodes_indexed_and_plain_fields_into_their_places() -> None:
    place = {"blockNumber": "0x5", "logIndex": "0x2"}
    joined = make_log("TrainerJoined", [1, ALICE, 3, 2, b"\x08" * 32]) | place
    assert decode_log(joined, 99) == TrainerJoined(Position(5, 2, 99), 1, ALICE, 3, 2, b"\x08" * 32)
    work = make_log("WorkOpened", [1, 2, BOB, 3, b"\x09" * 32, b"\x05"]) | place
    assert isinstance(decoded := decode_log(work, 99), WorkOpened)
    assert (decoded.round, decoded.seat, decoded.accepted) == (2, 3, b"\x05")
    revealed = make_log("RoundRevealed", [1, 2, 1, b"\x01" * 32, 5, 6, b"\x02" * 32, b"\x00" * 8]) | place
    assert isinstance(decoded := decode_log(revealed, 99), RoundRevealed)
    assert decoded.outcome is Outcome.OWNER_STALLED


def test_unknown_events_are_left_out_and_broken_ones_blamed_on_the_node() -> None:
    place = {"blockNumber": "0x5", "logIndex": "0x2"}
    assert decode_log({"topics": ["0x" + "77" * 32], "data": "0x", **place}, 0) is None
    assert decode_log({"topics": [], "data": "0x", **place}, 0) is None
    with pytest.raises(NodeUnreachable):
        decode_log(opened(0) | {"data": "0x", "topics": opened(0)["topics"][:2], **place}, 0)
    with pytest.raises(NodeUnreachable):
        decode_log(make_log("Announced", [1, 0, ALICE, 1, bytes(32)]) | {"data": "0x01", **place}, 0)


def test_reads_everything_of_its_task_in_order(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(30, opened(7))
    for block, round_ in [(9, 2), (POSTED_IN_BLOCK, 0), (POSTED_IN_BLOCK, 1)]:
        node.emit(block, opened(round_))
    node.emit(9, opened(50, task_id=2))
    node.emit(9, opened(51, address=ALICE))
    events = log.read(chain.head())
    assert rounds(events) == [0, 1, 2, 7]
    assert events[2] == RoundOpened(Position(9, 0, 1000 + 12 * 9), 1, 2)


def test_second_read_of_a_head_asks_nothing_and_a_new_head_one_request(
    node: FakeNode, chain: Chain, log: EventLog
) -> None:
    log.read(chain.head())
    head = chain.head()
    before = node.round_trips
    log.read(head)
    assert node.round_trips == before
    node.mine(3)
    head = chain.head()
    before = node.round_trips
    log.read(head)
    assert node.round_trips == before + 1


def test_starts_at_the_block_the_task_was_posted_in(node: FakeNode, chain: Chain, log: EventLog) -> None:
    asked: list[dict[str, Any]] = []
    answer = node.methods["eth_getLogs"]
    node.methods["eth_getLogs"] = lambda query: asked.append(query) or answer(query)  # type: ignore[func-returns-value]
    log.read(chain.head())
    ranges = [(int(query["fromBlock"], 16), int(query["toBlock"], 16)) for query in asked if "fromBlock" in query]
    assert ranges == [(4, 10), (11, 17), (18, 24), (25, 29)]


def test_starts_over_when_what_it_saw_is_gone(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(10, opened(0))
    node.emit(29, opened(1))
    assert rounds(log.read(chain.head())) == [0, 1]
    node.reorganise(28, branch=1)
    node.emit(30, opened(5))
    assert rounds(log.read(chain.head())) == [0, 5]
    node.reorganise(30, branch=2)
    node.mine(4, branch=2)
    assert rounds(log.read(chain.head())) == [0]


def test_older_head_of_the_same_chain_gets_the_older_events(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(10, opened(0))
    node.emit(29, opened(1))
    log.read(chain.head())
    assert rounds(log.read(chain.block(28))) == [0]
    assert rounds(log.read(chain.head())) == [0, 1]


def test_older_head_of_another_chain_starts_over(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(10, opened(0))
    node.emit(20, opened(1))
    log.read(chain.head())
    node.reorganise(20, branch=1)
    assert rounds(log.read(chain.block(25))) == [0]


def test_head_that_is_gone_is_refused_and_nothing_is_lost(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(10, opened(0))
    log.read(chain.block(20))
    stale = chain.head()
    node.reorganise(28, branch=1)
    with pytest.raises((Reorganised, NodeError)) as raised:
        log.read(stale)
    assert raised.value.retryable
    assert rounds(log.read(chain.head())) == [0]


def test_node_that_lags_behind_the_head_does_not_hide_events(node: FakeNode, chain: Chain, log: EventLog) -> None:
    log.read(chain.head())
    node.mine(2)
    node.emit(32, opened(3))
    head = chain.head()
    blocks, logs = node.blocks[31:], node.logs[:]
    del node.blocks[31:], node.logs[:]
    with pytest.raises((Reorganised, NodeError)):
        log.read(head)
    node.blocks += blocks
    node.logs += logs
    assert rounds(log.read(head)) == [3]


def test_failure_on_the_way_keeps_what_was_read(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(5, opened(0))
    node.emit(28, opened(1))
    answer = node.methods["eth_getLogs"]

    def fail_late(query: dict[str, Any]) -> Any:
        if int(query.get("fromBlock", "0x0"), 16) > 15:
            raise RpcError(-32005, "limit exceeded")
        return answer(query)

    node.methods["eth_getLogs"] = fail_late
    with pytest.raises(NodeError):
        log.read(chain.head())
    node.methods["eth_getLogs"] = answer
    assert rounds(log.read(chain.head())) == [0, 1]


def test_timestamp_in_the_log_spares_a_request(node: FakeNode, chain: Chain, log: EventLog) -> None:
    node.emit(29, opened(0) | {"blockTimestamp": "0x63"})
    log.read(chain.block(28))
    head = chain.head()
    before = node.round_trips
    assert log.read(head)[0].position.timestamp == 0x63
    assert node.round_trips == before + 1


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["mine", "emit", "reorganise", "read"]), st.integers(0, 9)), min_size=1, max_size=30
    )
)
def test_incremental_reading_equals_reading_at_once(steps: list[tuple[str, int]]) -> None:
    node = FakeNode(height=3)
    taskOf = method("TaskMarket", "taskOf")
    task = eth_abi.encode(taskOf.outputs, [plain(task_posted_at(1000 + 12 * 2))])
    node.methods["eth_call"] = lambda transaction, tag: "0x" + task.hex()
    market = Market(Chain(node, 31337), DEPLOYMENT)
    log = EventLog(market, 1, blocks_per_request=3)
    for branch, (step, amount) in enumerate(steps, start=1):
        if step == "mine":
            node.mine(amount, branch)
        elif step == "emit":
            node.mine(1, branch)
            node.emit(len(node.blocks) - 1, opened(branch))
        elif step == "reorganise":
            node.reorganise(max(3, len(node.blocks) - amount), branch)
        else:
            head = market.chain.head()
            assert log.read(head) == EventLog(market, 1, blocks_per_request=1000).read(head)
    head = market.chain.head()
    assert rounds(log.read(head)) == [int(entry["topics"][2], 16) for entry in node.logs]
