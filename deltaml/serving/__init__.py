"""What a process that runs for months shows of itself: whether it is well, and figures for Prometheus."""

from deltaml.serving.health import LEAST_ROUNDS, Health, Vitals, health
from deltaml.serving.metrics import Endpoints, ProcessMetrics
from deltaml.serving.pages import served
from deltaml.serving.purse import Purse, rounds_left

__all__ = [
    "LEAST_ROUNDS",
    "Endpoints",
    "Health",
    "ProcessMetrics",
    "Purse",
    "Vitals",
    "health",
    "rounds_left",
    "served",
]
