"""A store keeps the first blocks asked for, up to a limit; copies for other processes keep nothing."""

import copy

import pytest

from deltaml.errors import InvalidMessage, Unavailable
from deltaml.storage import KeepingStore, MemoryStore

pytestmark = pytest.mark.unit

BLOCKS = [bytes([number]) * 100 for number in range(5)]


@pytest.fixture
def behind() -> MemoryStore:
    store = MemoryStore()
    for block in BLOCKS:
        store.put(block)
    return store


def digests(behind: MemoryStore) -> list[bytes]:
    return list(behind.blocks)


def test_the_first_ones_stay_and_the_rest_is_fetched_again(behind: MemoryStore) -> None:
    store, names = KeepingStore(behind, 250), digests(behind)
    assert [store.get(name, 100) for name in names] == BLOCKS
    behind.blocks.clear()
    assert [store.get(name, 100) for name in names[:2]] == BLOCKS[:2]
    for name in names[2:]:
        with pytest.raises(Unavailable):
            store.get(name, 100)


def test_the_limit_of_a_call_holds_for_what_was_kept(behind: MemoryStore) -> None:
    store, name = KeepingStore(behind, 250), digests(behind)[0]
    store.get(name, 100)
    with pytest.raises(InvalidMessage, match="longer than the 99 bytes"):
        store.get(name, 99)


def test_a_copy_for_another_process_keeps_nothing(behind: MemoryStore) -> None:
    store, name = KeepingStore(behind, 250), digests(behind)[0]
    store.get(name, 100)
    twin = copy.copy(store)
    assert twin.get(name, 100) == BLOCKS[0]
    behind.blocks.clear()
    with pytest.raises(Unavailable):
        twin.get(name, 100)
    assert store.get(name, 100) == BLOCKS[0]


def test_everything_else_goes_through(behind: MemoryStore) -> None:
    store = KeepingStore(behind, 0)
    digest = store.put(b"block")
    store.unpin(digest)
    assert digest in behind.blocks and digest not in behind.pinned
    store.pin(digest)
    assert digest in behind.pinned
