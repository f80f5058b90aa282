"""Joins and never submits (R4)."""

import numpy as np
from numpy.typing import NDArray

from deltaml.client.trainer import TrainerAgent
from deltaml.errors import Unavailable
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run


class Sleeper(TrainerAgent):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        raise Unavailable("asleep")


if __name__ == "__main__":
    run(Sleeper)
