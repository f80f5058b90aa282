"""Before a task is posted its owner hears how long honest updates are."""

import numpy as np
import pytest

from deltaml.client.advice import clip_advice, update_length
from deltaml.client.owner import PreparedTask, prepare
from deltaml.client.table import features, targets
from deltaml.learning import train_locally
from deltaml.sealing import Identity
from tests.python.client.drafts import draft, table

pytestmark = pytest.mark.unit


def prepared(clip_norm: float, rows: int = 60) -> PreparedTask:
    return prepare(draft(privacy__clip_norm=clip_norm), table(rows), Identity.generate().recipient)


def test_the_length_is_that_of_a_trainer_with_these_rows() -> None:
    task = prepared(1.0)
    X, y = features(task.spec, table(60)), targets(task.spec.target, table(60))
    start = task.spec.weights_format().decode(task.state.weights)
    own = float(np.linalg.norm(train_locally(task.spec.model(), start, X, y, task.spec.training(), random_state=0)))
    assert update_length(task) == pytest.approx(own, rel=1e-3)


def test_a_clip_norm_far_from_it_is_said() -> None:
    length = update_length(prepared(1.0))
    assert "counts 10 times: lower it" in clip_advice(prepared(round(10 * length, 6)))
    assert "raise it" in clip_advice(prepared(round(length / 4, 6)))
    for near in (length / 2, 1.0 * length, 2 * length):
        said = clip_advice(prepared(round(near, 6)))
        assert said.startswith("an update trained on 60 of your validation rows is") and "." not in said[-1]


def test_a_large_validation_set_takes_no_longer() -> None:
    assert "trained on 2000 of" in clip_advice(prepared(1.0, rows=2_100))
