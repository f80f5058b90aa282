"""How far a task has come, as the number that releases money (rule R2)."""

from math import isfinite, isnan, log
from typing import Literal

from deltaml.errors import InvalidInput

ProgressRule = Literal["linear", "log"]


def progress(loss: float, baseline: float, target: float, rule: ProgressRule) -> float:
    """Progress in [0, 1]: 0 at the baseline loss or above (infinity too), 1 at the target loss or below.

    "linear" counts the loss, "log" its logarithm: then halving the loss pays the same late as early.
    Raises InvalidInput for a NaN loss, an unknown rule, or unless 0 ≤ target < baseline ("log": 0 < target).
    """
    if rule not in ("linear", "log"):
        raise InvalidInput(f"unknown progress rule {rule!r}; known: linear, log")
    if not (isfinite(baseline) and 0 <= target < baseline) or (rule == "log" and target == 0):
        raise InvalidInput(f"wanted 0 ≤ target < baseline (log: 0 < target), got target {target}, baseline {baseline}")
    if isnan(loss):
        raise InvalidInput("the loss is NaN: the model or the validation data is broken")
    if loss >= baseline:
        return 0.0
    if loss <= target:
        return 1.0
    if rule == "log":
        return log(baseline / loss) / log(baseline / target)
    return (baseline - loss) / (baseline - target)
