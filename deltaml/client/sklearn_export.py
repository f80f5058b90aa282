"""A trained model as a scikit-learn pipeline, in a skops file: it loads without running any code of its sender."""

from pathlib import Path
from typing import Any

import numpy as np

from deltaml.client.trained import TrainedModel
from deltaml.errors import InvalidInput
from deltaml.protocol.spec import MICRO


def sklearn_pipeline(trained: TrainedModel) -> Any:
    """StandardScaler and estimator, fitted: it predicts labels, or numbers in the target's own unit, from raw columns.

    Raises InvalidInput when scikit-learn is not installed.
    """
    try:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise InvalidInput("scikit-learn is not installed: pip install 'deltaml[sklearn]'") from error
    scaler = StandardScaler()
    scaler.mean_, scaler.scale_ = trained.centers, trained.scales
    scaler.var_, scaler.n_features_in_ = trained.scales**2, len(trained.columns)
    scaler.feature_names_in_ = np.array([column.name for column in trained.columns], dtype=object)
    return make_pipeline(scaler, _estimator(trained))


def write_sklearn(trained: TrainedModel, path: Path) -> None:
    """Raises InvalidInput when scikit-learn or skops is not installed, or the file can't be written."""
    pipeline = sklearn_pipeline(trained)
    try:
        from skops.io import dump
    except ImportError as error:
        raise InvalidInput("skops is not installed: pip install 'deltaml[sklearn]'") from error
    try:
        dump(pipeline, path)
    except OSError as error:
        raise InvalidInput(f"can't write {path}: {error.strerror}") from error


def _estimator(trained: TrainedModel) -> Any:
    from sklearn.linear_model import LinearRegression, LogisticRegression

    if trained.family == "mlp":
        return _perceptron(trained)
    ((matrix, bias),) = trained.layers()
    if trained.family == "linear":
        unit, zero = trained.target.scale_micro / MICRO, trained.target.center_micro / MICRO
        regression = LinearRegression()
        regression.coef_, regression.intercept_ = matrix[:, 0] * unit, float(bias[0]) * unit + zero
        regression.n_features_in_ = len(matrix)
        return regression
    classifier = LogisticRegression()
    classifier.classes_ = np.array(trained.target.classes)
    classifier.coef_, classifier.intercept_ = matrix.T.copy(), bias.copy()
    classifier.n_features_in_ = len(matrix)
    return classifier


def _perceptron(trained: TrainedModel) -> Any:
    """Fitted for a moment on one row per label, so that scikit-learn lays out its own attributes, then given ours."""
    from sklearn.neural_network import MLPClassifier

    (V, a), (W, b) = trained.layers()
    labels = np.array(trained.target.classes)
    if len(labels) == 2:
        # Two outputs of a softmax are one of a logistic function: only their difference matters.
        W, b = W[:, 1:] - W[:, :1], b[1:] - b[:1]
    perceptron = MLPClassifier(hidden_layer_sizes=(V.shape[1],), activation="tanh", random_state=0)
    perceptron.partial_fit(np.zeros((len(labels), len(V))), labels, classes=labels)
    # It keeps its labels sorted; ours go the same way, or columns and names would not match.
    order = [0] if len(labels) == 2 else np.argsort(labels)
    turned = len(labels) == 2 and labels[0] > labels[1]
    perceptron.coefs_ = [V.copy(), -W if turned else W[:, order].copy()]
    perceptron.intercepts_ = [a.copy(), -b if turned else b[order].copy()]
    # Of that moment nothing else stays; skops would ask the reader to trust the optimiser, too.
    del perceptron._optimizer, perceptron.loss_, perceptron.best_loss_, perceptron.loss_curve_
    return perceptron
