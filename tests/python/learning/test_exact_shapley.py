from collections.abc import Callable
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import coalition_utilities, exact_shapley

pytestmark = pytest.mark.unit


def table(n: int, value: Callable[[set[int]], float]) -> Any:
    return np.array([value({i for i in range(n) if mask >> i & 1}) for mask in range(2**n)])


def by_permutations(values: Any) -> Any:
    """The definition, word for word: mean marginal gain over all orders of arrival."""
    n = len(values).bit_length() - 1
    total = np.zeros(n)
    for order in permutations(range(n)):
        mask = 0
        for player in order:
            total[player] += values[mask | 1 << player] - values[mask]
            mask |= 1 << player
    return total / factorial(n)


def test_glove_game() -> None:
    """Two left gloves, one right: 1/6, 1/6, 2/3 (Osborne & Rubinstein 1994)."""
    phi = exact_shapley(table(3, lambda team: float(2 in team and bool(team & {0, 1}))))
    np.testing.assert_allclose(phi, [1 / 6, 1 / 6, 2 / 3])


def test_airport_game() -> None:
    """A runway as long as the largest user needs: each stretch is shared by those who use it (Littlechild & Owen)."""
    costs = [8.0, 11.0, 13.0, 18.0]
    phi = exact_shapley(table(4, lambda team: max((costs[i] for i in team), default=0.0)))
    np.testing.assert_allclose(phi, [2, 3, 4, 9])


def test_weighted_majority_game() -> None:
    """Quota 51 with weights 50, 49, 1: the Shapley–Shubik index is 2/3, 1/6, 1/6."""
    weights = [50, 49, 1]
    phi = exact_shapley(table(3, lambda team: float(sum(weights[i] for i in team) >= 51)))
    np.testing.assert_allclose(phi, [2 / 3, 1 / 6, 1 / 6])


def test_un_security_council() -> None:
    """Five vetoes, ten others, nine votes: 0.1963 and 0.001865 (Shapley & Shubik 1954, for today's council)."""
    masks = np.arange(2**15)
    phi = exact_shapley(((masks & 31) == 31) & (np.bitwise_count(masks) >= 9))
    np.testing.assert_allclose(phi[:5], 421 / 2145)
    np.testing.assert_allclose(phi[5:], 4 / 2145)


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_fast_table_is_the_definition(seed: int, n: int) -> None:
    values = np.random.default_rng(seed).normal(size=2**n)
    np.testing.assert_allclose(exact_shapley(values), by_permutations(values), atol=1e-12)
    assert exact_shapley(values).sum() == pytest.approx(values[-1] - values[0])


@given(st.integers(0, 2**32))
def test_coalitions_keep_everybodys_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, updates, stakes = rng.normal(size=3), rng.normal(size=(8, 3)), rng.integers(1, 9, size=8)
    values = coalition_utilities(lambda many: np.sum(many**4, axis=1), start, updates, stakes)
    shares = stakes / stakes.sum()
    for mask in (0, 1, 0b10110, 255):
        members = [i for i in range(8) if mask >> i & 1]
        reached = start + sum((shares[i] * updates[i] for i in members), np.zeros(3))
        assert values[mask] == pytest.approx(np.sum(start**4) - np.sum(reached**4))


@pytest.mark.parametrize("size", [0, 1, 3, 6])
def test_tables_of_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(InvalidInput, match=r"2\*\*n"):
        exact_shapley(np.zeros(size))


def test_too_many_members_are_refused_before_any_work() -> None:
    with pytest.raises(InvalidInput, match="20"):
        coalition_utilities(lambda many: many[:, 0], np.zeros(2), np.zeros((21, 2)), np.ones(21))
