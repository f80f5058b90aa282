"""What processes say: JSON lines on standard error, whoever says it."""

import logging
import sys

import structlog
from structlog.typing import Processor


def configure_logs(*first: Processor) -> None:
    """Logs of our own (structlog) and of libraries (logging) alike. first: processors that see our events first."""
    stamp: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer()
    structlog.configure(processors=[*first, *stamp, render], logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=stamp, processors=[strip, render]))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The scheduler's own chatter would drown the reasons.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
