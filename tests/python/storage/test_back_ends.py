"""One contract for every node: ours and Kubo's."""

from concurrent.futures import ThreadPoolExecutor

import ipfshttpclient
import ipfshttpclient.exceptions
import numpy as np
import pytest

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.storage import (
    MAX_BLOCK_BYTES,
    IpfsStore,
    cid_from_digest,
    decode_block,
    digest_of,
    encode_block,
    get_vector,
    link,
    put_vector,
)

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore:The 'strict' parameter")]


@pytest.fixture
def store(api: str) -> IpfsStore:
    return IpfsStore(api, timeout_seconds=30)


@pytest.fixture
def client(api: str) -> ipfshttpclient.Client:
    """The plain client, to see what the node itself says."""
    return ipfshttpclient.Client(api, timeout=30)


@pytest.mark.parametrize("data", [encode_block(None), encode_block({"a": [1, b"2"]}), encode_block(bytes(2**20 - 5))])
def test_round_trip(store: IpfsStore, data: bytes) -> None:
    digest = store.put(data)

    assert digest == digest_of(data)
    assert store.get(digest, max_bytes=len(data)) == data
    assert store.put(data) == digest


def test_a_vector_and_its_node(store: IpfsStore) -> None:
    vector = np.random.default_rng(1).integers(0, 2**64, 150_000, dtype=np.uint64)
    digest = store.put(encode_block({"update": put_vector(store, vector)}))

    top = decode_block(store.get(digest, MAX_BLOCK_BYTES))

    assert isinstance(top, dict)
    assert (get_vector(store, top["update"], "uint64", len(vector)) == vector).all()


def test_the_node_names_blocks_as_we_do(store: IpfsStore, client: ipfshttpclient.Client) -> None:
    data = encode_block({"named": True})
    cid = cid_from_digest(store.put(data))

    stat = client.block.stat(cid)

    assert (stat["Key"], stat["Size"]) == (cid, len(data))
    assert client.block.get(cid) == data


def test_pins_come_and_go(store: IpfsStore, client: ipfshttpclient.Client) -> None:
    child = store.put(encode_block("child"))
    parent = store.put(encode_block({"child": link(child)}))
    assert cid_from_digest(parent) in client.pin.ls(type="recursive")["Keys"]

    store.unpin(parent)
    assert cid_from_digest(parent) not in client.pin.ls(type="recursive")["Keys"]
    store.unpin(parent)
    store.pin(parent)
    assert cid_from_digest(parent) in client.pin.ls(type="recursive")["Keys"]


def test_garbage_collection_keeps_what_pins_reach(store: IpfsStore, client: ipfshttpclient.Client) -> None:
    leaf, loose = store.put(encode_block("leaf")), store.put(encode_block("loose"))
    top = store.put(encode_block([{"deep": link(leaf)}]))
    store.unpin(leaf)
    store.unpin(loose)

    client.repo.gc()

    assert store.get(leaf, 100) == encode_block("leaf")
    assert store.get(top, 100)
    with pytest.raises(Unavailable):
        store.get(loose, 100)


def test_a_block_nobody_has(store: IpfsStore) -> None:
    with pytest.raises(Unavailable, match="could not find"):
        store.get(digest_of(b"never stored"), 100)
    with pytest.raises(Unavailable):
        store.pin(digest_of(b"never stored"))


def test_a_block_longer_than_expected(store: IpfsStore) -> None:
    digest = store.put(encode_block(bytes(100)))

    with pytest.raises(InvalidMessage, match="longer than the 50 bytes"):
        store.get(digest, max_bytes=50)


def test_too_large_a_block_never_leaves(store: IpfsStore) -> None:
    with pytest.raises(InvalidInput, match="at most 1048576"):
        store.put(bytes(MAX_BLOCK_BYTES + 1))


def test_half_a_tree_can_be_put_but_not_pinned(store: IpfsStore) -> None:
    parent = store.put(encode_block({"missing": link(digest_of(b"nowhere"))}))

    with pytest.raises(Unavailable, match="could not find"):
        store.pin(parent)
    store.unpin(parent)


def test_threads_share_a_store(store: IpfsStore) -> None:
    blocks = [encode_block(["shared", number]) for number in range(60)]

    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(store.put, blocks))
        read = list(pool.map(lambda digest: store.get(digest, 100), digests))

    assert digests == [digest_of(block) for block in blocks]
    assert read == blocks
