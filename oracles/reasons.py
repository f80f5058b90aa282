"""Says why nothing (or something) is done: when the reason changes, and again now and then, so that silence is news."""

import time
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

HEARTBEAT_SECONDS = 600.0
MESSAGES_KEPT = 10_000


class Reasons:
    """The last reason of each subject; memory of what was said, not of what was done."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds
        self._said: dict[object, tuple[str, float]] = {}

    def is_news(self, subject: object, reason: str) -> bool:
        """Whether the reason of a subject is another than last time, or was last told a heartbeat ago."""
        before, now = self._said.get(subject), self._clock()
        if before is not None and before[0] == reason and now < before[1] + self._heartbeat_seconds:
            return False
        self._said[subject] = reason, now
        return True

    def forget(self, subject: object) -> None:
        self._said.pop(subject, None)


class DropRepeats:
    """A structlog processor: what is said of one blob or post at every tick is written once per heartbeat."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._reasons = Reasons(clock)
        self._count = 0

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if "trainer" not in event and "digest" not in event:
            return event
        self._count += 1
        if self._count % MESSAGES_KEPT == 0:
            self._reasons = Reasons()
        names = ("event", "task", "round", "trainer", "seat", "kind", "digest")
        if not self._reasons.is_news(tuple(event.get(name) for name in names), str(event.get("why"))):
            raise structlog.DropEvent
        return event
