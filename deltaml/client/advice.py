"""What a model owner can know of his task before he posts it."""

import numpy as np

from deltaml.client.owner import PreparedTask
from deltaml.learning import train_locally

MAX_ROWS = 2_000
FAR = 3.0
"""From this factor on a clip norm is far from an honest update's length."""


def update_length(prepared: PreparedTask) -> float:
    """L2 norm of the first update, unclipped, that the task's training makes of the validation rows, of 2,000 at most.

    A data owner with as many rows sends about as long a one; fewer rows make shorter updates, as they make fewer steps.
    """
    spec, validation = prepared.spec, prepared.validation
    start = spec.weights_format().decode(prepared.state.weights)
    X, y = validation.X[:MAX_ROWS], validation.y[:MAX_ROWS]
    return float(np.linalg.norm(train_locally(spec.model(), start, X, y, spec.training(), random_state=0)))


def clip_advice(prepared: PreparedTask) -> str:
    """How the clip norm compares with an honest update, in one sentence, or two where it is far from it."""
    length, norm = update_length(prepared), prepared.spec.clip_norm
    rows = min(MAX_ROWS, len(prepared.validation.X))
    said = f"an update trained on {rows} of your validation rows is {length:.3g} long, and clip_norm allows {norm:g}"
    if norm > FAR * length:
        return f"{said}. Whoever sends the longest update allowed counts {norm / length:.0f} times: lower it."
    if norm < length / FAR:
        return f"{said}. Most updates will be cut short and rounds will do little: raise it, or train less in a round."
    return said
