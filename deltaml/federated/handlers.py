"""What a central server answers. A handler is cancelled when its client hangs up: between two awaits it leaves
everything whole."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiohttp import web

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.federated.answers import answer, bearer, equal, number
from deltaml.federated.attendance import Member
from deltaml.federated.frames import unpack
from deltaml.federated.helper_desk import HelperDesk
from deltaml.federated.shared_run import SharedRun
from deltaml.learning import Arrays, ClientFault, Layout, checked_evaluation, checked_fit

POLL_SECONDS = 20.0
MAX_NAME_LENGTH = 80
MAX_WHY_LENGTH = 500


class Handlers:
    """The requests of one run's clients and helpers."""

    def __init__(self, run: SharedRun) -> None:
        self._run = run

    def routes(self) -> list[web.RouteDef]:
        return [
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

    async def _hello(self, request: web.Request) -> web.Response:
        wants = {"wants_parameters": self._run.federation is None, "wants_secret": self._run.options.secret is not None}
        return answer({**wants, "helpers": list(self._run.options.helpers)})

    async def _join(self, request: web.Request) -> web.Response:
        if self._run.options.secret is not None and not equal(bearer(request), self._run.options.secret):
            raise web.HTTPUnauthorized(text="joining this server takes a secret, and this is not it")
        head, arrays = unpack(await request.read())
        name = head.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
            raise InvalidMessage(f"a client's name is a printable text of 1 to {MAX_NAME_LENGTH} characters")
        attendance = self._run.attendance
        known = attendance.named(name)
        if known is not None and attendance.is_around(known):
            # Not a no: who was cut off and starts again is let in when the old one has been silent long enough.
            raise web.HTTPServiceUnavailable(text=f"there is a client {name!r} already")
        if len(attendance) >= self._run.options.max_clients and known is None:
            raise web.HTTPServiceUnavailable(text=f"there are {len(attendance)} clients already")
        if self._run.federation is None:
            Layout.of(arrays)
            self._run.begin(arrays)
        member = attendance.join(name)
        await self._run.ring()
        return answer({"token": member.token})

    async def _task(self, request: web.Request) -> web.Response:
        member = self._member(request)
        member.works_on = None
        after = int(request.query["after"]) if request.query.get("after", "").isdigit() else -1
        member.polls += 1
        await self._run.ring()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS), self._run.changed:
                    await self._run.changed.wait_for(lambda: self._has_task_for(member, after))
        finally:
            member.polls -= 1
        member.seen()
        if not self._has_task_for(member, after):
            return answer({"phase": "wait", "version": after})
        federation, version = self._run.running(), self._run.version
        member.works_on = version
        await self._run.ring()
        task = federation.task
        config = task.config | ({"weigh_by": self._run.settings.weigh_by} if self._run.options.helpers else {})
        head = {"phase": task.phase, "number": task.number, "config": config, "version": version}
        return answer(head, federation.layout.unflatten(task.parameters))

    def _has_task_for(self, member: Member, after: int) -> bool:
        if self._run.version <= max(after, 0):
            return False
        federation = self._run.running()
        # An answer may come before its task was asked for, from a client of the server's earlier life. Busy with the
        # same work again, he would not be waited for in the next phase.
        return federation.phase == "done" or member.name not in federation.answered()

    async def _fit(self, request: web.Request) -> web.Response:
        member, federation = self._member(request), self._run.running()
        head, arrays = await self._message(request, member)
        if self._run.committee is not None:
            if self._run.version == 0:
                raise web.HTTPConflict(text="too late: the helpers are adding up")
            update = self._run.committee.checked(head, arrays, federation.layout.size)
            federation.receive_hidden(member.name, number(head), update.weight)
            self._run.committee.updates[member.name] = update
            await self._run.ring()
            return answer({})
        try:
            result = checked_fit(federation.layout, (arrays, head.get("num_examples"), head.get("metrics")))
        except InvalidInput as error:
            return await self._refused(member, number(head), "fit", error)
        federation.receive_fit(member.name, number(head), result)
        await self._run.ring()
        return answer({})

    async def _evaluate(self, request: web.Request) -> web.Response:
        member, federation = self._member(request), self._run.running()
        head, _ = await self._message(request, member)
        try:
            result = checked_evaluation((head.get("loss"), head.get("num_examples"), head.get("metrics")))
        except InvalidInput as error:
            return await self._refused(member, number(head), "evaluate", error)
        federation.receive_evaluation(member.name, number(head), result)
        await self._run.ring()
        return answer({})

    async def _fault(self, request: web.Request) -> web.Response:
        member, federation = self._member(request), self._run.running()
        head, _ = await self._message(request, member)
        if number(head) == federation.number and head.get("phase") == federation.phase:
            federation.fail(member.name, str(head.get("why", ""))[:MAX_WHY_LENGTH])
            await self._run.ring()
        return answer({})

    async def _status(self, request: web.Request) -> web.Response:
        """For people and scripts, as JSON: how far the run is, and its table."""
        if self._run.options.secret is not None and not equal(bearer(request), self._run.options.secret):
            raise web.HTTPUnauthorized(text="the status of this server takes its secret")
        federation = self._run.federation
        status: dict[str, Any] = {
            "clients": self._run.attendance.names_around,
            "phase": "joining",
            "rounds": [],
        }
        if federation is not None:
            status |= {"phase": federation.phase, "round": federation.number, "rounds": federation.history.table()}
        return web.json_response(status)

    async def _helper_token(self, request: web.Request) -> web.Response:
        return answer({"sealed": self._desk().token(request.query.get("seat", ""))})

    async def _helper_task(self, request: web.Request) -> web.Response:
        desk, after = self._desk(), request.query.get("after", "")
        seat = desk.seat_of(bearer(request))
        known = int(after) if after.isdigit() else 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS), self._run.changed:
                await self._run.changed.wait_for(lambda: desk.over or desk.version > known)
        asked = desk.task(seat, known)
        await self._run.ring()
        return answer(asked)

    async def _helper_sums(self, request: web.Request) -> web.Response:
        desk = self._desk()
        seat = desk.seat_of(bearer(request))
        head, arrays = unpack(await request.read())
        desk.receive(seat, head, arrays)
        await self._run.ring()
        return answer({})

    def _desk(self) -> HelperDesk:
        if self._run.committee is None:
            raise web.HTTPNotFound(text="this server has no helpers")
        return self._run.committee

    def _member(self, request: web.Request) -> Member:
        return self._run.attendance.member(bearer(request))

    async def _message(self, request: web.Request, member: Member) -> tuple[dict[str, Any], Arrays]:
        body = await request.read()
        member.seen()
        member.works_on = None
        await self._run.ring()
        return unpack(body)

    async def _refused(self, member: Member, in_round: int, method: str, error: InvalidInput) -> web.Response:
        """What a client sent may not be used: recorded under its name, and told to it."""
        federation = self._run.running()
        if in_round == federation.number and method == federation.phase:
            federation.fail(member.name, str(error))
            await self._run.ring()
        raise web.HTTPUnprocessableEntity(text=str(ClientFault(member.name, in_round, method, str(error))))
