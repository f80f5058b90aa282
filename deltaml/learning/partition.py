"""Splitting one data set among pretended data owners, for simulations and demos.

Each function returns one sorted array of row numbers per part; together they are a partition of all rows.
"""

import numpy as np
from numpy.typing import ArrayLike

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Ints

_TRIES = 1000


def iid(n_rows: int, n_parts: int, random_state: int) -> list[Ints]:
    """Parts of equal size (±1) drawn at random. Raises InvalidInput for fewer rows than parts."""
    _check(n_rows, n_parts, 1)
    order = np.random.default_rng(random_state).permutation(n_rows)
    return [np.sort(part).astype(np.int64) for part in np.array_split(order, n_parts)]


def dirichlet(labels: ArrayLike, n_parts: int, alpha: float, min_size: int, random_state: int) -> list[Ints]:
    """Label skew: each class is dealt out in proportions drawn from Dirichlet(alpha); small alpha, strong skew.

    Drawn again until every part has min_size rows. Source: Hsu, Qi & Brown, "Measuring the Effects of Non-Identical
    Data Distribution", 2019. Raises InvalidInput for impossible sizes or when no draw reaches min_size.
    """
    classes = np.asarray(labels)
    if classes.ndim != 1:
        raise InvalidInput(f"labels have shape {classes.shape}, expected (rows,)")
    _check(len(classes), n_parts, min_size)
    _check_alpha(alpha)
    rng = np.random.default_rng(random_state)
    for _ in range(_TRIES):
        parts: list[list[Ints]] = [[] for _ in range(n_parts)]
        for label in np.unique(classes):
            rows = rng.permutation(np.flatnonzero(classes == label))
            cuts = np.cumsum(rng.dirichlet(np.full(n_parts, alpha)))[:-1] * len(rows)
            for part, piece in zip(parts, np.split(rows, cuts.astype(np.int64)), strict=True):
                part.append(piece)
        joined = [np.sort(np.concatenate(part)).astype(np.int64) for part in parts]
        if min(map(len, joined)) >= min_size:
            return joined
    raise InvalidInput(f"no draw of {_TRIES} gave {n_parts} parts {min_size} rows each: lower min_size or raise alpha")


def by_column(column: ArrayLike, n_parts: int | None = None) -> list[Ints]:
    """Parts that differ in one column: a part per value (a hospital, a device), or `n_parts` of equal size (±1) along
    its order (ages, dates). Raises InvalidInput for another shape, values that are NaN, or fewer rows than parts.
    """
    values = np.asarray(column)
    if values.ndim != 1 or (values.dtype.kind == "f" and np.isnan(values).any()):
        raise InvalidInput(f"a column of shape {values.shape}: expected (rows,), without NaN")
    if n_parts is None:
        _check(len(values), 1, 1)
        return [np.flatnonzero(values == value).astype(np.int64) for value in np.unique(values)]
    _check(len(values), n_parts, 1)
    return [np.sort(part).astype(np.int64) for part in np.array_split(np.argsort(values, kind="stable"), n_parts)]


def quantity_skew(n_rows: int, n_parts: int, alpha: float, min_size: int, random_state: int) -> list[Ints]:
    """Size skew: min_size rows for each part, the others in proportions from Dirichlet(alpha), rows at random.

    Raises InvalidInput for fewer than n_parts·min_size rows or alpha ≤ 0.
    """
    _check(n_rows, n_parts, min_size)
    _check_alpha(alpha)
    rng = np.random.default_rng(random_state)
    extra = rng.multinomial(n_rows - n_parts * min_size, rng.dirichlet(np.full(n_parts, alpha)))
    pieces = np.split(rng.permutation(n_rows), np.cumsum(extra + min_size)[:-1])
    return [np.sort(piece).astype(np.int64) for piece in pieces]


def _check(n_rows: int, n_parts: int, min_size: int) -> None:
    if n_parts < 1 or min_size < 0 or n_rows < n_parts * max(min_size, 1):
        raise InvalidInput(f"{n_rows} rows can't make {n_parts} parts of at least {min_size} rows each")


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < float("inf"):
        raise InvalidInput(f"alpha must be a finite number above 0, got {alpha!r}")
