"""Requests and answers of a central server as frames, and refusals as text."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from deltaml.errors import DeltaMLError, InvalidMessage
from deltaml.federated.frames import pack
from deltaml.federated.link import NotJoined
from deltaml.learning import Arrays, ClientFault


@web.middleware
async def errors_as_text(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A refusal's text is what the client shows, so it says what was wrong and no more."""
    try:
        return await handler(request)
    except NotJoined as error:
        return web.Response(status=401, text=str(error))
    except ClientFault as fault:
        return web.Response(status=409, text=str(fault))
    except DeltaMLError as error:
        return web.Response(status=400, text=str(error))


def answer(head: dict[str, Any], arrays: Arrays | None = None) -> web.Response:
    return web.Response(body=pack(head, arrays or []), content_type="application/octet-stream")


def bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))


def number(head: dict[str, Any]) -> int:
    number = head.get("number")
    if type(number) is not int:
        raise InvalidMessage("a message says which round it is for")
    return number
