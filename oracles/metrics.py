"""What an operator watches (Prometheus). Endpoints have numbers here, in the order they were given: their addresses may
carry keys."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from deltaml.chain import NodeReport
from deltaml.storage import EndpointReport

TICK_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


@dataclass(frozen=True)
class Metrics:
    registry: CollectorRegistry
    ticks: Counter
    acts: Counter
    failures: Counter
    last_tick: Gauge
    last_act: Gauge
    tick_seconds: Histogram
    tasks: Gauge
    head_block: Gauge
    head_age: Gauge
    balance: Gauge
    rounds_left: Gauge
    replicated: Counter
    pinned_bytes: Gauge

    @classmethod
    def create(cls) -> "Metrics":
        registry = CollectorRegistry()

        def gauge(name: str, says: str, labels: Sequence[str] = ()) -> Gauge:
            return Gauge(f"deltaml_{name}", says, labels, registry=registry)

        def counter(name: str, says: str, labels: Sequence[str] = ()) -> Counter:
            return Counter(f"deltaml_{name}", says, labels, registry=registry)

        return cls(
            registry,
            ticks=counter("ticks", "Looks at the chain that were finished"),
            acts=counter("acts", "Transactions sent, by action", ["action"]),
            failures=counter("failures", "Ticks cut short, by cause", ["cause"]),
            last_tick=gauge("last_tick_seconds", "When the last tick was finished, Unix time"),
            last_act=gauge("last_act_seconds", "When the last transaction of ours was mined, Unix time"),
            tick_seconds=Histogram(
                "deltaml_tick_seconds", "How long ticks take", buckets=TICK_BUCKETS, registry=registry
            ),
            tasks=gauge("tasks", "Tasks of this member's committees that are not over, by status", ["status"]),
            head_block=gauge("head_block", "Number of the block that the last tick read"),
            head_age=gauge("head_age_seconds", "How old that block was by this machine's clock"),
            balance=gauge("balance_wei", "Ether of the account that pays for gas"),
            rounds_left=gauge("rounds_left", "Rounds of one task that the balance pays at today's gas price"),
            replicated=counter("replicated", "Blocks given to an IPFS endpoint that lacked them"),
            pinned_bytes=gauge("pinned_bytes", "What is kept of running tasks on each IPFS endpoint"),
        )


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
