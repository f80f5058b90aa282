"""The second transport: a central HTTP server. Rounds end by deadline, not by the slowest client.

Clients come and go: they poll for what to do, train as long as they like, and send what they have. Who has fetched a
task is waited for until the deadline; who has not been seen for a while is not waited for at all. A client that joins
late gets the round that is open. The server may be stopped and started again with the same checkpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from deltaml.federated.answers import errors_as_text
from deltaml.federated.checkpoint import save
from deltaml.federated.handlers import Handlers
from deltaml.federated.helper_desk import HelperDesk
from deltaml.federated.reporting import RichProgress, Silence
from deltaml.federated.server_options import ServerOptions
from deltaml.federated.shared_run import SharedRun
from deltaml.federated.simulation import Run
from deltaml.learning import Arrays, FedAvg, Federation, FederationSettings, Strategy
from deltaml.learning.arrays import Floats
from deltaml.learning.federation import ServerEvaluation


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
        self._checkpoint = checkpoint
        self._progress = progress
        self._run = SharedRun(
            strategy or FedAvg(), settings or FederationSettings(), self.options, evaluation, checkpoint
        )
        if initial is not None:
            self._run.begin(initial)

    async def run(self, on_ready: Callable[[str], None] = lambda url: None) -> Run:
        """Serves until the last round is over and its model was offered; `on_ready` gets the address."""
        app = web.Application(client_max_size=self.options.max_bytes, middlewares=[errors_as_text])
        app.add_routes(Handlers(self._run).routes())
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

    def _may_begin(self) -> bool:
        return self._run.federation is not None and len(self._run.attendance.present()) >= self.options.min_clients

    async def _drive(self) -> Run:
        await self._run.until(self._may_begin)
        federation = self._run.running()
        done = len(federation.history)
        with RichProgress(self._run.settings.rounds, done) if self._progress else Silence() as reporter:
            while federation.phase != "done":
                await self._run.until(lambda: bool(self._run.attendance.present()))
                seconds = await self._play_phase(federation)
                opened = None
                if self._run.committee is not None and federation.phase == "fit":
                    opened = await self._open_sum(federation, self._run.committee)
                federation.close_phase(self._run.attendance.names, seconds, opened)
                self._run.close_task()
                if len(federation.history) > done:
                    done = len(federation.history)
                    if self._checkpoint is not None:
                        save(federation, self._checkpoint)
                    reporter.round_done(federation.history.rounds[-1])
        await self._run.open_task()
        if self._run.committee is not None:
            self._run.committee.over = True
            await self._run.ring()
        await self._run.until(lambda: self._run.all_know(federation), self.options.linger_seconds)
        return Run(federation.parameters, federation.history)

    async def _play_phase(self, federation: Federation) -> float:
        clock = asyncio.get_running_loop()
        started = clock.time()
        await self._run.open_task()
        allowed = self.options.fit_seconds if federation.phase == "fit" else self.options.evaluate_seconds
        await self._run.until(lambda: bool(federation.answered()) and not self._run.awaited(federation), allowed)
        return clock.time() - started

    async def _open_sum(self, federation: Federation, desk: HelperDesk) -> Floats | None:
        """The mean of this round's masked updates, or None when there are too few, or too few helpers."""
        self._run.close_task()
        if desk.begin(federation.number):
            await self._run.ring()
            await self._run.until(lambda: desk.mean() is not None, self.options.evaluate_seconds)
        return desk.end()
