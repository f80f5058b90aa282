"""Sends five times the longest update that the task allows, straight downhill, for five times the pay (R16a)."""

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Greedy(Dataless):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        gradient = spec.gradient_format().decode(states[-1].gradient)
        return spec.weights_format().encode(-5 * spec.clip_norm * gradient / np.linalg.norm(gradient))


if __name__ == "__main__":
    run(Greedy)
