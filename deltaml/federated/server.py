"""The second transport: a central HTTP server. Rounds end by deadline, not by the slowest client.

Clients come and go: they poll for what to do, train as long as they like, and send what they have. Who has fetched a
task is waited for until the deadline; who has not been seen for a while is not waited for at all. A client that joins
late gets the round that is open. The server may be stopped and started again with the same checkpoint.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web

from deltaml.errors import DeltaMLError, InvalidInput, InvalidMessage
from deltaml.federated.checkpoint import resume, save
from deltaml.federated.frames import pack, unpack
from deltaml.federated.helper_desk import HelperDesk
from deltaml.federated.link import NotJoined
from deltaml.federated.masked import require_sizes
from deltaml.federated.reporting import RichProgress, Silence
from deltaml.federated.simulation import Run
from deltaml.learning import (
    Arrays,
    ClientFault,
    FedAvg,
    Federation,
    FederationSettings,
    Layout,
    Strategy,
    checked_evaluation,
    checked_fit,
)
from deltaml.learning.arrays import Floats
from deltaml.learning.federation import ServerEvaluation

POLL_SECONDS = 20.0
MAX_NAME_LENGTH = 80
MAX_WHY_LENGTH = 500


@dataclass(frozen=True)
class ServerOptions:
    """host, port: where to listen (port 0 takes a free one). min_clients: the first round waits for so many, each later
    one for at least one. fit_seconds, evaluate_seconds: the deadlines. gone_seconds: who has nothing to do and does not
    ask for so long is not waited for. linger_seconds: how long the finished model is offered. secret: what clients must
    know to join; None lets everybody in. max_bytes: the largest message. helpers: age recipients of a committee
    of 4, 7 or 10; with them the server never sees an update (see `deltaml.federated.masked`)."""

    host: str = "127.0.0.1"
    port: int = 8480
    min_clients: int = 2
    max_clients: int = 1000
    fit_seconds: float = 60.0
    evaluate_seconds: float = 30.0
    gone_seconds: float = 60.0
    linger_seconds: float = 30.0
    secret: str | None = field(default=None, repr=False)
    max_bytes: int = 1 << 28
    helpers: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        times = (self.fit_seconds, self.evaluate_seconds, self.gone_seconds)
        if min(times) <= 0 or self.min_clients < 1 or self.max_clients < self.min_clients or self.linger_seconds < 0:
            raise InvalidInput(f"wanted positive times and 1 ≤ min_clients ≤ max_clients, got {self}")


@dataclass(eq=False)
class _Member:
    """A client that has joined, and what is known of its whereabouts."""

    name: str
    token: str = field(repr=False)
    seen_at: float
    polls: int = 0
    works_on: int | None = None
    """The version of the task that it took and has not answered; None when it has nothing to do."""


class CentralServer:
    """One run over HTTP. `await run()` serves it to its end.

    initial: where to start; the first client's parameters if None. checkpoint: as in `run_simulation`.
    """

    def __init__(
        self,
        strategy: Strategy | None = None,
        *,
        settings: FederationSettings | None = None,
        options: ServerOptions | None = None,
        initial: Arrays | None = None,
        evaluation: ServerEvaluation | None = None,
        checkpoint: Path | None = None,
        progress: bool = True,
    ) -> None:
        self.options = options or ServerOptions()
        self._strategy = strategy or FedAvg()
        self._settings = settings or FederationSettings()
        self._evaluation = evaluation
        self._checkpoint = checkpoint
        self._progress = progress
        self._federation: Federation | None = None
        self._members: dict[str, _Member] = {}
        self._version = 0
        self._changed = asyncio.Condition()
        self._committee = HelperDesk(self.options.helpers) if self.options.helpers else None
        if initial is not None:
            self._begin(initial)

    # ------------------------------------------------------------------ the run

    async def run(self, on_ready: Callable[[str], None] = lambda url: None) -> Run:
        """Serves until the last round is over and its model was offered; `on_ready` gets the address."""
        app = web.Application(client_max_size=self.options.max_bytes, middlewares=[_errors_as_frames])
        app.add_routes(
            [
                web.get("/v1/hello", self._hello),
                web.post("/v1/join", self._join),
                web.get("/v1/task", self._task),
                web.post("/v1/fit", self._fit),
                web.post("/v1/evaluate", self._evaluate),
                web.post("/v1/fault", self._fault),
                web.get("/v1/status", self._status),
                web.get("/v1/helper/token", self._helper_token),
                web.get("/v1/helper/task", self._helper_task),
                web.post("/v1/helper/sums", self._helper_sums),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self.options.host, self.options.port)
            await site.start()
            host, port = runner.addresses[0][:2]
            on_ready(f"http://{host}:{port}")
            return await self._drive()
        finally:
            await runner.cleanup()

    async def _drive(self) -> Run:
        await self._until(lambda: self._federation is not None and len(self._present()) >= self.options.min_clients)
        federation = self._running()
        done = len(federation.history)
        with RichProgress(self._settings.rounds, done) if self._progress else Silence() as reporter:
            while federation.phase != "done":
                await self._until(lambda: bool(self._present()))
                seconds = await self._play_phase(federation)
                opened = None
                if self._committee is not None and federation.phase == "fit":
                    opened = await self._open_sum(federation, self._committee)
                federation.close_phase({member.name for member in self._members.values()}, seconds, opened)
                self._version = 0  # nothing is handed out until the next phase opens
                if len(federation.history) > done:
                    done = len(federation.history)
                    if self._checkpoint is not None:
                        save(federation, self._checkpoint)
                    reporter.round_done(federation.history.rounds[-1])
        await self._open_task()
        if self._committee is not None:
            self._committee.over = True
            await self._tell()
        await self._until(lambda: self._all_know(federation), self.options.linger_seconds)
        return Run(federation.parameters, federation.history)

    async def _play_phase(self, federation: Federation) -> float:
        clock = asyncio.get_running_loop()
        started = clock.time()
        await self._open_task()
        allowed = self.options.fit_seconds if federation.phase == "fit" else self.options.evaluate_seconds
        await self._until(lambda: bool(federation.answered()) and not self._awaited(federation), allowed)
        return clock.time() - started

    async def _open_sum(self, federation: Federation, desk: HelperDesk) -> Floats | None:
        """The mean of this round's masked updates, or None when there are too few, or too few helpers."""
        self._version = 0  # whoever comes now is too late for this sum
        if desk.begin(federation.number):
            await self._tell()
            await self._until(lambda: desk.mean() is not None, self.options.evaluate_seconds)
        return desk.end()

    async def _open_task(self) -> None:
        async with self._changed:
            # By the clock, so that it never falls when the server is started anew.
            self._version = time.time_ns()
            self._changed.notify_all()

    async def _until(self, condition: Callable[[], bool], seconds: float | None = None) -> None:
        """Waits for a condition that clients' requests, or their silence, make true; at most so long."""
        clock = asyncio.get_running_loop()
        deadline = None if seconds is None else clock.time() + seconds
        while not condition():
            # Somebody's silence makes no sound: look once a second, or more often where times are short.
            pause = min(1.0, self.options.gone_seconds / 4)
            if deadline is not None:
                pause = min(pause, deadline - clock.time())
            if pause <= 0:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause), self._changed:
                    await self._changed.wait()

    def _present(self) -> list[_Member]:
        """Who has nothing to do, and polls now or was heard of lately."""
        return [m for m in self._members.values() if m.works_on is None and self._is_around(m)]

    def _is_around(self, member: _Member) -> bool:
        silent = asyncio.get_running_loop().time() - member.seen_at
        return bool(member.polls) or silent < self.options.gone_seconds

    def _awaited(self, federation: Federation) -> list[_Member]:
        """Who works on this task, and who is about to fetch it; when all is over, who works on an old one."""
        answered, over = federation.answered(), federation.phase == "done"
        busy = [member for member in self._members.values() if member.works_on is not None]
        working = [member for member in busy if (member.works_on == self._version) != over]
        return [member for member in (*working, *self._present()) if member.name not in answered]

    def _all_know(self, federation: Federation) -> bool:
        """Whether clients and helpers have heard that it is over."""
        return not self._awaited(federation) and not (self._committee is not None and self._committee.at_work)

    def _begin(self, initial: Arrays) -> None:
        if self.options.helpers:
            self._require_maskable(Layout.of(initial))
        self._federation = Federation(self._strategy, initial, self._settings, self._evaluation)
        if self._checkpoint is not None:
            resume(self._federation, self._checkpoint)

    def _require_maskable(self, layout: Layout) -> None:
        self._strategy.require_lock()
        require_sizes(layout.size, self._strategy.clip_norm, self.options.max_clients)
        if self._settings.max_staleness or self._strategy.direction(np.zeros(layout.size)) is not None:
            raise InvalidInput("masked updates can't be late, nor be scored by a central server's helpers")

    def _running(self) -> Federation:
        if self._federation is None:
            raise web.HTTPConflict(text="the run has not begun: the first client must bring parameters")
        return self._federation

    # ------------------------------------------------------------------ requests
    # Cancelled when the client hangs up: between two awaits a handler leaves everything whole.

    async def _hello(self, request: web.Request) -> web.Response:
        wants = {"wants_parameters": self._federation is None, "wants_secret": self.options.secret is not None}
        return _answer({**wants, "helpers": list(self.options.helpers)})

    async def _join(self, request: web.Request) -> web.Response:
        if self.options.secret is not None and not _equal(_bearer(request), self.options.secret):
            raise web.HTTPUnauthorized(text="joining this server takes a secret, and this is not it")
        head, arrays = unpack(await request.read())
        name = head.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
            raise InvalidMessage(f"a client's name is a printable text of 1 to {MAX_NAME_LENGTH} characters")
        known = {member.name: token for token, member in self._members.items()}
        if name in known and self._is_around(self._members[known[name]]):
            # Not a no: who was cut off and starts again is let in when the old one has been silent long enough.
            raise web.HTTPServiceUnavailable(text=f"there is a client {name!r} already")
        if len(self._members) >= self.options.max_clients and name not in known:
            raise web.HTTPServiceUnavailable(text=f"there are {len(self._members)} clients already")
        if self._federation is None:
            Layout.of(arrays)
            self._begin(arrays)
        self._members.pop(known.get(name, ""), None)
        token = secrets.token_urlsafe(32)
        self._members[token] = _Member(name, token, asyncio.get_running_loop().time())
        await self._tell()
        return _answer({"token": token})

    async def _task(self, request: web.Request) -> web.Response:
        member = self._member(request)
        member.works_on = None
        after = int(request.query["after"]) if request.query.get("after", "").isdigit() else -1
        member.polls += 1
        await self._tell()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS), self._changed:
                    await self._changed.wait_for(lambda: self._version > max(after, 0))
        finally:
            member.polls -= 1
        member.seen_at = asyncio.get_running_loop().time()
        if self._version <= max(after, 0):
            return _answer({"phase": "wait", "version": after})
        federation, version = self._running(), self._version
        member.works_on = version
        await self._tell()
        task = federation.task
        config = task.config | ({"weigh_by": self._settings.weigh_by} if self.options.helpers else {})
        head = {"phase": task.phase, "number": task.number, "config": config, "version": version}
        return _answer(head, federation.layout.unflatten(task.parameters))

    async def _fit(self, request: web.Request) -> web.Response:
        member, federation = self._member(request), self._running()
        head, arrays = await self._message(request, member)
        if self._committee is not None:
            if self._version == 0:
                raise web.HTTPConflict(text="too late: the helpers are adding up")
            update = self._committee.checked(head, arrays, federation.layout.size)
            federation.receive_hidden(member.name, _number(head), update.weight)
            self._committee.updates[member.name] = update
            await self._tell()
            return _answer({})
        try:
            result = checked_fit(federation.layout, (arrays, head.get("num_examples"), head.get("metrics")))
        except InvalidInput as error:
            return await self._refused(member, _number(head), "fit", error)
        federation.receive_fit(member.name, _number(head), result)
        await self._tell()
        return _answer({})

    async def _evaluate(self, request: web.Request) -> web.Response:
        member, federation = self._member(request), self._running()
        head, _ = await self._message(request, member)
        try:
            result = checked_evaluation((head.get("loss"), head.get("num_examples"), head.get("metrics")))
        except InvalidInput as error:
            return await self._refused(member, _number(head), "evaluate", error)
        federation.receive_evaluation(member.name, _number(head), result)
        await self._tell()
        return _answer({})

    async def _fault(self, request: web.Request) -> web.Response:
        member, federation = self._member(request), self._running()
        head, _ = await self._message(request, member)
        if _number(head) == federation.number and head.get("phase") == federation.phase:
            federation.fail(member.name, str(head.get("why", ""))[:MAX_WHY_LENGTH])
            await self._tell()
        return _answer({})

    async def _status(self, request: web.Request) -> web.Response:
        """For people and scripts, as JSON: how far the run is, and its table."""
        if self.options.secret is not None and not _equal(_bearer(request), self.options.secret):
            raise web.HTTPUnauthorized(text="the status of this server takes its secret")
        federation = self._federation
        status: dict[str, Any] = {
            "clients": sorted(m.name for m in self._members.values() if self._is_around(m)),
            "phase": "joining",
            "rounds": [],
        }
        if federation is not None:
            status |= {"phase": federation.phase, "round": federation.number, "rounds": federation.history.table()}
        return web.json_response(status)

    async def _helper_token(self, request: web.Request) -> web.Response:
        return _answer({"sealed": self._desk().token(request.query.get("seat", ""))})

    async def _helper_task(self, request: web.Request) -> web.Response:
        desk, after = self._desk(), request.query.get("after", "")
        seat = desk.seat_of(_bearer(request))
        known = int(after) if after.isdigit() else 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS), self._changed:
                await self._changed.wait_for(lambda: desk.over or desk.version > known)
        answer = desk.task(seat, known)
        await self._tell()
        return _answer(answer)

    async def _helper_sums(self, request: web.Request) -> web.Response:
        desk = self._desk()
        seat = desk.seat_of(_bearer(request))
        head, arrays = unpack(await request.read())
        desk.receive(seat, head, arrays)
        await self._tell()
        return _answer({})

    # ------------------------------------------------------------------ inside

    def _desk(self) -> HelperDesk:
        if self._committee is None:
            raise web.HTTPNotFound(text="this server has no helpers")
        return self._committee

    def _member(self, request: web.Request) -> _Member:
        member = self._members.get(_bearer(request))
        if member is None:
            raise web.HTTPUnauthorized(text="this server does not know you: join first")
        member.seen_at = asyncio.get_running_loop().time()
        return member

    async def _message(self, request: web.Request, member: _Member) -> tuple[dict[str, Any], Arrays]:
        body = await request.read()
        member.seen_at, member.works_on = asyncio.get_running_loop().time(), None
        await self._tell()
        return unpack(body)

    async def _refused(self, member: _Member, number: int, method: str, error: InvalidInput) -> web.Response:
        """What a client sent may not be used: recorded under its name, and told to it."""
        federation = self._running()
        if number == federation.number and method == federation.phase:
            federation.fail(member.name, str(error))
            await self._tell()
        raise web.HTTPUnprocessableEntity(text=str(ClientFault(member.name, number, method, str(error))))

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@web.middleware
async def _errors_as_frames(
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


def _answer(head: dict[str, Any], arrays: Arrays | None = None) -> web.Response:
    return web.Response(body=pack(head, arrays or []), content_type="application/octet-stream")


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))


def _number(head: dict[str, Any]) -> int:
    number = head.get("number")
    if type(number) is not int:
        raise InvalidMessage("a message says which round it is for")
    return number
