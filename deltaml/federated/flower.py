"""Clients of ours inside Flower. The other way needs no adapter: Flower's NumPyClient objects run here as they are.

Needs the extra `flower`, which pins one version of flwr: its interfaces move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flwr.client import NumPyClient
from flwr.common import Context

from deltaml.learning import Arrays, Client, Config, Metrics, require_client


class FlowerClient(NumPyClient):
    """A client of ours with Flower's base class."""

    def __init__(self, client: Client) -> None:
        require_client(type(client).__name__, client)
        self._client = client

    def get_parameters(self, config: Config) -> Arrays:
        return self._client.get_parameters(config)

    def fit(self, parameters: Arrays, config: Config) -> tuple[Arrays, int, Metrics]:
        return self._client.fit(parameters, config)

    def evaluate(self, parameters: Arrays, config: Config) -> tuple[float, int, Metrics]:
        loss, num_examples, metrics = self._client.evaluate(parameters, config)
        return float(loss), num_examples, metrics


def client_fn(make: Callable[[Context], Client]) -> Callable[[Context], Any]:
    """What `flwr.client.ClientApp(client_fn=…)` wants, from a function that makes a client of ours for a context."""

    def build(context: Context) -> Any:
        return FlowerClient(make(context)).to_client()

    return build
