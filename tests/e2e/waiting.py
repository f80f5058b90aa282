"""The one way these tests wait."""

import time
from collections.abc import Callable
from typing import TypeVar

from deltaml.errors import Unavailable

T = TypeVar("T")

POLL_SECONDS = 0.2


def wait_until(condition: Callable[[], T | None], seconds: float, what: str) -> T:
    """Asks until `condition` answers something true, and returns it. AssertionError naming `what` after `seconds`.

    A node that can't be read just now (`Unavailable`) is asked again.
    """
    deadline = time.monotonic() + seconds
    problem = ""
    while True:
        try:
            answer = condition()
            if answer:
                return answer
        except Unavailable as error:
            problem = f"; last problem: {error}"
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}{problem}")
        time.sleep(POLL_SECONDS)
