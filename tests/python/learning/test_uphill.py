"""Who is left out of a sum: poisoners, not whom the noise of a late round turns a little uphill."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.learning import downhill_enough

pytestmark = pytest.mark.unit

LIMIT = 1000
WORDS = st.lists(st.integers(-LIMIT, LIMIT), max_size=12)


def test_a_twentieth_of_the_limit_is_allowed() -> None:
    assert downhill_enough([-1000, 0, 50, 51, 1000], LIMIT, 3) == [0, 1, 2]


def test_the_least_uphill_stay_when_too_few_would() -> None:
    assert downhill_enough([900, 300, -5, 200], LIMIT, 3) == [1, 2, 3]
    assert downhill_enough([900, 900, 900, 900], LIMIT, 3) == [0, 1, 2]
    assert downhill_enough([900, 300], LIMIT, 3) == [0, 1]
    assert downhill_enough([], LIMIT, 3) == []


@given(WORDS, st.integers(0, 12))
def test_as_many_as_are_needed_and_nobody_before_a_better_one(uphill: list[int], least: int) -> None:
    summed = downhill_enough(uphill, LIMIT, least)
    assert summed == sorted(set(summed))
    assert len(summed) >= min(least, len(uphill))
    out = [value for position, value in enumerate(uphill) if position not in summed]
    assert all(20 * value > LIMIT for value in out)
    assert not out or max((uphill[position] for position in summed), default=-LIMIT) <= min(out)
    if len(summed) > least:
        assert all(20 * uphill[position] <= LIMIT for position in summed)
