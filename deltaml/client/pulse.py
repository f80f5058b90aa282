"""What an agent tells of itself: how its ticks end, in its log and to whoever watches it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from deltaml.chain import Block
from deltaml.errors import DeltaMLError, Refused, Unavailable
from deltaml.serving import ProcessMetrics, Vitals

log = structlog.get_logger()


@dataclass
class Pulse:
    """One agent's signs of life."""

    metrics: ProcessMetrics = field(default_factory=ProcessMetrics.create)
    vitals: Vitals = field(default_factory=Vitals)
    _block: Block | None = None

    def saw(self, block: Block) -> Block:
        """The block that the tick at hand reads."""
        self._block = block
        return block

    def beat(self, task_id: int, look: Callable[[], bool]) -> bool:
        """One tick: whether `look` says that all is done. What is expected to go wrong is told and tried again."""
        started = time.monotonic()
        try:
            over = look()
        except Refused as error:
            log.info("chain refused", task=task_id, why=str(error))
            self.metrics.failures.labels("refused").inc()
            over = False
        except Unavailable as error:
            log.warning("try again", task=task_id, why=str(error))
            self.metrics.failures.labels("unavailable").inc()
            return False
        except DeltaMLError as error:
            log.error("can't take part now", task=task_id, why=str(error))
            self.metrics.failures.labels("invalid").inc()
            self.vitals.problem = f"can't take part now: {error}"
            return False
        finally:
            self.vitals.busy_until = 0.0
        self.vitals.problem = None
        if self._block is not None:
            self.vitals.ticked(self._block.timestamp)
            self.metrics.ticked(self._block, time.monotonic() - started)
        return over
