"""ipfshttpclient with limits that hold against a node that misbehaves.

The client's own time-out starts anew with every byte, and it reads answers of any size into memory. Here each request
has its own connection, whose socket enforces one deadline and one byte budget: status lines, headers, chunk sizes and
error texts all pass through it. Over TLS only the client's time-out per read and the final size check are left.
"""

from __future__ import annotations

import socket
import time
from typing import Any

import ipfshttpclient
import requests
import requests.adapters
import urllib3
import urllib3.connection
from ipfshttpclient import http_requests

from deltaml.errors import InvalidMessage, Unavailable

MAX_RESPONSE_BYTES = (1 << 20) + (1 << 16)  # the largest block, and room for headers and framing


class BoundedSocket(socket.socket):
    """A connected socket that lives `seconds` and takes in `max_bytes`."""

    def __init__(self, connected: socket.socket, seconds: float, max_bytes: int) -> None:
        super().__init__(connected.family, connected.type, connected.proto, fileno=connected.detach())
        self._deadline = time.monotonic() + seconds
        self._bytes_left = max_bytes

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._keep_deadline()
        n_bytes = super().recv_into(*args, **kwargs)
        self._bytes_left -= n_bytes
        if self._bytes_left < 0:
            raise InvalidMessage("the node's answer is larger than any block with its headers")
        return n_bytes

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._keep_deadline()
        super().sendall(*args, **kwargs)

    def _keep_deadline(self) -> None:
        seconds_left = self._deadline - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("deadline passed")
        self.settimeout(seconds_left)


class _Connection(urllib3.connection.HTTPConnection):
    def _new_conn(self) -> socket.socket:
        seconds = self.timeout  # for connecting; the adapter has set it to what the caller allows
        assert seconds is not None
        return BoundedSocket(super()._new_conn(), seconds, MAX_RESPONSE_BYTES)


class _ConnectionPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _Adapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _ConnectionPool, "https": urllib3.HTTPSConnectionPool}


class _Transport(http_requests.ClientSync):
    def _make_session(self) -> requests.Session:
        session = requests.Session()
        session.mount("http://", _Adapter())
        session.trust_env = False  # no proxy, no .netrc: the node is ours
        session.max_redirects = 0
        session.headers["Accept-Encoding"] = "identity"
        session.hooks["response"].append(_refuse_compression)
        return session


def _refuse_compression(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    # The byte budget counts what arrives; a compressed answer may be a thousand times larger.
    if "Content-Encoding" in response.headers:
        raise Unavailable("the node compressed its answer, though asked not to")


class BoundedClient(ipfshttpclient.Client):
    """`ipfshttpclient.Client(address)` in which each request as a whole must be done within `seconds`."""

    def __init__(self, address: str, seconds: float) -> None:
        super().__init__(address)
        self._client = _Transport(address, ipfshttpclient.DEFAULT_BASE, timeout=seconds)
