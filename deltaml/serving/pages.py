"""/metrics and /health over HTTP. They tell no secret, and are meant for the operator's own network all the same."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from deltaml.errors import InvalidInput
from deltaml.serving.health import Health


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Scrapes are not news."""


@contextmanager
def served(host: str, port: int, registry: CollectorRegistry, health: Health) -> Iterator[None]:
    """Inside, answers in threads of its own; a port of 0 is for nothing. Raises InvalidInput when the port can't be
    had."""
    if not port:
        yield
        return
    server = _start(host, port, registry, health)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _start(host: str, port: int, registry: CollectorRegistry, health: Health) -> WSGIServer:
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/metrics":
            return metrics(environ, start)
        if environ.get("PATH_INFO") != "/health":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"there are /metrics and /health\n"]
        well, said = health()
        start("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(said).encode() + b"\n"]

    try:
        server = make_server(host, port, answer, ThreadingWSGIServer, _Quiet)
    except OSError as error:
        raise InvalidInput(
            f"can't serve metrics on {host}:{port}: {error.strerror}; choose another --metrics-port"
        ) from error
    threading.Thread(target=server.serve_forever, name="pages", daemon=True).start()
    return server
