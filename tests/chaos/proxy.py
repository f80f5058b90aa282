"""A small HTTP proxy between every process and its node, that breaks requests when told to."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from tests.chaos.lagging import as_seen, hashes_in, lagged
from tests.chaos.plan import Disturb, Service, Trouble

MAX_REQUEST_BYTES = 4 << 20
# Longer than the time-outs of everybody who asks.
STALL_SECONDS = 40.0
SLOW_SECONDS = 1.0
LAG_BLOCKS = 3
GARBAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Route:
    """Whose requests for which service a listener takes, the node's http://host:port, and its place in the client's
    list of endpoints."""

    client: str
    service: Service
    upstream: str
    endpoint: int = 0


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


@dataclass
class Proxy:
    """Runs in a thread of its own; use as a context manager. `hits`: how many requests each disturbance met."""

    seed: int
    hits: Counter[Disturb] = field(default_factory=Counter)
    _active: tuple[Disturb, ...] = ()
    _runners: list[web.AppRunner] = field(default_factory=list)

    def __enter__(self) -> "Proxy":
        self._rng = Random(self.seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._closing = asyncio.Event()
        self._session = self._wait(self._open_session())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def listen(self, route: Route) -> int:
        """Opens a listener on 127.0.0.1; returns its port."""
        return self._wait(self._listen(route))

    def disturb(self, disturbance: Disturb) -> None:
        """From now on; of several that hit one request the newest counts."""
        self._active = (disturbance, *self._active)

    def calm(self, disturbance: Disturb) -> None:
        """No longer; whom it has caught it keeps."""
        self._active = tuple(other for other in self._active if other is not disturbance)

    # ------------------------------------------------------------------ inside the thread

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _open_session(self) -> ClientSession:
        # A connection each: one kept alive would be dead after the node was.
        return ClientSession(
            timeout=ClientTimeout(total=STALL_SECONDS), connector=TCPConnector(force_close=True, limit=0)
        )

    async def _close(self) -> None:
        self._closing.set()
        for runner in self._runners:
            await runner.cleanup()
        await self._session.close()

    async def _listen(self, route: Route) -> int:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/{path:.*}", partial(self._handle, route))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners.append(runner)
        port: int = runner.addresses[0][1]
        return port

    async def _handle(self, route: Route, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except ConnectionError:
            # Who asked was killed while he did.
            return _cut(request)
        trouble = self._trouble(route)
        if trouble is Trouble.SLOW:
            await asyncio.sleep(self._rng.uniform(0, 2 * SLOW_SECONDS))
        if trouble is Trouble.LAGGING:
            return _response(await self._lag(route, body))
        refusal = await self._refusal(trouble, request, body)
        if refusal is not None:
            return refusal
        answer = await self._forward(route, request, body)
        return _cut(request) if answer is None else await self._spoilt(trouble, request, answer)

    async def _refusal(self, trouble: Trouble | None, request: web.Request, body: bytes) -> web.StreamResponse | None:
        """What is answered without asking the node; None when it is to be asked."""
        match trouble:
            case Trouble.ERROR:
                return web.Response(status=500, text="internal error")
            case Trouble.TOO_MANY:
                return web.Response(status=429, headers={"Retry-After": "1"}, text="too many requests")
            case Trouble.LIMITED:
                return web.json_response(_limit_exceeded(body))
            case Trouble.GARBAGE:
                return web.Response(text=GARBAGE, content_type="text/html")
            case Trouble.CUT:
                return _cut(request)
            case Trouble.STALL:
                return await self._stall(request)
        return None

    async def _spoilt(self, trouble: Trouble | None, request: web.Request, answer: Answer) -> web.StreamResponse:
        match trouble:
            case Trouble.LOST_ERROR:
                return web.Response(status=500, text="internal error")
            case Trouble.LOST_CUT:
                return _cut(request)
            case Trouble.LOST_STALL:
                return await self._stall(request)
            case Trouble.TRUNCATED:
                return await _truncate(request, answer)
            case Trouble.SHORTENED:
                return _response(Answer(answer.status, answer.content_type, answer.body[: len(answer.body) // 2]))
        return _response(answer)

    def _trouble(self, route: Route) -> Trouble | None:
        for disturbance in self._active:
            hits = disturbance.service is route.service and disturbance.endpoint in (None, route.endpoint)
            if hits and disturbance.victim in (None, route.client) and self._rng.random() < disturbance.share:
                self.hits[disturbance] += 1
                return disturbance.trouble
        return None

    async def _forward(self, route: Route, request: web.Request, body: bytes) -> Answer | None:
        """The node's answer; None when there is none."""
        path = request.path_qs if route.service is Service.IPFS else "/"
        headers = {"Content-Type": request.headers.get("Content-Type", "application/octet-stream")}
        try:
            async with self._session.request(request.method, route.upstream + path, data=body, headers=headers) as got:
                return Answer(got.status, got.content_type, await got.read())
        except (ClientError, OSError, TimeoutError):
            return None

    async def _stall(self, request: web.Request) -> web.StreamResponse:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), STALL_SECONDS)
        return _cut(request)

    # ------------------------------------------------------------------ a node that lags

    async def _lag(self, route: Route, body: bytes) -> Answer:
        asked = json.loads(body)
        requests = asked if isinstance(asked, list) else [asked]
        head = max(0, int(await self._ask(route, "eth_blockNumber"), 16) - LAG_BLOCKS)
        hashes = {block_hash for item in requests for block_hash in hashes_in(item)}
        blocks = {block_hash: await self._ask(route, "eth_getBlockByHash", block_hash, False) for block_hash in hashes}
        numbers = {block_hash: int(block["number"], 16) for block_hash, block in blocks.items() if block}
        answers = []
        for item in requests:
            understood = lagged(item, head, numbers)
            if "error" not in understood:
                understood = as_seen(item, await self._post(route, understood), head)
            answers.append(understood)
        return Answer(200, "application/json", json.dumps(answers if isinstance(asked, list) else answers[0]).encode())

    async def _ask(self, route: Route, method: str, *parameters: Any) -> Any:
        answer = await self._post(route, {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)})
        return answer.get("result")

    async def _post(self, route: Route, item: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(route.upstream, json=item) as got:
            answer: dict[str, Any] = await got.json()
            return answer


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _truncate(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Declares the whole length and sends half of it."""
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _limit_exceeded(body: bytes) -> Any:
    """Gateways answer each request of a batch with it."""
    asked = json.loads(body)
    refused = [
        {"jsonrpc": "2.0", "id": item.get("id"), "error": {"code": -32005, "message": "daily request limit exceeded"}}
        for item in (asked if isinstance(asked, list) else [asked])
    ]
    return refused if isinstance(asked, list) else refused[0]
