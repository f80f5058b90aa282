"""Whether the process does its work: one JSON answer for load balancers, containers and people."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MAX_HEAD_AGE_SECONDS = 180.0
LEAST_ROUNDS = 10
MISSED_TICKS = 10
LEAST_PATIENCE_SECONDS = 120.0


@dataclass
class Vitals:
    """The last signs of life; times are Unix seconds by this machine's clock, but for returned_at, when the last tick
    came back, well or not, by the clock that never jumps. busy_until: no tick is expected before, work that takes long
    is at hand. problem: what keeps the process from its work, though it runs."""

    started_at: float = field(default_factory=time.time)
    ticked_at: float | None = None
    head_age_seconds: float | None = None
    ipfs_problem: str | None = None
    rounds_left: int | None = None
    busy_until: float = 0.0
    problem: str | None = None
    returned_at: float = field(default_factory=time.monotonic)

    def ticked(self, block_timestamp: int) -> None:
        """A tick was finished that read a block of that time."""
        self.ticked_at = time.time()
        self.head_age_seconds = round(self.ticked_at - block_timestamp, 1)


def health(vitals: Vitals, tick_seconds: float, now: float) -> tuple[bool, dict[str, Any]]:
    """Whether all is well, and what is said: a fact each, and the problems in words."""
    since = now - (vitals.ticked_at or vitals.started_at)
    patience = max(LEAST_PATIENCE_SECONDS, MISSED_TICKS * tick_seconds)
    problems = []
    if since > patience and now > vitals.busy_until:
        problems.append(f"no tick was finished for {since:.0f} s, expected one every {tick_seconds:g} s")
    if vitals.head_age_seconds is not None and vitals.head_age_seconds > MAX_HEAD_AGE_SECONDS:
        problems.append(
            f"the newest block is {vitals.head_age_seconds:.0f} s old: the node lags, or this clock is wrong"
        )
    if vitals.problem is not None:
        problems.append(vitals.problem)
    if vitals.ipfs_problem is not None:
        problems.append(f"IPFS: {vitals.ipfs_problem}")
    if vitals.rounds_left is not None and vitals.rounds_left < LEAST_ROUNDS:
        problems.append(f"the account pays for {vitals.rounds_left} more rounds of gas, send it ether")
    return not problems, {
        "ok": not problems,
        "problems": problems,
        "seconds_since_tick": None if vitals.ticked_at is None else round(since, 1),
        "head_age_seconds": vitals.head_age_seconds,
        "rounds_left": vitals.rounds_left,
    }


Health = Callable[[], tuple[bool, dict[str, Any]]]
