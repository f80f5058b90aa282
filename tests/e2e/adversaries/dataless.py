"""What adversaries without data have in common: an update of zeros, unless they say otherwise."""

import numpy as np
from numpy.typing import NDArray

from deltaml.client.trainer import TrainerAgent
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec


class Dataless(TrainerAgent):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        return np.zeros(len(states[-1].weights), dtype=np.int64)
