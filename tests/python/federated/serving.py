"""A server in a thread of this process and clients in others."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from deltaml.federated import Run, connect
from deltaml.federated.server import CentralServer
from deltaml.federated.server_options import ServerOptions

PATIENCE_SECONDS = 60


def options(**changes: Any) -> ServerOptions:
    """Times for a busy machine: nothing ends by deadline unless a test says so."""
    return ServerOptions(
        **({"port": 0, "fit_seconds": 60.0, "evaluate_seconds": 60.0, "linger_seconds": 10.0} | changes)
    )


@dataclass
class Served:
    """A server that runs; `result()` waits for the end of its run."""

    url: str
    run: "Future[Run]"
    pool: ThreadPoolExecutor

    def result(self) -> Run:
        return self.run.result(PATIENCE_SECONDS)

    def join(self, client: Any, name: str, patience_seconds: float = 1.0, **options: Any) -> "Future[Any]":
        """A client in a thread of its own."""
        return self.pool.submit(connect, self.url, client, name, patience_seconds=patience_seconds, **options)


@contextmanager
def serving(make: Callable[[], CentralServer]) -> Iterator[Served]:
    """Serves until the block ends; then whatever still runs is stopped."""
    ready: Future[str] = Future()
    loop_of: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Run]]] = Future()

    async def body() -> Run:
        task = asyncio.ensure_future(make().run(ready.set_result))
        loop_of.set_result((asyncio.get_running_loop(), task))
        return await task

    run: Future[Run] = Future()

    def thread() -> None:
        try:
            run.set_result(asyncio.run(body()))
        except BaseException as error:
            run.set_exception(error)
            if not ready.done():
                ready.set_exception(error)

    worker = threading.Thread(target=thread, daemon=True)
    worker.start()
    pool = ThreadPoolExecutor(16)
    try:
        yield Served(ready.result(PATIENCE_SECONDS), run, pool)
    finally:
        loop, task = loop_of.result(PATIENCE_SECONDS)
        if not run.done():
            loop.call_soon_threadsafe(task.cancel)
        worker.join(PATIENCE_SECONDS)
        pool.shutdown(wait=False, cancel_futures=False)
