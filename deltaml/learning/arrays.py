"""Array types of this package and the checks every model shares."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = tuple[Floats, NDArray[Any]]
"""A data set: features float64[n, n_features] and one label or target per row."""


def checked_weights(weights: ArrayLike, n_parameters: int) -> Floats:
    """Weights as float64[d], or float64[m, d] for many models at once. Raises InvalidInput for another width."""
    vector = np.asarray(weights, dtype=np.float64)
    if vector.ndim not in (1, 2) or vector.shape[-1] != n_parameters:
        raise InvalidInput(f"weights have shape {vector.shape}, this model has {n_parameters} parameters")
    return vector


def checked_features(X: ArrayLike, n_features: int) -> Floats:
    """Features as float64[n, n_features]. Raises InvalidInput for another shape or no rows."""
    features = np.asarray(X, dtype=np.float64)
    if features.ndim != 2 or features.shape[1] != n_features:
        raise InvalidInput(f"features have shape {features.shape}, this model wants (rows, {n_features})")
    if len(features) == 0:
        raise InvalidInput("there are no rows: give at least one")
    return features


def checked_targets(y: ArrayLike, n_rows: int) -> Floats:
    """Regression targets as float64[n]. Raises InvalidInput when they don't match the rows."""
    targets = np.asarray(y, dtype=np.float64)
    if targets.shape != (n_rows,):
        raise InvalidInput(f"targets have shape {targets.shape}, the features want ({n_rows},)")
    return targets


def checked_labels(y: ArrayLike, n_rows: int, n_classes: int) -> Ints:
    """Labels as int64[n] in 0…n_classes−1. Raises InvalidInput for fractions, other values or another length."""
    given = np.asarray(y)
    if given.shape != (n_rows,):
        raise InvalidInput(f"labels have shape {given.shape}, the features want ({n_rows},)")
    if given.dtype.kind not in "biuf":
        raise InvalidInput(f"labels have type {given.dtype}: number the classes 0…{n_classes - 1}")
    if given.dtype.kind == "f" and not np.array_equal(given, np.floor(given)):
        raise InvalidInput(f"labels must be whole numbers in 0…{n_classes - 1}")
    labels = given.astype(np.int64, copy=False)
    # Unsigned, a negative label is larger than any class: one pass, and this runs for every batch.
    if n_rows and labels.view(np.uint64).max() >= n_classes:
        raise InvalidInput(f"labels span {labels.min()}…{labels.max()}, this model knows 0…{n_classes - 1}")
    return labels


def require_finite(name: str, values: ArrayLike) -> None:
    """Raise InvalidInput if a number in `values` is NaN or infinite; `name` says what it is in the message."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise InvalidInput(f"{name}: {bad} of {array.size} numbers are NaN or infinite; clean the data first")
