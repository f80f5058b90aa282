"""Documents in the clear and sealed: what goes in comes out for whom it was sealed to, and for nobody else."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.protocol import document as module
from deltaml.protocol.document import (
    Document,
    fetch_octets,
    fetch_sealed,
    publish,
    publish_octets,
    publish_sealed,
)
from deltaml.sealing import Identity, seal
from deltaml.storage import MemoryStore, decode_block, encode_block, get_vector, link, put_vector

pytestmark = pytest.mark.unit

ME, FRIEND, STRANGER = Identity.generate(), Identity.generate(), Identity.generate()
ROOM = 1 << 24


def a_document(length: int = 100_000) -> Document:
    blocks = MemoryStore()
    return Document.of({"vector": put_vector(blocks, np.arange(length, dtype=np.int64)), "n": length}, blocks)


def framed(*blocks: bytes) -> bytes:
    return b"".join(len(block).to_bytes(4, "big") + block for block in blocks)


def sealed(payload: bytes, store: MemoryStore) -> bytes:
    return publish_octets(seal(payload, [ME.recipient]), store)


@pytest.mark.parametrize("length", [0, 1, 100_000])
def test_sealed_round_trip(length: int) -> None:
    store, document = MemoryStore(), a_document(length)
    digest = publish_sealed(document, [ME.recipient, FRIEND.recipient], store)
    for identity in (ME, FRIEND):
        opened = fetch_sealed(digest, identity, store, ROOM)
        assert opened.digest == document.digest and opened.top == document.top
        vector = get_vector(opened.blocks, opened.top["vector"], "int64", length)
        assert np.array_equal(vector, np.arange(length))


def test_nobody_else_opens_it() -> None:
    store = MemoryStore()
    digest = publish_sealed(a_document(), [ME.recipient], store)
    with pytest.raises(InvalidMessage, match="does not open"):
        fetch_sealed(digest, STRANGER, store, ROOM)


def test_nothing_of_the_content_is_published() -> None:
    store, document = MemoryStore(), a_document(1000)
    publish_sealed(document, [ME.recipient], store)
    assert isinstance(document.blocks, MemoryStore)
    assert not set(document.blocks.blocks) & set(store.blocks)
    assert not any(bytes(range(1, 6)) in block for block in store.blocks.values())


def test_publishing_in_the_clear_puts_chunks_first() -> None:
    order: list[bytes] = []

    class Watched(MemoryStore):
        def put(self, data: bytes) -> bytes:
            order.append(super().put(data))
            return order[-1]

    store, document = Watched(), a_document()
    assert publish(document, store) == document.digest == order[-1]
    assert len(order) == len(set(order)) == 3
    assert Document(document.digest, store).top == document.top


def test_only_documents_made_in_memory_are_published() -> None:
    class Remote(MemoryStore):
        pass

    class Elsewhere:
        pass

    document = Document(bytes(32), Elsewhere())  # type: ignore[arg-type]
    for send in (lambda: publish(document, Remote()), lambda: publish_sealed(document, [ME.recipient], Remote())):
        with pytest.raises(TypeError, match="in memory"):
            send()


@given(st.binary(max_size=3000))
def test_octets_round_trip(payload: bytes) -> None:
    store = MemoryStore()
    assert fetch_octets(publish_octets(payload, store), store, 3000) == payload


def test_octets_in_several_chunks() -> None:
    store, payload = MemoryStore(), bytes(range(256)) * 5000
    digest = publish_octets(payload, store)
    top: Any = decode_block(store.blocks[digest])
    assert len(top["chunks"]) == 3
    assert fetch_octets(digest, store, len(payload)) == payload


def altered(changes: dict[str, Any], payload: bytes = bytes(600_000)) -> tuple[MemoryStore, bytes]:
    store = MemoryStore()
    top: Any = decode_block(store.blocks[publish_octets(payload, store)])
    return store, store.put(encode_block({**top, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"length": 599_999},
        {"length": 600_001},
        {"length": 1},
        {"length": -1},
        {"length": True},
        {"length": 2**62},
        {"chunks": []},
        {"chunks": None},
        {"chunks": [b"x", b"y"]},
        {"chunks": ["bafy", "bafy"]},
        {"type": "deltaml/sealed/2"},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_block_that_lies_about_its_chunks(changes: dict[str, Any]) -> None:
    store, digest = altered(changes)
    with pytest.raises(InvalidMessage):
        fetch_octets(digest, store, 10**6)


def test_too_much_is_refused_before_a_chunk_is_fetched() -> None:
    class Counting(MemoryStore):
        fetched = 0

        def get(self, digest: bytes, max_bytes: int) -> bytes:
            self.fetched += 1
            return super().get(digest, max_bytes)

    store = Counting()
    digest = publish_octets(bytes(4 << 20), store)
    with pytest.raises(InvalidMessage, match="length"):
        fetch_octets(digest, store, 1 << 20)
    assert store.fetched == 1


def test_links_to_other_things_are_no_chunks() -> None:
    store, _ = altered({})
    text = link(store.put(encode_block("text")))
    long = link(store.put(encode_block(bytes(700_000))))
    for chunks in ([text, text], [long, long]):
        other, digest = altered({"chunks": chunks})
        other.blocks.update(store.blocks)
        with pytest.raises(InvalidMessage, match="add up"):
            fetch_octets(digest, other, 10**6)


def test_a_missing_chunk_is_waited_for() -> None:
    store = MemoryStore()
    digest = publish_sealed(a_document(), [ME.recipient], store)
    for block in set(store.blocks) - {digest}:
        del store.blocks[block]
    with pytest.raises(Unavailable):
        fetch_sealed(digest, ME, store, ROOM)


AGE = seal(framed(encode_block({"n": 1})), [ME.recipient])


@given(st.data())
@settings(max_examples=40)
def test_cut_or_damaged_age_files_do_not_open(data: Any) -> None:
    place = data.draw(st.integers(0, len(AGE) - 1))
    bad = data.draw(
        st.sampled_from([AGE[:place], AGE[:place] + bytes([AGE[place] ^ 4]) + AGE[place + 1 :], AGE + b"x"])
    )
    store = MemoryStore()
    with pytest.raises(InvalidMessage):
        fetch_sealed(publish_octets(bad, store), ME, store, ROOM)


BLOCK = encode_block({"n": 1})


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        framed(b""),
        framed(BLOCK, b"", BLOCK),
        framed(BLOCK)[:-1],
        framed(BLOCK) + b"\x00",
        framed(BLOCK) + b"\x00\x00\x00",
        framed(BLOCK) + b"\x00\x00\x00\x00",
        framed(BLOCK) + b"\xff\xff\xff\xff",
        framed(BLOCK) + (1 << 20).to_bytes(4, "big") + b"x",
        framed(bytes((1 << 20) + 1)),
    ],
    ids=range(10),
)
def test_frames_that_lie(payload: bytes) -> None:
    store = MemoryStore()
    with pytest.raises(InvalidMessage):
        fetch_sealed(sealed(payload, store), ME, store, ROOM)


def test_a_flood_of_tiny_blocks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BLOCKS", 8)
    store = MemoryStore()
    assert fetch_sealed(sealed(framed(*[BLOCK] * 8), store), ME, store, ROOM).top == {"n": 1}
    with pytest.raises(InvalidMessage, match="more than 8 blocks"):
        fetch_sealed(sealed(framed(*[BLOCK] * 9), store), ME, store, ROOM)


def test_the_first_block_is_the_document() -> None:
    store = MemoryStore()
    document = fetch_sealed(sealed(framed(BLOCK, encode_block(2), BLOCK), store), ME, store, ROOM)
    assert document.top == {"n": 1}


def test_more_than_allowed_inside_is_refused() -> None:
    store = MemoryStore()
    digest = publish_sealed(a_document(10_000), [ME.recipient], store)
    with pytest.raises(InvalidMessage, match="80"):
        fetch_sealed(digest, ME, store, 1000)


def test_recipients_of_low_order_are_refused() -> None:
    for low in (bytes(32), (1).to_bytes(32, "little")):
        with pytest.raises(InvalidInput, match="usable"):
            publish_sealed(a_document(1), [ME.recipient, low], MemoryStore())
