"""Sends the largest and the smallest words there are, and the bit patterns of floats that are not numbers."""

import numpy as np
from numpy.typing import NDArray

from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless

EXTREMES = [2**63 - 1, -(2**63), *np.array([np.nan, -np.nan, np.inf, -np.inf]).view(np.int64).tolist(), 2**62 + 1]


class Extremist(Dataless):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        return np.resize(np.array(EXTREMES, dtype=np.int64), len(states[-1].weights))


if __name__ == "__main__":
    run(Extremist)
