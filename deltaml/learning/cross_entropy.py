"""Softmax cross-entropy, shared by the models with a softmax output."""

import numpy as np
from scipy.special import log_softmax, softmax

from deltaml.learning.arrays import Floats, Ints


def cross_entropy(logits: Floats, labels: Ints) -> Floats:
    """Mean of −log softmax(logits)[label]: logits[m, n, k] and labels[n] in 0…k−1 give float64[m]."""
    log_probabilities = log_softmax(logits, axis=-1)
    chosen = log_probabilities[:, np.arange(len(labels)), labels]
    return np.asarray(-chosen.mean(axis=1), dtype=np.float64)


def cross_entropy_slopes(logits: Floats, labels: Ints) -> Floats:
    """Gradient float64[n, k] of the mean cross-entropy in the logits[n, k]."""
    slopes = np.asarray(softmax(logits, axis=-1), dtype=np.float64)
    slopes[np.arange(len(labels)), labels] -= 1.0
    return slopes / len(labels)
