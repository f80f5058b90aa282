from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import ProgressRule, progress

pytestmark = pytest.mark.unit

rules = st.sampled_from(["linear", "log"])


def test_known_answers() -> None:
    assert progress(0.75, 1.0, 0.5, "linear") == 0.5
    assert progress(0.5, 1.0, 0.25, "log") == pytest.approx(0.5)


@given(rules, st.floats(0.01, 1.99), st.floats(0.01, 1.99))
def test_a_lower_loss_is_never_less_progress(rule: ProgressRule, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= progress(high, 2.0, 0.01, rule) <= progress(low, 2.0, 0.01, rule) <= 1.0


@pytest.mark.parametrize("rule", ["linear", "log"])
def test_ends(rule: ProgressRule) -> None:
    assert progress(2.0, 2.0, 0.5, rule) == progress(float("inf"), 2.0, 0.5, rule) == 0.0
    assert progress(0.5, 2.0, 0.5, rule) == progress(0.0, 2.0, 0.5, rule) == 1.0


@pytest.mark.parametrize(
    ("loss", "baseline", "target", "rule"),
    [
        (float("nan"), 1.0, 0.5, "log"),
        (0.7, 0.5, 0.5, "linear"),
        (0.7, 1.0, 0.0, "log"),
        (0.7, float("inf"), 0.5, "log"),
        (0.7, 1.0, -0.5, "linear"),
        (0.7, 1.0, float("nan"), "linear"),
        (0.7, 1.0, 0.5, "square"),
    ],
)
def test_nonsense_is_refused(loss: float, baseline: float, target: float, rule: Any) -> None:
    with pytest.raises(InvalidInput):
        progress(loss, baseline, target, rule)
