from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput
from deltaml.learning import by_column, dirichlet, iid, quantity_skew

pytestmark = pytest.mark.unit

LABELS = np.random.default_rng(0).integers(0, 4, size=300)
seeds = st.integers(0, 2**32)


def assert_partition(parts: list[np.ndarray], n_rows: int) -> None:
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n_rows))
    for part in parts:
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()


@given(st.integers(1, 200), st.data())
def test_iid_is_an_even_partition(n_rows: int, data: st.DataObject) -> None:
    n_parts = data.draw(st.integers(1, n_rows))
    parts = iid(n_rows, n_parts, data.draw(seeds))
    assert_partition(parts, n_rows)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(seeds, st.integers(1, 8), st.sampled_from([0.3, 1.0, 100.0]))
def test_dirichlet_is_a_partition_with_a_least_size(seed: int, n_parts: int, alpha: float) -> None:
    parts = dirichlet(LABELS, n_parts, alpha, 5, seed)
    assert len(parts) == n_parts
    assert_partition(parts, 300)
    assert min(map(len, parts)) >= 5


@given(seeds, st.integers(1, 8))
def test_quantity_skew_is_a_partition_with_a_least_size(seed: int, n_parts: int) -> None:
    parts = quantity_skew(300, n_parts, 0.5, 10, seed)
    assert len(parts) == n_parts
    assert_partition(parts, 300)
    assert min(map(len, parts)) >= 10


def skew(parts: list[np.ndarray]) -> float:
    """Mean share of a part's commonest label."""
    return float(np.mean([np.bincount(LABELS[part]).max() / len(part) for part in parts]))


def test_small_alpha_skews_labels_and_large_does_not() -> None:
    strong = np.mean([skew(dirichlet(LABELS, 5, 0.1, 5, seed)) for seed in range(10)])
    weak = np.mean([skew(dirichlet(LABELS, 5, 1000.0, 5, seed)) for seed in range(10)])
    assert strong > 0.6
    assert weak < 0.4


def test_quantity_skew_skews_sizes_but_not_labels() -> None:
    draws = [quantity_skew(300, 3, 0.5, 30, seed) for seed in range(10)]
    assert np.mean([max(map(len, parts)) / min(map(len, parts)) for parts in draws]) > 2
    assert np.mean([skew(parts) for parts in draws]) < 0.4


@given(st.data())
def test_parts_by_a_column_are_a_partition_along_it(data: st.DataObject) -> None:
    column = np.array(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=50)))
    for parts in (by_column(column), by_column(column, data.draw(st.integers(1, len(column))))):
        assert_partition(parts, len(column))
        assert all(column[a].max() <= column[b].min() for a, b in pairwise(parts))
    assert [set(column[part]) for part in by_column(column)] == [{value} for value in np.unique(column)]


def test_a_column_of_names_makes_a_part_each() -> None:
    hospitals = by_column(["b", "a", "b", "c"])
    assert [part.tolist() for part in hospitals] == [[1], [0, 2], [3]]


@pytest.mark.parametrize(("column", "n_parts"), [([[1]], None), ([1.0, np.nan], None), ([1, 2], 3), ([], None)])
def test_a_column_that_makes_no_parts_is_refused(column: Any, n_parts: int | None) -> None:
    with pytest.raises(InvalidInput):
        by_column(column, n_parts)


def test_same_seed_same_parts() -> None:
    for one, two in zip(dirichlet(LABELS, 4, 0.5, 5, 9), dirichlet(LABELS, 4, 0.5, 5, 9), strict=True):
        np.testing.assert_array_equal(one, two)
    assert any(
        len(one) != len(two)
        for one, two in zip(dirichlet(LABELS, 4, 0.5, 5, 9), dirichlet(LABELS, 4, 0.5, 5, 8), strict=True)
    )


def test_the_impossible_is_refused() -> None:
    with pytest.raises(InvalidInput, match="3 rows can't make 4 parts"):
        iid(3, 4, 0)
    with pytest.raises(InvalidInput, match="can't make"):
        dirichlet(LABELS, 8, 1.0, 100, 0)
    with pytest.raises(InvalidInput, match="no draw of"):
        dirichlet(LABELS, 10, 0.01, 30, 0)
    with pytest.raises(InvalidInput, match="alpha"):
        quantity_skew(30, 2, 0.0, 1, 0)
    with pytest.raises(InvalidInput, match="shape"):
        dirichlet(LABELS.reshape(2, -1), 2, 1.0, 1, 0)
