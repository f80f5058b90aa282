"""The client's end of the HTTP transport: takes any client object to a central server and keeps it there."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import urllib3
from numpy.typing import NDArray

from deltaml.errors import InvalidInput, InvalidMessage, Refused, Unavailable
from deltaml.federated.frames import pack, unpack
from deltaml.learning import (
    Arrays,
    Client,
    ClientFault,
    Layout,
    call_evaluate,
    call_fit,
    first_parameters,
    require_client,
)

log = logging.getLogger(__name__)

POLL_TIMEOUT_SECONDS = 30.0
MAX_FAULTS_IN_A_ROW = 3
_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def connect(
    url: str, client: Client, name: str, *, secret: str | None = None, patience_seconds: float = 120.0
) -> Arrays:
    """Takes part in the run at `url` until it is over; returns the final model.

    A server that does not answer is tried again for `patience_seconds`, also when it was restarted meanwhile. What goes
    wrong in the client is told to the server and logged; the third time in a row it is raised.
    Raises ClientFault, Unavailable, or Refused when the server says no.
    """
    require_client(name, client)
    if urlsplit(url).scheme not in ("http", "https"):
        raise InvalidInput(f"{url!r} is no http:// or https:// address")
    return _Session(url.rstrip("/"), client, name, secret, patience_seconds).run()


class _Session:
    def __init__(self, url: str, client: Client, name: str, secret: str | None, patience_seconds: float) -> None:
        self._url, self._client, self._name, self._secret = url, client, name, secret
        self._patience_seconds = patience_seconds
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5.0, POLL_TIMEOUT_SECONDS))
        self._token = ""
        self._faults = 0

    def run(self) -> Arrays:
        self._join()
        version = -1
        while True:
            head, arrays = self._call("GET", f"/v1/task?after={version}")
            phase, number = head.get("phase"), head.get("number")
            if phase == "wait":
                continue
            if phase not in ("fit", "evaluate", "done") or type(number) is not int or type(head["version"]) is not int:
                raise InvalidMessage(f"the server sent a task that makes no sense: {phase!r}, {number!r}")
            # A server that was started anew counts from the beginning.
            version = head["version"]
            if phase == "done":
                return [np.array(array) for array in arrays]
            self._work(phase, number, arrays, head.get("config", {}))

    def _work(self, phase: str, number: int, arrays: Arrays, config: dict[str, Any]) -> None:
        layout = Layout.of(arrays)
        start = layout.flatten(arrays)
        try:
            if phase == "fit":
                fitted = call_fit(self._name, self._client, number, layout, start, config)
                head: dict[str, Any] = {"num_examples": fitted.num_examples, "metrics": fitted.metrics}
                sent = layout.unflatten(fitted.parameters)
            else:
                tested = call_evaluate(self._name, self._client, number, layout, start, config)
                head = {"loss": tested.loss, "num_examples": tested.num_examples, "metrics": tested.metrics}
                sent = []
            self._faults = 0
        except ClientFault as fault:
            self._faults += 1
            log.error("%s", fault)
            self._post("/v1/fault", {"number": number, "phase": phase, "why": fault.why})
            if self._faults >= MAX_FAULTS_IN_A_ROW:
                raise
            return
        self._post(f"/v1/{phase}", {"number": number, **head}, sent)

    def _join(self) -> None:
        hello, _ = self._call("GET", "/v1/hello", joined=False)
        arrays = first_parameters(self._name, self._client) if hello.get("wants_parameters") else []
        answer, _ = self._call("POST", "/v1/join", pack({"name": self._name}, arrays), joined=False)
        self._token = str(answer.get("token", ""))

    def _post(self, path: str, head: dict[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> None:
        """A result that comes too late is the server's business, not an error."""
        try:
            self._call("POST", path, pack(head, arrays))
        except Refused as refusal:
            log.warning("%s", refusal)

    def _call(
        self, method: str, path: str, body: bytes | None = None, joined: bool = True
    ) -> tuple[dict[str, Any], Arrays]:
        """One request, tried again while the server is away. Raises Refused for a no, Unavailable after patience."""
        give_up_at = time.monotonic() + self._patience_seconds
        attempt = 0
        while True:
            token = self._token if joined else self._secret
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            why = "it does not answer"
            try:
                response = self._pool.request(method, self._url + path, body=body, headers=headers)
                if response.status == 200:
                    return unpack(response.data)
                said = response.data[:1000].decode("utf-8", "replace")
                if response.status == 401 and joined:
                    self._join()
                    return self._call(method, "/v1/task?after=-1" if method == "GET" else path, body)
                if response.status < 500:
                    raise Refused(f"{self._url} says no ({response.status}): {said}")
                why = f"{response.status}: {said}"
            except urllib3.exceptions.HTTPError as error:
                why = str(error)
            pause = _RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)]
            if time.monotonic() + pause > give_up_at:
                raise Unavailable(f"{self._url} was not there for {self._patience_seconds:g} s: {why}")
            time.sleep(pause)
            attempt += 1
