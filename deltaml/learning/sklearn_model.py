"""Scikit-learn estimators as models: they train by their own algorithm, and are scored by a smooth loss that they share
with a model of ours of the same shape."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltaml.errors import InvalidInput
from deltaml.learning.arrays import Floats, checked_features, checked_labels, checked_targets, checked_weights
from deltaml.learning.linear import Linear
from deltaml.learning.logistic import Logistic
from deltaml.learning.model import Model
from deltaml.learning.perceptron import Perceptron
from deltaml.learning.softmax import Softmax

_CLASSIFIERS = ("SGDClassifier", "LogisticRegression", "MLPClassifier")
_REGRESSORS = ("SGDRegressor", "Ridge", "MLPRegressor")
_LOSSES = {"SGDClassifier": ("log_loss",), "SGDRegressor": ("squared_error",), "MLPRegressor": ("squared_error",)}


@dataclass(frozen=True, eq=False)
class SklearnModel:
    """An SGDClassifier, SGDRegressor, LogisticRegression, Ridge, MLPClassifier or MLPRegressor for rows of n_features.

    n_classes: labels are 0…n_classes−1, also where an owner's rows lack some; 0 for regressors. epochs: passes over the
    rows per round, for the estimators that train in passes (SGD*, MLP*); LogisticRegression starts at the weights it is
    given, Ridge solves anew. Loss and gradient are of the data alone, without the estimator's penalty, which shapes
    training: log loss, cross-entropy of the decision function, or half the mean square. Flat weights are those of
    Linear, Logistic, Softmax or, layer by layer, of the MLP.
    Raises InvalidInput for other estimators and for options that leave no such loss.
    """

    estimator: Any
    n_features: int
    n_classes: int = 0
    epochs: int = 1
    _twin: Model = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._check_estimator()
        object.__setattr__(self, "_twin", self._make_twin())

    @property
    def n_parameters(self) -> int:
        return self._twin.n_parameters

    @property
    def metric_name(self) -> str:
        return self._twin.metric_name

    def initial(self, random_state: int) -> Floats:
        return self._twin.initial(random_state)

    def loss(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        return self._twin.loss(weights, X, y)

    def losses(self, weights_matrix: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        return self._twin.losses(weights_matrix, X, y)

    def gradient(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> Floats:
        return self._twin.gradient(weights, X, y)

    def predict(self, weights: ArrayLike, X: ArrayLike) -> NDArray[Any]:
        return self._twin.predict(weights, X)

    def metric(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike) -> float:
        return self._twin.metric(weights, X, y)

    def train(self, weights: ArrayLike, X: ArrayLike, y: ArrayLike, random_state: int) -> Floats:
        """The update after the estimator trained on these rows from these weights.

        Raises InvalidInput for shapes that don't fit, or when training diverges.
        """
        old = checked_weights(weights, self.n_parameters)
        features = checked_features(X, self.n_features)
        targets = self._targets(y, len(features))
        worker = self.with_weights(old, random_state)
        try:
            for _ in range(self.epochs if hasattr(worker, "partial_fit") else 1):
                self._fit(worker, features, targets)
        except ValueError as error:
            # Scikit-learn says so when training diverges or a number is NaN.
            raise InvalidInput(f"{self._kind}: {error}") from error
        return self.weights_of(worker) - old

    def with_weights(self, weights: ArrayLike, random_state: int = 0) -> Any:
        """A fitted estimator of scikit-learn with these weights, to predict with or keep."""
        from sklearn.base import clone

        vector = checked_weights(weights, self.n_parameters)
        worker = clone(self.estimator)
        if "random_state" in worker.get_params():
            worker.set_params(random_state=random_state)
        if self._kind == "LogisticRegression":
            worker.set_params(warm_start=True)
        self._allocate(worker)
        if isinstance(self._twin, Perceptron):
            for place, (matrix, bias) in enumerate(self._twin._layers(vector)):
                worker.coefs_[place][...] = matrix
                worker.intercepts_[place][...] = bias
            return worker
        rows = self._rows_of_weights
        matrix = vector[:-rows].reshape(self.n_features, rows) if rows else vector[:-1]
        # In place: SGD keeps a second name for these arrays and trains what is under that.
        worker.coef_[...] = matrix.T
        if np.ndim(worker.intercept_):
            worker.intercept_[...] = vector[-max(rows, 1) :]
        else:
            worker.intercept_ = float(vector[-1])
        return worker

    def weights_of(self, fitted: Any) -> Floats:
        """The flat weights of a fitted estimator. Raises InvalidInput when it is of another shape."""
        if isinstance(self._twin, Perceptron):
            layers = zip(fitted.coefs_, fitted.intercepts_, strict=True)
            parts = [np.asarray(part, dtype=np.float64).ravel() for layer in layers for part in layer]
        else:
            parts = [np.asarray(fitted.coef_, dtype=np.float64).T.ravel(), np.ravel(fitted.intercept_)]
        flat = np.concatenate(parts)
        if flat.shape != (self.n_parameters,):
            raise InvalidInput(f"the estimator has {flat.size} weights, this model {self.n_parameters}")
        return flat

    # ------------------------------------------------------------------ inside

    @property
    def _kind(self) -> str:
        return type(self.estimator).__name__

    @property
    def _rows_of_weights(self) -> int:
        """Rows of coef_; 0 where it is flat."""
        return 0 if not self.n_classes else 1 if self.n_classes == 2 else self.n_classes

    def _check_estimator(self) -> None:
        known = (*_CLASSIFIERS, *_REGRESSORS)
        if self._kind not in known:
            raise InvalidInput(f"{self._kind} can't be averaged; known: {', '.join(known)}")
        options = self.estimator.get_params()
        if self.n_features < 1 or self.epochs < 1:
            raise InvalidInput(f"n_features is {self.n_features} and epochs {self.epochs}; expected at least 1")
        if (self._kind in _CLASSIFIERS) != (self.n_classes >= 2):
            raise InvalidInput(f"n_classes is {self.n_classes}; a classifier wants at least 2, a regressor 0")
        if self._kind in _LOSSES and options.get("loss", _LOSSES[self._kind][0]) not in _LOSSES[self._kind]:
            raise InvalidInput(f"{self._kind} wants loss={_LOSSES[self._kind][0]!r}, got {options['loss']!r}")
        wanted = {"fit_intercept": True, "average": False, "early_stopping": False, "positive": False}
        for name, value in wanted.items():
            if options.get(name, value) != value:
                raise InvalidInput(f"{self._kind} wants {name}={value}, got {options[name]!r}")
        if options.get("solver") == "lbfgs" and self._kind.startswith("MLP"):
            raise InvalidInput(f"{self._kind} wants solver 'sgd' or 'adam': 'lbfgs' can't go on from given weights")
        if options.get("solver") == "liblinear":
            raise InvalidInput(f"{self._kind} wants a solver that can start at given weights, not 'liblinear'")

    def _make_twin(self) -> Model:
        if self._kind.startswith("MLP"):
            hidden = tuple(int(size) for size in np.atleast_1d(self.estimator.hidden_layer_sizes))
            outputs = self.n_classes if self.n_classes > 2 else 1
            return Perceptron((self.n_features, *hidden, outputs), self.estimator.activation, self.n_classes)
        if not self.n_classes:
            return Linear(self.n_features)
        return Logistic(self.n_features) if self.n_classes == 2 else Softmax(self.n_features, self.n_classes)

    def _targets(self, y: ArrayLike, n_rows: int) -> NDArray[Any]:
        return checked_labels(y, n_rows, self.n_classes) if self.n_classes else checked_targets(y, n_rows)

    def _fit(self, worker: Any, X: Floats, y: NDArray[Any]) -> None:
        if self._kind == "LogisticRegression":
            # It refuses rows of one class and forgets classes it does not see: a row of weight 0 each reminds it.
            extra = np.arange(self.n_classes)
            weights = np.concatenate([np.ones(len(y)), np.zeros(self.n_classes)])
            worker.fit(np.vstack([X, np.zeros((self.n_classes, X.shape[1]))]), np.concatenate([y, extra]), weights)
        elif self._kind in _CLASSIFIERS:
            worker.partial_fit(X, y, classes=np.arange(self.n_classes))
        elif self._kind == "Ridge":
            worker.fit(X, y)
        else:
            worker.partial_fit(X, y)

    def _allocate(self, worker: Any) -> None:
        """One look at rows of zeros makes the estimator set up its arrays; what it learns there is overwritten."""
        labels: NDArray[Any] = np.arange(max(self.n_classes, 1))
        self._fit(worker, np.zeros((len(labels), self.n_features)), labels if self.n_classes else labels.astype(float))
        # Adam's moments and SGD's clock are part of what it learnt there.
        if hasattr(worker, "_optimizer"):
            del worker._optimizer
        if hasattr(worker, "t_"):
            worker.t_ = 1.0 if self._kind.startswith("SGD") else 0
