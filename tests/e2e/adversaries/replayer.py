"""Has no data: sends the last public step again."""

import numpy as np
from numpy.typing import NDArray

from deltaml.learning import clip_to_norm
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from tests.e2e.adversaries.agent import run
from tests.e2e.adversaries.dataless import Dataless


class Replayer(Dataless):
    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        fixed = spec.weights_format()
        step = fixed.decode(states[-1].weights - states[0].weights)
        return fixed.encode(clip_to_norm(step, spec.clip_norm))


if __name__ == "__main__":
    run(Replayer)
