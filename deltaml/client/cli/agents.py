"""How agents run: tick after tick, watched by whoever asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Protocol

import typer

from deltaml.client.pulse import Pulse
from deltaml.connection import Session
from deltaml.serving import Endpoints, Purse, health, served
from deltaml.storage import Replicas

PURSE_SECONDS = 60.0

Confirmations = Annotated[
    int, typer.Option(envvar="DELTAML_CONFIRMATIONS", min=0, help="blocks on top of what counts as having happened")
]


class Agent(Protocol):
    def tick(self) -> bool: ...


def work(agent: Agent, tick_seconds: float, meanwhile: Callable[[], None] | None = None) -> None:
    """Ticks an agent until it has nothing left to do; `meanwhile` is called between ticks."""
    while not agent.tick():
        if meanwhile is not None:
            meanwhile()
        time.sleep(tick_seconds)


@dataclass(frozen=True)
class Watch:
    """How an agent is watched. port: of /metrics and /health on `host`, 0 for neither. round_gas: what a round of its
    task costs it."""

    host: str
    port: int
    tick_seconds: float
    round_gas: int
    pulse: Pulse = field(default_factory=Pulse)

    def work(self, agent: Agent, session: Session, store: Replicas) -> None:
        """Works as `work` does, and answers. Raises InvalidInput when the port can't be had."""
        if not self.port:
            work(agent, self.tick_seconds)
            return
        metrics, vitals = self.pulse.metrics, self.pulse.vitals
        metrics.registry.register(Endpoints(session.nodes, store.report))
        purse = Purse(session.chain, session.account, self.round_gas, metrics, vitals)
        with served(self.host, self.port, metrics.registry, lambda: health(vitals, self.tick_seconds, time.time())):
            work(agent, self.tick_seconds, _now_and_then(purse.look))


def _now_and_then(look: Callable[[], None]) -> Callable[[], None]:
    """Calls it at most once in PURSE_SECONDS."""
    last = float("-inf")

    def meanwhile() -> None:
        nonlocal last
        if time.monotonic() >= last + PURSE_SECONDS:
            last = time.monotonic()
            look()

    return meanwhile
