"""HTTP for `requests` with limits that hold against a server that misbehaves.

The time-out of `requests` starts anew with every byte, and answers of any size are read into memory. Here the socket
itself enforces one deadline and one byte budget per request: status lines, headers, chunk sizes and error texts all
pass through it, with and without TLS.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any

import requests.adapters
import urllib3
import urllib3.connection
from urllib3.util.ssl_ import create_urllib3_context

from deltaml.errors import InvalidMessage


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take, from its first byte to the last of the answer. what: names the answer in errors."""

    seconds: float
    max_bytes: int
    what: str


class _Bounded(socket.socket):
    _limits: Limits | None = None
    _deadline = 0.0
    _bytes_left = 0

    def limit(self, limits: Limits) -> None:
        """The next request begins."""
        self._limits = limits
        self._deadline = time.monotonic() + limits.seconds
        self._bytes_left = limits.max_bytes

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._keep_deadline()
        n_bytes = super().recv_into(*args, **kwargs)
        self._bytes_left -= n_bytes
        if self._limits is not None and self._bytes_left < 0:
            raise InvalidMessage(f"the node's answer is larger than {self._limits.what}")
        return n_bytes

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._keep_deadline()
        super().sendall(*args, **kwargs)

    def _keep_deadline(self) -> None:
        if self._limits is None:
            return
        seconds_left = self._deadline - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("deadline passed")
        self.settimeout(seconds_left)


class BoundedSocket(_Bounded):
    """Takes a connected socket over."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(connected.family, connected.type, connected.proto, fileno=connected.detach())


class _BoundedTlsSocket(_Bounded, ssl.SSLSocket):
    """Made by the context; the handshake has one deadline of its own."""


class BoundedAdapter(requests.adapters.HTTPAdapter):
    """Mount on a session for http:// and https://. Raises InvalidMessage for an answer beyond the limit."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = _BoundedTlsSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._limits)


def _pools(limits: Limits) -> dict[str, Any]:
    class Plain(urllib3.connection.HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return BoundedSocket(super()._new_conn())

        def connect(self) -> None:
            super().connect()
            _limit(self.sock, limits)

        def request(self, *args: Any, **kwargs: Any) -> None:
            _limit(self.sock, limits)
            super().request(*args, **kwargs)

    class Tls(urllib3.connection.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _limit(self.sock, limits)

        def request(self, *args: Any, **kwargs: Any) -> None:
            _limit(self.sock, limits)
            super().request(*args, **kwargs)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _limit(connected: Any, limits: Limits) -> None:
    # None before the first request of a connection; any other kind of socket would have no limits, so it must not pass.
    if connected is not None:
        assert isinstance(connected, _Bounded)
        connected.limit(limits)
