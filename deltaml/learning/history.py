"""The terms of a simulated task and the record of what happened."""

from dataclasses import dataclass

import numpy as np

from deltaml.learning.arrays import Floats
from deltaml.learning.progress import ProgressRule


@dataclass(frozen=True)
class SimulationSettings:
    """The terms of a task. Losses are those of the validation set."""

    rounds: int
    clip_norm: float
    baseline_loss: float
    target_loss: float
    progress_rule: ProgressRule = "log"
    drop_negative: bool = True
    """Leave out of the sum who points uphill, see `downhill_enough`. His pre-score is carried, or that would be an
    escape."""
    min_updates: int = 3
    """So many stay in the sum, however far uphill they point."""
    public_steps: int = 5
    """How many public steps, the one just taken included, the baseline may use; 0: no baseline."""
    projected_steps: int = 16
    """How many earlier public steps scores are blind to: never more than a quarter of the parameters, but at least
    `public_steps`. The whole way to them from w_0 is one more, see `known_steps`."""
    path_nodes: int = 4
    carry_negative: bool = True
    score_units: int = 10**12
    """Scores are rounded to integers of 1/score_units of loss, as on chain."""
    compare_exact: bool = False
    """Correlate the scores with exact Shapley values each round; costs 2**trainers evaluations."""


@dataclass(frozen=True)
class Round:
    """What one round did; the tuples have one entry per trainer."""

    loss: float
    metric: float
    progress: float
    released: float
    """Share of the pool that this round pays, in [0, 1]; 0 when nobody's payable score is positive."""
    included: tuple[bool, ...]
    scores: tuple[int, ...]
    payable: tuple[int, ...]
    exact_correlation: float
    """Of the scores before projection with exact Shapley values; NaN when not asked for or undefined."""


@dataclass(frozen=True)
class History:
    """`models` are w_0…w_R, the public ones; `rounds` say what happened between them."""

    models: tuple[Floats, ...]
    rounds: tuple[Round, ...]

    def paid(self) -> Floats:
        """Share of the pool that each trainer got: float64[n], with a sum of at most 1."""
        payable = np.array([r.payable for r in self.rounds], dtype=np.float64)
        released = np.array([r.released for r in self.rounds])
        return np.asarray(released @ (payable / np.maximum(1.0, payable.sum(axis=1, keepdims=True))), dtype=np.float64)

    def shares(self) -> Floats:
        """Share of all the money paid that went to each trainer: float64[n], summing to 1, or zeros if none was."""
        paid = self.paid()
        return np.asarray(paid / paid.sum() if paid.any() else paid, dtype=np.float64)
