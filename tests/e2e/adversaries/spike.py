"""Puts all his weight on one coordinate, the one that the published gradient says least about."""

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Spike(Dataless):
    """As long as the bound on the pre-score lets it be, up to a thousand times the clip norm."""

    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        gradient = states[-1].gradient.astype(np.float64)
        where = int(np.argmin(np.abs(gradient)))
        longest = 0.9 * float(np.linalg.norm(gradient)) / max(abs(gradient[where]), 1.0)
        update = np.zeros(len(gradient))
        update[where] = spec.clip_norm * min(longest, 1000.0)
        return spec.weights_format().encode(update)


if __name__ == "__main__":
    run(Spike)
