"""A helper's end of the HTTP transport: adds up masks for the run at an address until it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from deltaml.errors import InvalidInput, InvalidMessage, Refused
from deltaml.federated.frames import pack
from deltaml.federated.link import Link, NotJoined
from deltaml.federated.masked import Helper, SumRequest
from deltaml.sealing import Identity, unseal

log = logging.getLogger(__name__)


def help_out(
    url: str,
    identity: Identity,
    *,
    patience_seconds: float = 120.0,
    on_ready: Callable[[int], None] = lambda seat: None,
) -> None:
    """Serves as the helper whose identity this is; `on_ready` gets its seat. What it refuses to add up is logged.

    Raises InvalidInput when the server names other helpers, Unavailable when it is gone for too long.
    """
    link = Link(url, patience_seconds)
    helper = Helper(identity, list(link.call("GET", "/v1/hello")[0].get("helpers", [])))
    token, version = _token(link, helper, identity), -1
    on_ready(helper.seat)
    while True:
        try:
            head, _ = link.call("GET", f"/v1/helper/task?after={version}", token)
            if head["phase"] == "done":
                return
            if head["phase"] == "sum":
                version = head["version"]
                sums = helper.sums(_request(head))
                answer = pack({"version": version, "sets": list(sums)}, list(sums.values()))
                link.call("POST", "/v1/helper/sums", token, answer)
        except NotJoined:
            token = _token(link, helper, identity)
        except (Refused, InvalidInput) as error:
            log.error("helper %d: %s", helper.seat, error)


def _token(link: Link, helper: Helper, identity: Identity) -> str:
    """Sealed to the helper's key: only who holds it can speak for its seat."""
    head, _ = link.call("GET", f"/v1/helper/token?seat={helper.seat}")
    return unseal(identity, head["sealed"], 200).decode("ascii")


def _request(head: dict[str, Any]) -> SumRequest:
    try:
        sealed = {int(index): tuple(boxes) for index, boxes in head["sealed"].items()}
        names = tuple(str(name) for name in head["names"])
        return SumRequest(int(head["number"]), int(head["length"]), names, sealed)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidMessage("the server asked for a sum in a way that makes no sense") from error
