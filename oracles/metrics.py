"""What an operator watches (Prometheus)."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


@dataclass(frozen=True)
class Metrics:
    registry: CollectorRegistry
    ticks: Counter
    acts: Counter
    failures: Counter
    last_tick: Gauge
    tick_seconds: Histogram

    @classmethod
    def create(cls) -> "Metrics":
        registry = CollectorRegistry()
        return cls(
            registry,
            Counter("deltaml_ticks", "Looks at the chain that were finished", registry=registry),
            Counter("deltaml_acts", "Transactions sent, by action", ["action"], registry=registry),
            Counter("deltaml_failures", "Ticks cut short, by cause", ["cause"], registry=registry),
            Gauge("deltaml_last_tick_seconds", "When the last tick was finished", registry=registry),
            Histogram("deltaml_tick_seconds", "How long ticks take", registry=registry),
        )
