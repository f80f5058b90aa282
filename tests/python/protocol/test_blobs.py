"""An update under the committee lock: each holder opens his seeds, nothing moved or swapped opens (R14-R16)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidMessage, Unavailable
from deltaml.protocol.blobs import OpenedBlob, close_update, open_update, read_blob
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.sealing import Identity, holder_sets, mask_sum, open_sum, seal
from deltaml.storage import MemoryStore, decode_block, digest_of, encode_block, put_vector
from tests.python.protocol.samples import HEADER, with_top, words

pytestmark = pytest.mark.unit

N, LENGTH = 4, 6
MEMBERS = [Identity.generate() for _ in range(N)]
RECIPIENTS = [member.recipient for member in MEMBERS]
UPDATE = np.array([5, -7, 2**40, -(2**40), 0, 1], dtype=np.int64)
BLOB = close_update(HEADER, UPDATE, RECIPIENTS)
OTHERS = {
    "chain": replace(HEADER, chain_id=1),
    "market": replace(HEADER, market=bytes(20)),
    "task": replace(HEADER, task_id=8),
    "round": replace(HEADER, round=4),
    "sender": replace(HEADER, sender=bytes(20)),
}


def opened(document: Document, seat: int = 0, header: Header = HEADER) -> OpenedBlob:
    return open_update(document, header, N, seat, MEMBERS[seat], LENGTH)


def masked_of(document: Document, header: Header = HEADER) -> Any:
    return read_blob(document, header, N, LENGTH).masked.read()


def changed(**fields: Any) -> Document:
    return with_top(BLOB, {**BLOB.top, **fields})


@pytest.mark.parametrize("seat", range(N))
def test_seeds_of_the_own_sets_and_no_others(seat: int) -> None:
    blob = opened(BLOB, seat)
    assert set(blob.seeds) == {index for index, holders in enumerate(holder_sets(N)) if seat in holders}
    assert np.array_equal(blob.masked.read(), masked_of(BLOB))


def test_all_seeds_together_open_the_update() -> None:
    seeds: dict[int, bytes] = {}
    for seat in range(N):
        for index, seed in opened(BLOB, seat).seeds.items():
            assert seeds.setdefault(index, seed) == seed
    masks = [mask_sum([seeds[index]], [1], LENGTH) for index in range(len(holder_sets(N)))]
    assert np.array_equal(open_sum([masked_of(BLOB)], [1], masks), UPDATE)
    # All but one are worth nothing.
    assert not np.array_equal(open_sum([masked_of(BLOB)], [1], masks[1:]), UPDATE)


@pytest.mark.parametrize("n", [7, 10])
def test_larger_committees(n: int) -> None:
    members = [Identity.generate() for _ in range(n)]
    blob = close_update(HEADER, UPDATE, [member.recipient for member in members])
    mine = open_update(blob, HEADER, n, n - 1, members[-1], LENGTH)
    assert len(mine.seeds) == sum(n - 1 in holders for holders in holder_sets(n))


def test_nothing_readable_is_public() -> None:
    blocks = BLOB.blocks
    assert isinstance(blocks, MemoryStore)
    seeds = [seed for seat in range(N) for seed in opened(BLOB, seat).seeds.values()]
    for block in blocks.blocks.values():
        assert not any(seed in block for seed in seeds)
        assert UPDATE.tobytes()[:16] not in block
    assert seeds[0].hex() not in repr(opened(BLOB)) and str(seeds[0]) not in repr(opened(BLOB))


def test_two_blobs_of_one_update_have_nothing_in_common() -> None:
    again = close_update(HEADER, UPDATE, RECIPIENTS)
    assert not set(again.top["commitments"]) & set(BLOB.top["commitments"])
    assert not np.any(masked_of(again) == masked_of(BLOB))


@pytest.mark.parametrize("place", sorted(OTHERS))
def test_a_blob_is_of_one_place_and_sender(place: str) -> None:
    with pytest.raises(InvalidMessage, match="belongs to"):
        opened(BLOB, header=OTHERS[place])
    with pytest.raises(InvalidMessage, match="belongs to"):
        masked_of(BLOB, OTHERS[place])


@pytest.mark.parametrize("place", sorted(OTHERS))
def test_relabelling_the_outside_does_not_help(place: str) -> None:
    """A copycat writes his own header on somebody's blob: the sealed seeds say whose it is (R14, R15)."""
    copied = changed(**OTHERS[place].to_map())
    with pytest.raises(InvalidMessage, match="belongs to"):
        opened(copied, header=OTHERS[place])


def test_seeds_of_another_vector() -> None:
    """Seeds are of one masked vector: scaled or shifted copies of it don't open."""
    shifted = masked_of(BLOB) + np.uint64(1)
    with pytest.raises(InvalidMessage, match="another vector"):
        opened(changed(vector=put_vector(BLOB.blocks, shifted)))


def resealed(index: int, seats: tuple[int, ...], **inner: Any) -> Document:
    """The blob with seed `index` replaced by what its sender could have sealed instead."""
    vector = digest_of(encode_block(BLOB.top["vector"]))
    seed = opened(BLOB, seats[0]).seeds.get(index, bytes(32))
    given = {**HEADER.to_map(), "set": index, "seed": seed, "vector": vector, **inner}
    given = {name: value for name, value in given.items() if value is not ...}
    seeds = list(BLOB.top["seeds"])
    seeds[index] = seal(encode_block(given), [RECIPIENTS[seat] for seat in seats])
    return changed(seeds=seeds)


def test_what_is_resealed_unchanged_opens() -> None:
    assert opened(resealed(0, holder_sets(N)[0])).seeds == opened(BLOB).seeds


@pytest.mark.parametrize(
    "inner",
    [
        {"seed": bytes(32)},
        {"seed": bytes(31)},
        {"seed": 5},
        {"seed": ...},
        {"set": 1},
        {"set": -1},
        {"set": 4},
        {"set": True},
        {"vector": bytes(32)},
        {"vector": ...},
        {"sender": bytes(20)},
        {"task": 8},
        {"round": 4},
        {"chain": 1},
        {"market": bytes(20)},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_sealed_seed_says_exactly_what_it_must(inner: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        opened(resealed(0, holder_sets(N)[0], **inner))


def test_sealed_to_others_it_does_not_open() -> None:
    stranger = resealed(0, (3,))
    with pytest.raises(InvalidMessage, match="does not open"):
        opened(stranger)


def test_a_sealed_seed_that_is_not_a_map() -> None:
    for inner in (encode_block([1]), b"", b"\xff", bytes(2000)):
        seeds = list(BLOB.top["seeds"])
        seeds[0] = seal(inner, RECIPIENTS[:3])
        with pytest.raises(InvalidMessage):
            opened(changed(seeds=seeds))


def test_swapped_sets() -> None:
    top = BLOB.top
    swap: Callable[[list[Any]], list[Any]] = lambda items: [items[1], items[0], *items[2:]]  # noqa: E731
    for fields in (
        {"seeds": swap(top["seeds"])},
        {"commitments": swap(top["commitments"])},
        {"seeds": swap(top["seeds"]), "commitments": swap(top["commitments"])},
    ):
        with pytest.raises(InvalidMessage, match="sealed seed 0"):
            opened(changed(**fields))


def test_a_wrong_commitment_is_seen_by_every_holder() -> None:
    wrong = changed(commitments=[bytes(32), *BLOB.top["commitments"][1:]])
    for seat in holder_sets(N)[0]:
        with pytest.raises(InvalidMessage, match="commitment"):
            opened(wrong, seat)
    # Who does not hold that seed can't tell, and need not.
    assert opened(wrong, 3).seeds


@pytest.mark.parametrize("name", ["seeds", "commitments"])
def test_missing_and_surplus_seeds(name: str) -> None:
    items = BLOB.top[name]
    for wrong in (items[:-1], [*items, items[0]], [], [None, *items[1:]], [bytes(9000), *items[1:]]):
        with pytest.raises(InvalidMessage, match=name):
            opened(changed(**{name: wrong}))


@pytest.mark.parametrize("length", [LENGTH - 1, LENGTH + 1, 0])
def test_another_length(length: int) -> None:
    vector = put_vector(BLOB.blocks, words(length))
    with pytest.raises(InvalidMessage):
        opened(changed(vector=vector))
    with pytest.raises(InvalidMessage, match="vector"):
        masked_of(changed(vector=vector))


def test_a_vector_that_can_not_be_had() -> None:
    blocks = MemoryStore()
    blocks.put(BLOB.blocks.get(BLOB.digest, 1 << 20))
    with pytest.raises(Unavailable):
        opened(Document(BLOB.digest, blocks))
    assert decode_block(blocks.get(BLOB.digest, 1 << 20))
