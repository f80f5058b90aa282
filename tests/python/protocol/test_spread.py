"""Parts come in order and together are the whole; small work stays in this process."""

import os
from collections.abc import Iterator, Sequence

import joblib
import pytest

from deltaml.protocol import spread as spread_module
from deltaml.protocol.spread import LEAST_SECONDS, spread

pytestmark = pytest.mark.unit

PLENTY = 2 * LEAST_SECONDS


def part(items: Sequence[int]) -> list[int]:
    return list(items)


@pytest.fixture
def four_workers() -> Iterator[None]:
    with joblib.parallel_config(backend="threading", n_jobs=4):
        yield


def test_it_stays_here_unless_joblib_is_told_otherwise() -> None:
    items = list(range(9))
    assert spread(lambda given: (given, os.getpid()), items, PLENTY) == [(items, os.getpid())]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 9, 100])
def test_parts_are_the_whole_in_order(four_workers: None, count: int) -> None:
    parts = spread(part, range(count), PLENTY)
    assert [item for items in parts for item in items] == list(range(count))
    assert len(parts) == max(1, min(4, count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_small_work_is_not_worth_a_process(four_workers: None) -> None:
    assert spread(part, range(100), 0.99 * LEAST_SECONDS) == [list(range(100))]


def test_an_error_in_a_part_is_raised(four_workers: None) -> None:
    def fail(items: Sequence[int]) -> None:
        raise ValueError(f"part of {len(items)}")

    with pytest.raises(ValueError, match="part of 2"):
        spread(fail, range(8), PLENTY)


def test_joblib_is_loaded_only_when_something_is_spread() -> None:
    assert not hasattr(spread_module, "Parallel")
