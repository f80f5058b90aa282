"""ipfshttpclient with limits that hold against a node that misbehaves: one deadline and one byte budget per request."""

from __future__ import annotations

from typing import Any

import ipfshttpclient
import requests
from ipfshttpclient import http_requests

from deltaml.bounded_http import BoundedAdapter, Limits
from deltaml.errors import Unavailable

MAX_RESPONSE_BYTES = (1 << 20) + (1 << 16)  # the largest block, and room for headers and framing


class _Transport(http_requests.ClientSync):
    def __init__(self, address: str, seconds: float) -> None:
        self._limits = Limits(seconds, MAX_RESPONSE_BYTES, "any block with its headers")
        super().__init__(address, ipfshttpclient.DEFAULT_BASE, timeout=seconds)

    def _make_session(self) -> requests.Session:
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter(self._limits))
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
        self._client = _Transport(address, seconds)
