"""Figures that oracles and agents have in common (Prometheus).

Endpoints have numbers here, in the order they were given: their addresses may carry keys.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from deltaml.chain import Block, NodeReport
from deltaml.storage import EndpointReport

TICK_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


@dataclass(frozen=True)
class ProcessMetrics:
    """What is counted of every process; those with more to show add to it. Made by `create`."""

    registry: CollectorRegistry
    ticks: Counter
    failures: Counter
    last_tick: Gauge
    tick_seconds: Histogram
    head_block: Gauge
    head_age: Gauge
    balance: Gauge
    rounds_left: Gauge

    @classmethod
    def create(cls) -> "ProcessMetrics":
        registry = CollectorRegistry()
        return cls(registry, **common_metrics(registry))

    def ticked(self, block: Block, seconds: float) -> None:
        """A tick that took so long has read this block."""
        now = time.time()
        self.ticks.inc()
        self.last_tick.set(now)
        self.tick_seconds.observe(seconds)
        self.head_block.set(block.number)
        self.head_age.set(now - block.timestamp)


def common_metrics(registry: CollectorRegistry) -> dict[str, Any]:
    """The fields of ProcessMetrics but the registry."""

    def gauge(name: str, says: str) -> Gauge:
        return Gauge(f"deltaml_{name}", says, registry=registry)

    return {
        "ticks": Counter("deltaml_ticks", "Looks at the chain that were finished", registry=registry),
        "failures": Counter("deltaml_failures", "Ticks cut short, by cause", ["cause"], registry=registry),
        "last_tick": gauge("last_tick_seconds", "When the last tick was finished, Unix time"),
        "tick_seconds": Histogram(
            "deltaml_tick_seconds", "How long ticks take", buckets=TICK_BUCKETS, registry=registry
        ),
        "head_block": gauge("head_block", "Number of the block that the last tick read"),
        "head_age": gauge("head_age_seconds", "How old that block was by this machine's clock"),
        "balance": gauge("balance_wei", "Ether of the account that pays for gas"),
        "rounds_left": gauge("rounds_left", "Rounds of one task that the balance pays at today's gas price"),
    }


class Endpoints(Collector):
    """Failures of RPC nodes and IPFS endpoints, read when somebody asks."""

    def __init__(
        self,
        nodes: Callable[[], Sequence[NodeReport]],
        stores: Callable[[], Sequence[EndpointReport]],
    ) -> None:
        self._nodes = nodes
        self._stores = stores

    def collect(self) -> Iterator[Metric]:
        rpc = CounterMetricFamily("deltaml_rpc_failures", "Failures of each RPC node", labels=["endpoint"])
        serves = GaugeMetricFamily("deltaml_rpc_serves", "1 for the RPC node that is read now", labels=["endpoint"])
        for index, node in enumerate(self._nodes()):
            rpc.add_metric([str(index)], node.failures)
            serves.add_metric([str(index)], node.serves)
        ipfs = CounterMetricFamily(
            "deltaml_ipfs_failures", "Failed requests of each IPFS endpoint", labels=["endpoint"]
        )
        for index, store in enumerate(self._stores()):
            ipfs.add_metric([str(index)], store.failures)
        yield from (rpc, serves, ipfs)
