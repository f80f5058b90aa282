"""A block to every IPFS endpoint and back."""

import secrets
from collections.abc import Iterator

from deltaml.connection import IPFS_TIMEOUT_SECONDS, Connection
from deltaml.errors import DeltaMLError
from deltaml.storage import MAX_BLOCK_BYTES, IpfsStore, encode_block
from oracles.checks.finding import Finding, bad, good


def check(connection: Connection) -> Iterator[Finding]:
    """One finding for each endpoint."""
    for index, api in enumerate(connection.ipfs):
        name = f"IPFS {index}"
        try:
            store = IpfsStore(api, IPFS_TIMEOUT_SECONDS)
            digest = store.put(encode_block(secrets.token_bytes(32)))
            store.get(digest, MAX_BLOCK_BYTES)
            store.unpin(digest)
        except DeltaMLError as error:
            remedy = "start the node, or give the multiaddr of its RPC port (not of its gateway) in --ipfs"
            yield bad(name, f"a block did not come back from {api}: {error}", remedy)
        else:
            yield good(name, f"{api} takes blocks and gives them back")
