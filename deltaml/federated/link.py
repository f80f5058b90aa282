"""Requests to a central server: frames there and back, tried again while it is away."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import urllib3

from deltaml.errors import InvalidInput, Refused, Unavailable
from deltaml.federated.frames import unpack
from deltaml.learning import Arrays

POLL_TIMEOUT_SECONDS = 30.0
_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class NotJoined(Refused):
    """The server does not know this token, or the secret is not its own."""


class Link:
    """An address and how long to wait for it. Raises InvalidInput for another kind of address."""

    def __init__(self, url: str, patience_seconds: float) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise InvalidInput(f"{url!r} is no http:// or https:// address")
        self._url, self._patience_seconds = url.rstrip("/"), patience_seconds
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5.0, POLL_TIMEOUT_SECONDS))

    def call(
        self, method: str, path: str, token: str | None = None, body: bytes | None = None
    ) -> tuple[dict[str, Any], Arrays]:
        """The answer to one request. Raises NotJoined, Refused for another no, Unavailable after patience."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        give_up_at, attempt = time.monotonic() + self._patience_seconds, 0
        while True:
            try:
                response = self._pool.request(method, self._url + path, body=body, headers=headers)
                if response.status == 200:
                    return unpack(response.data)
                why = f"{response.status}: {response.data[:1000].decode('utf-8', 'replace')}"
                if response.status < 500:
                    kind = NotJoined if response.status == 401 else Refused
                    raise kind(f"{self._url} says no, {why}")
            except urllib3.exceptions.HTTPError as error:
                why = str(error)
            pause = _RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)]
            if time.monotonic() + pause > give_up_at:
                raise Unavailable(f"{self._url} was not there for {self._patience_seconds:g} s: {why}")
            time.sleep(pause)
            attempt += 1
