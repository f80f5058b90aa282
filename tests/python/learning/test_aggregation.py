import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import weighted_mean

pytestmark = pytest.mark.unit


def test_stakes_weigh_updates() -> None:
    np.testing.assert_allclose(weighted_mean([[1.0, 0.0], [0.0, 4.0]], [3, 1]), [0.75, 1.0])


@given(st.integers(0, 2**32), st.integers(1, 9))
def test_splitting_an_account_changes_nothing(seed: int, parts: int) -> None:
    rng = np.random.default_rng(seed)
    updates, stakes = rng.normal(size=(4, 5)), rng.integers(1, 50, size=4) * parts
    split_updates = np.vstack([updates[:3], np.tile(updates[3], (parts, 1))])
    split_stakes = [*stakes[:3], *[stakes[3] // parts] * parts]
    np.testing.assert_allclose(weighted_mean(split_updates, split_stakes), weighted_mean(updates, stakes), atol=1e-12)


@pytest.mark.parametrize("stakes", [[1], [1, -1], [0, 0], [1, np.nan], [1, np.inf], [[1, 1]]])
def test_impossible_stakes_are_refused(stakes: object) -> None:
    with pytest.raises(InvalidInput):
        weighted_mean(np.ones((2, 3)), stakes)  # type: ignore[arg-type]


def test_one_vector_is_not_a_matrix() -> None:
    with pytest.raises(InvalidInput, match="expected"):
        weighted_mean(np.ones(3), [1, 1, 1])
