"""What a central server's loop and its requests share: the federation, who is there, the open task, and a bell."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from aiohttp import web

from deltaml.errors import InvalidInput
from deltaml.federated.attendance import Attendance, Member
from deltaml.federated.checkpoint import resume
from deltaml.federated.helper_desk import HelperDesk
from deltaml.federated.masked import require_sizes
from deltaml.federated.server_options import ServerOptions
from deltaml.learning import Arrays, Federation, FederationSettings, Layout, Strategy
from deltaml.learning.federation import ServerEvaluation


class SharedRun:
    """version: of the task that is handed out; 0 when none is. `changed` rings whenever something may have become true
    that somebody waits for."""

    def __init__(
        self,
        strategy: Strategy,
        settings: FederationSettings,
        options: ServerOptions,
        evaluation: ServerEvaluation | None,
        checkpoint: Path | None,
    ) -> None:
        self.options = options
        self.settings = settings
        self.attendance = Attendance(options.gone_seconds)
        self.committee = HelperDesk(options.helpers) if options.helpers else None
        self.federation: Federation | None = None
        self.version = 0
        self.changed = asyncio.Condition()
        self._strategy = strategy
        self._evaluation = evaluation
        self._checkpoint = checkpoint

    def begin(self, initial: Arrays) -> None:
        """Starts from these parameters, or goes on from the checkpoint. Raises InvalidInput for what can't be run."""
        if self.options.helpers:
            self._require_maskable(Layout.of(initial))
        self.federation = Federation(self._strategy, initial, self.settings, self._evaluation)
        if self._checkpoint is not None:
            resume(self.federation, self._checkpoint)

    def running(self) -> Federation:
        """Raises HTTPConflict before there is one."""
        if self.federation is None:
            raise web.HTTPConflict(text="the run has not begun: the first client must bring parameters")
        return self.federation

    async def open_task(self) -> None:
        # By the clock, so that it never falls when the server is started anew.
        self.version = time.time_ns()
        await self.ring()

    def close_task(self) -> None:
        """Nothing is handed out, and nothing taken for a masked sum, until the next one opens."""
        self.version = 0

    async def ring(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, condition: Callable[[], bool], seconds: float | None = None) -> None:
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
                async with asyncio.timeout(pause), self.changed:
                    await self.changed.wait()

    def awaited(self, federation: Federation) -> list[Member]:
        """Who works on this task, and who is about to fetch it; when all is over, who works on an old one."""
        answered, over = federation.answered(), federation.phase == "done"
        working = [member for member in self.attendance.busy() if (member.works_on == self.version) != over]
        return [member for member in (*working, *self.attendance.present()) if member.name not in answered]

    def all_know(self, federation: Federation) -> bool:
        """Whether clients and helpers have heard that it is over."""
        return not self.awaited(federation) and not (self.committee is not None and self.committee.at_work)

    def _require_maskable(self, layout: Layout) -> None:
        self._strategy.require_lock()
        require_sizes(layout.size, self._strategy.clip_norm, self.options.max_clients)
        if self.settings.max_staleness or self._strategy.direction(np.zeros(layout.size)) is not None:
            raise InvalidInput("masked updates can't be late, nor be scored by a central server's helpers")
