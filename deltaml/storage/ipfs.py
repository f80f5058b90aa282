"""Blocks on an IPFS node, Kubo or ours, through its RPC."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import ipfshttpclient.exceptions
import requests.exceptions
import urllib3.exceptions

from deltaml.errors import InvalidInput, InvalidMessage, Unavailable
from deltaml.storage.blocks import MAX_BLOCK_BYTES, cid_from_digest, digest_of
from deltaml.storage.bounded_http import BoundedClient
from deltaml.storage.store import check_content, check_size


class IpfsStore:
    """A `Store` over a node's RPC address, for instance /ip4/127.0.0.1/tcp/5001.

    timeout_seconds bounds each call as a whole. Every call opens its own connection, so threads may share one store.
    The node is not believed: CIDs are recomputed, sizes capped while reading. Raises InvalidInput unless the address
    is a multiaddr with a TCP port.
    """

    def __init__(self, api: str, timeout_seconds: float) -> None:
        if api.startswith("/unix/"):
            raise InvalidInput(f"{api!r} is not an address like /ip4/127.0.0.1/tcp/5001")
        self.api = api
        self.timeout_seconds = timeout_seconds
        try:
            self._client = BoundedClient(api, timeout_seconds)
        except ipfshttpclient.exceptions.AddressError as error:
            raise InvalidInput(f"{api!r} is not an address like /ip4/127.0.0.1/tcp/5001") from error

    def put(self, data: bytes) -> bytes:
        check_size(data)
        digest = digest_of(data)
        options = {"cid-codec": "dag-cbor", "mhtype": "sha2-256", "pin": "true"}
        with self._errors_of("put", digest):
            answer = self._client.block.put(io.BytesIO(data), opts=options).as_json()
        key = answer.get("Key") if isinstance(answer, dict) else None
        if key != cid_from_digest(digest):
            raise InvalidMessage(
                f"node {self.api} stored {cid_from_digest(digest)} as {str(key)[:80]}; check its version"
            )
        return digest

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        with self._errors_of("get", digest):
            data: bytes = self._client.block.get(cid_from_digest(digest))
        return check_content(data, digest, min(max_bytes, MAX_BLOCK_BYTES))

    def pin(self, digest: bytes) -> None:
        with self._errors_of("pin", digest):
            self._client.pin.add(cid_from_digest(digest))

    def unpin(self, digest: bytes) -> None:
        with self._errors_of("unpin", digest):
            try:
                self._client.pin.rm(cid_from_digest(digest))
            except ipfshttpclient.exceptions.ErrorResponse as error:
                if "not pinned" not in str(error):
                    raise

    @contextmanager
    def _errors_of(self, verb: str, digest: bytes) -> Iterator[None]:
        what = f"{verb} {cid_from_digest(digest)} at {self.api}"
        try:
            yield
        except (ipfshttpclient.exceptions.EncoderError, AssertionError, IndexError) as error:
            # The client asserts that there is one object, and takes the first.
            raise InvalidMessage(f"{what}: the answer is not one JSON object") from error
        except (
            ipfshttpclient.exceptions.Error,
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as error:
            raise Unavailable(f"{what}: {error}; is the node running, and has it or a peer got the block?") from error
