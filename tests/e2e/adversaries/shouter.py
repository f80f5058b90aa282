"""Sends an update forty times as long as the task allows, in a blob that is otherwise in order (R16a)."""

import numpy as np
from numpy.typing import NDArray

from deltaml.client.trainer import TrainerAgent
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run


class Shouter(TrainerAgent):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        direction = np.random.default_rng(0).normal(size=len(states[-1].weights))
        return spec.weights_format().encode(40 * spec.clip_norm * direction / np.linalg.norm(direction))


if __name__ == "__main__":
    run(Shouter)
