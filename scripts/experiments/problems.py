"""Four data sets that scikit-learn brings along, split among ten data owners, with a model for each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

from deltaml.learning import (
    Linear,
    LocalTraining,
    Logistic,
    Mlp,
    Model,
    Softmax,
    dirichlet,
    quantity_skew,
    train_locally,
)

OWNERS = 10
Rows = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Problem:
    """One data set for one seed. Features (and a regression's targets) are scaled by the validation set."""

    name: str
    seed: int
    model: Model
    training: LocalTraining
    owners: tuple[Rows, ...]
    validation: Rows
    held_out: Rows
    baseline_loss: float
    target_loss: float
    classes: int
    """0 for a regression."""
    clip_norm: float

    def mislabelled(self, owner: int, share: float) -> Rows:
        """The owner's rows with this share of the labels moved to the next class, or of the targets mirrored."""
        X, y = self.owners[owner]
        chosen = np.random.default_rng(self.seed).permutation(len(y))[: round(share * len(y))]
        wrong = y.copy()
        wrong[chosen] = (y[chosen] + 1) % self.classes if self.classes else -y[chosen]
        return X, wrong


def digits(seed: int) -> Problem:
    """Dirichlet 0.5 over ten digits; an MLP, so nothing here is convex."""
    train, validation, held_out = _split(*load_digits(return_X_y=True), seed, least_scale=0.5)
    parts = dirichlet(train[1], OWNERS, alpha=0.5, min_size=20, random_state=seed)
    model = Mlp(n_features=64, n_hidden=32, n_outputs=10, l2=1e-3)
    return _problem(
        "digits", seed, model, LocalTraining(8, 16, 0.05, 0.9), train, parts, validation, held_out, 0.15, 10
    )


def breast_cancer(seed: int) -> Problem:
    """Dirichlet 1 over two diagnoses; logistic regression."""
    train, validation, held_out = _split(*load_breast_cancer(return_X_y=True), seed)
    parts = dirichlet(train[1], OWNERS, alpha=1.0, min_size=12, random_state=seed)
    training = LocalTraining(epochs=5, batch_size=16, learning_rate=0.1)
    return _problem("breast cancer", seed, Logistic(30, l2=0.03), training, train, parts, validation, held_out, 0.1, 2)


def wine(seed: int) -> Problem:
    """Dirichlet 1 over three cultivars, about eleven rows an owner; softmax regression."""
    train, validation, held_out = _split(*load_wine(return_X_y=True), seed)
    parts = dirichlet(train[1], OWNERS, alpha=1.0, min_size=4, random_state=seed)
    training = LocalTraining(epochs=5, batch_size=8, learning_rate=0.1)
    return _problem("wine", seed, Softmax(13, 3, l2=0.01), training, train, parts, validation, held_out, 0.05, 3)


def diabetes(seed: int) -> Problem:
    """Owners of unequal size; linear regression, where Aumann–Shapley is the Shapley value."""
    train, validation, held_out = _split(*load_diabetes(return_X_y=True), seed, regression=True)
    parts = quantity_skew(len(train[1]), OWNERS, alpha=2.0, min_size=8, random_state=seed)
    training = LocalTraining(epochs=5, batch_size=8, learning_rate=0.005)
    return _problem("diabetes", seed, Linear(10, l2=0.01), training, train, parts, validation, held_out, 0.2, 0)


PROBLEMS: dict[str, Callable[[int], Problem]] = {
    "digits": digits,
    "breast cancer": breast_cancer,
    "wine": wine,
    "diabetes": diabetes,
}


def _problem(
    name: str,
    seed: int,
    model: Model,
    training: LocalTraining,
    train: Rows,
    parts: list[NDArray[np.int64]],
    validation: Rows,
    held_out: Rows,
    target_loss: float,
    classes: int,
) -> Problem:
    """Terms that a model owner can find without seeing anybody's data.

    The baseline loss is that of knowing nothing: the classes' entropy, or half the targets' variance. The clip norm is
    the length of the first update that as many validation rows give as an owner has, but at most 1.
    """
    owners = tuple((train[0][part], train[1][part]) for part in parts)
    few = tuple(values[: len(train[1]) // OWNERS] for values in validation)
    length = float(np.linalg.norm(train_locally(model, model.initial(seed), *few, training, seed)))
    nothing = float(np.log(classes)) if classes else 0.5
    return Problem(
        name, seed, model, training, owners, validation, held_out, nothing, target_loss, classes, min(1.0, length)
    )


def _split(
    X: NDArray[np.float64], y: NDArray[np.float64], seed: int, *, least_scale: float = 1e-6, regression: bool = False
) -> tuple[Rows, Rows, Rows]:
    """(train, validation, held out): 64, 16 and 20 % of the rows."""
    rest_X, held_X, rest_y, held_y = train_test_split(
        X, y, test_size=0.2, stratify=None if regression else y, random_state=seed
    )
    train_X, valid_X, train_y, valid_y = train_test_split(
        rest_X, rest_y, test_size=0.2, stratify=None if regression else rest_y, random_state=seed
    )
    mean, scale = valid_X.mean(axis=0), np.maximum(valid_X.std(axis=0), least_scale)
    middle, spread = (valid_y.mean(), valid_y.std()) if regression else (0, 1)
    pieces = [(train_X, train_y), (valid_X, valid_y), (held_X, held_y)]
    train, validation, held = (
        ((features - mean) / scale, (labels - middle) / spread if regression else labels) for features, labels in pieces
    )
    return train, validation, held
