"""What an operator watches (Prometheus), beside what every process shows."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge

from deltaml.serving import ProcessMetrics
from deltaml.serving.metrics import common_metrics


@dataclass(frozen=True)
class Metrics(ProcessMetrics):
    acts: Counter
    last_act: Gauge
    tasks: Gauge
    replicated: Counter
    pinned_bytes: Gauge

    @classmethod
    def create(cls) -> "Metrics":
        registry = CollectorRegistry()
        return cls(
            registry,
            **common_metrics(registry),
            acts=Counter("deltaml_acts", "Transactions sent, by action", ["action"], registry=registry),
            last_act=Gauge(
                "deltaml_last_act_seconds", "When the last transaction of ours was mined, Unix time", registry=registry
            ),
            tasks=Gauge(
                "deltaml_tasks",
                "Tasks of this member's committees that are not over, by status",
                ["status"],
                registry=registry,
            ),
            replicated=Counter(
                "deltaml_replicated", "Blocks given to an IPFS endpoint that lacked them", registry=registry
            ),
            pinned_bytes=Gauge(
                "deltaml_pinned_bytes", "What is kept of running tasks on each IPFS endpoint", registry=registry
            ),
        )
