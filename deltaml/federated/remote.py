"""The client's end of the HTTP transport: takes any client object to a central server and keeps it there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage, Refused
from deltaml.federated.frames import pack
from deltaml.federated.link import Link, NotJoined
from deltaml.federated.masked import mask_update
from deltaml.learning import (
    Arrays,
    Client,
    ClientFault,
    FitResult,
    Layout,
    call_evaluate,
    call_fit,
    first_parameters,
    require_client,
)
from deltaml.learning.arrays import Floats

log = logging.getLogger(__name__)

MAX_FAULTS_IN_A_ROW = 3


def connect(
    url: str,
    client: Client,
    name: str,
    *,
    secret: str | None = None,
    helpers: Sequence[bytes] | None = None,
    patience_seconds: float = 120.0,
) -> Arrays:
    """Takes part in the run at `url` until it is over; returns the final model.

    A server that does not answer is tried again for `patience_seconds`, also when it was restarted meanwhile. What goes
    wrong in the client is told to the server and logged; the third time in a row it is raised. helpers: the age
    recipients of the committee that the client trusts; with them it takes part only if updates are masked for these.
    Raises ClientFault, Unavailable, or Refused when the server says no.
    """
    require_client(name, client)
    return _Session(Link(url, patience_seconds), client, name, secret, helpers).run()


class _Session:
    def __init__(
        self, link: Link, client: Client, name: str, secret: str | None, helpers: Sequence[bytes] | None
    ) -> None:
        self._link, self._client, self._name, self._secret = link, client, name, secret
        self._trusted = None if helpers is None else list(helpers)
        self._helpers: list[bytes] = []
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
                head, sent = self._fit_answer(fitted, layout, start, number, config)
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

    def _fit_answer(
        self, fitted: FitResult, layout: Layout, start: Floats, number: int, config: dict[str, Any]
    ) -> tuple[dict[str, Any], Arrays]:
        if not self._helpers:
            head = {"num_examples": fitted.num_examples, "metrics": fitted.metrics}
            return head, layout.unflatten(fitted.parameters)
        clip_norm = config.get("clip_norm")
        if not isinstance(clip_norm, float):
            raise InvalidMessage("the server masks updates and names no clip norm")
        weight = 1 if config.get("weigh_by") == "equal" else fitted.num_examples
        closed = mask_update(fitted.parameters - start, clip_norm, weight, self._name, number, self._helpers)
        return {"weight": closed.weight, "sealed": list(closed.sealed)}, [closed.masked]

    def _join(self) -> None:
        hello, _ = self._link.call("GET", "/v1/hello")
        self._helpers = list(hello.get("helpers", []))
        if self._trusted is not None and self._helpers != self._trusted:
            raise Refused(f"client {self._name!r}: this server masks updates for other helpers, or not at all")
        arrays = first_parameters(self._name, self._client) if hello.get("wants_parameters") else []
        answer, _ = self._link.call("POST", "/v1/join", self._secret, pack({"name": self._name}, arrays))
        self._token = str(answer.get("token", ""))

    def _post(self, path: str, head: dict[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> None:
        """A result that comes too late is the server's business, not an error."""
        try:
            self._call("POST", path, pack(head, arrays))
        except NotJoined:
            raise
        except Refused as refusal:
            log.warning("%s", refusal)

    def _call(self, method: str, path: str, body: bytes | None = None) -> tuple[dict[str, Any], Arrays]:
        try:
            return self._link.call(method, path, self._token, body)
        except NotJoined:
            # The server was started anew.
            self._join()
            return self._link.call(method, path, self._token, body)
