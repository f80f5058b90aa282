"""Several endpoints as one store: a post is where it can be fetched, and no single endpoint decides what is there."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.storage import IpfsStore, MemoryStore, Replicas, digest_of
from tests.python.storage.nodes import embedded_node, kubo_binary, kubo_node
from tests.python.storage.test_rude_nodes import rude_node, trickle

DATA = b"a block"
DIGEST = digest_of(DATA)


class Moody(MemoryStore):
    """`trouble` is raised by the verbs it names."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: dict[str, Exception] = {}
        self.asked: list[str] = []

    def put(self, data: bytes) -> bytes:
        self._suffer("put")
        return super().put(data)

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        self._suffer("get")
        return super().get(digest, max_bytes)

    def unpin(self, digest: bytes) -> None:
        self._suffer("unpin")
        super().unpin(digest)

    def _suffer(self, verb: str) -> None:
        self.asked.append(verb)
        if verb in self.trouble:
            raise self.trouble[verb]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Two:
    def __init__(self, hedge_seconds: float = 60) -> None:
        self.clock, self.first, self.second = Clock(), Moody(), Moody()
        self.both = Replicas([("first", self.first), ("second", self.second)], hedge_seconds, self.clock)


@pytest.fixture
def two() -> Two:
    return Two()


@pytest.mark.unit
def test_a_block_is_put_everywhere_and_taken_back(two: Two) -> None:
    assert two.both.put(DATA) == DIGEST
    for store in (two.first, two.second):
        assert store.blocks == {DIGEST: DATA} and store.pinned == {DIGEST} and store.asked == ["put", "get"]


@pytest.mark.unit
@pytest.mark.parametrize("verb", ["put", "get"])
def test_one_endpoint_is_enough_and_one_that_swallows_posts_is_none(two: Two, verb: str) -> None:
    two.first.trouble[verb] = Unavailable("disk full")
    assert two.both.put(DATA) == DIGEST
    two.second.trouble[verb] = Unavailable("gone")
    with pytest.raises(Unavailable, match=r"gone"):
        two.both.put(DATA)


@pytest.mark.unit
def test_who_rests_is_not_waited_for_and_gets_it_later(two: Two) -> None:
    two.first.trouble["put"] = Unavailable("slow")
    two.both.put(DATA)
    two.first.asked.clear()
    two.first.trouble.clear()
    other = two.both.put(b"another")
    assert not two.first.asked and other not in two.first.blocks
    for digest in (DIGEST, other):
        assert two.both.replicate(digest) == 1 and two.both.replicate(digest) == 0
    assert set(two.first.blocks) == two.first.pinned == {DIGEST, other}


@pytest.mark.unit
def test_with_everybody_resting_everybody_is_tried(two: Two) -> None:
    two.first.trouble["put"] = two.second.trouble["put"] = Unavailable("slow")
    with pytest.raises(Unavailable):
        two.both.put(DATA)
    two.second.trouble.clear()
    assert two.both.put(DATA) == DIGEST


@pytest.mark.unit
def test_what_one_lacks_comes_from_the_other(two: Two) -> None:
    two.second.put(DATA)
    assert two.both.get(DIGEST, 100) == DATA
    with pytest.raises(Unavailable, match="nobody has block"):
        two.both.get(bytes(32), 100)
    with pytest.raises(Unavailable, match="nobody has block"):
        two.both.replicate(bytes(32))


@pytest.mark.unit
def test_a_block_that_is_too_long_is_its_sender_s_fault_at_every_endpoint(two: Two) -> None:
    two.both.put(DATA)
    with pytest.raises(InvalidMessage, match="longer than the 3 bytes"):
        two.both.get(DIGEST, 3)


@pytest.mark.unit
def test_an_endpoint_that_answers_nonsense_is_its_own_fault(two: Two) -> None:
    two.second.put(DATA)
    two.first.trouble["get"] = InvalidMessage("the node's answer is larger than any block with its headers")
    assert two.both.get(DIGEST, 100) == DATA
    two.second.blocks.clear()
    with pytest.raises(Unavailable, match="larger than any block"):
        two.both.get(DIGEST, 100)


@pytest.mark.unit
def test_who_failed_is_asked_last_until_he_has_rested(two: Two) -> None:
    two.both.put(DATA)
    two.first.trouble["get"] = Unavailable("silent")
    two.both.get(DIGEST, 100)
    two.first.asked.clear()
    two.both.get(DIGEST, 100)
    assert not two.first.asked
    assert [(report.name, report.failures, report.rests_seconds > 0) for report in two.both.report()] == [
        ("first", 1, True),
        ("second", 0, False),
    ]
    two.clock.now += 2
    two.first.trouble.clear()
    two.both.get(DIGEST, 100)
    assert two.first.asked == ["get"]


@pytest.mark.unit
def test_a_slow_endpoint_is_overtaken() -> None:
    two, released = Two(hedge_seconds=0.01), threading.Event()
    two.both.put(DATA)
    answer: Callable[[bytes, int], bytes] = two.first.get

    def slow(digest: bytes, max_bytes: int) -> bytes:
        released.wait(30)
        return answer(digest, max_bytes)

    two.first.get = slow  # type: ignore[method-assign]
    assert two.both.get(DIGEST, 100) == DATA
    released.set()


@pytest.mark.unit
def test_pins_go_where_the_block_is(two: Two) -> None:
    two.second.blocks[DIGEST] = DATA
    two.both.pin(DIGEST)
    assert two.second.pinned == {DIGEST} and not two.first.pinned
    two.first.trouble["unpin"] = Unavailable("silent")
    two.both.unpin(DIGEST)
    assert not two.second.pinned
    two.second.trouble["unpin"] = Unavailable("silent")
    with pytest.raises(Unavailable):
        two.both.unpin(DIGEST)
    with pytest.raises(Unavailable):
        two.both.pin(bytes(32))


@pytest.mark.unit
def test_at_least_one_address() -> None:
    with pytest.raises(InvalidInput):
        Replicas([])


@pytest.mark.integration
def test_real_nodes_that_do_not_know_each_other(tmp_path: Path) -> None:
    """Kubo where there is one, ours, and a node that drips: one store."""
    with ExitStack() as nodes:
        api, process = nodes.enter_context(embedded_node(tmp_path / "embedded"))
        apis = [api]
        if kubo_binary():
            apis.append(nodes.enter_context(kubo_node(tmp_path / "kubo")))
        dripping, _ = nodes.enter_context(rude_node(trickle(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n")))
        each = [IpfsStore(address, 10) for address in apis]
        store = Replicas([*zip([*apis, "drips"], [*each, dripping], strict=True)])
        digest = store.put(DATA)
        assert all(one.get(digest, 100) == DATA for one in each)
        alone = each[-1].put(b"only here")
        assert store.get(alone, 100) == b"only here"
        process.kill()
        process.wait()
        if len(each) > 1:
            assert store.get(digest, 100) == DATA
            assert store.put(b"later") == digest_of(b"later")
