"""The data sets of the demo, split over owners and written as the CSV files that people would have."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

from deltaml.learning import dirichlet


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of one data set by what they are for. owners: positions of each data owner's rows in X and y."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    held_out: NDArray[np.int64]
    validation: NDArray[np.int64]
    owners: tuple[NDArray[np.int64], ...]

    def write(self, path: Path, rows: NDArray[np.int64], labels: NDArray[np.int64] | None = None) -> Path:
        """A CSV file of these rows; `labels` replaces what they are labelled with."""
        known = self.y[rows] if labels is None else labels
        lines = [",".join([*self.columns, "label"])]
        for values, label in zip(self.X[rows], known, strict=True):
            lines.append(",".join([*(repr(float(value)) for value in values), self.classes[label]]))
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path


def breast_cancer(seed: int) -> Split:
    """Six hospitals with unequal and skewed shares of the Wisconsin breast cancer data (569 rows, 30 columns)."""
    data = load_breast_cancer()
    X, y = data.data, data.target.astype(np.int64)
    held_out, validation, rest = _split(y, seed)
    owners = dirichlet(y[rest], n_parts=6, alpha=1.0, min_size=12, random_state=seed)
    columns = tuple(name.replace(" ", "_") for name in data.feature_names)
    return Split(X, y, columns, ("malignant", "benign"), held_out, validation, tuple(rest[rows] for rows in owners))


def digits(seed: int) -> Split:
    """Nine owners of the handwritten digits data (1,797 rows, 64 columns), Dirichlet 0.5 over the labels."""
    data = load_digits()
    X, y = data.data, data.target.astype(np.int64)
    held_out, validation, rest = _split(y, seed)
    owners = dirichlet(y[rest], n_parts=9, alpha=0.5, min_size=20, random_state=seed)
    columns = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
    return Split(
        X,
        y,
        columns,
        tuple(str(digit) for digit in range(10)),
        held_out,
        validation,
        tuple(rest[rows] for rows in owners),
    )


def _split(y: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """A fifth held out, 15 % of the rest for the owner's validation set, the remainder for the data owners."""
    everything = np.arange(len(y))
    rest, held_out = train_test_split(everything, test_size=0.2, stratify=y, random_state=seed)
    owned, validation = train_test_split(rest, test_size=0.15, stratify=y[rest], random_state=seed)
    return held_out, validation, owned
