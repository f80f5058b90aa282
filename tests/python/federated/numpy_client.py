"""A client as Flower users write it: a class of theirs on plain numpy, without a word of DeltaML in it."""

import numpy as np


class NumpyClient:
    """Softmax regression the way a tutorial does it; the base class, flwr.client.NumPyClient, adds nothing we use."""

    def __init__(self, X, y, n_classes, epochs=5, rate=0.5):  # type: ignore[no-untyped-def]
        self.X, self.y, self.n_classes, self.epochs, self.rate = X, y, n_classes, epochs, rate
        self.W = np.zeros((X.shape[1], n_classes), dtype=np.float32)
        self.b = np.zeros(n_classes, dtype=np.float32)
        self.configs: list[dict[str, object]] = []

    def get_parameters(self, config):  # type: ignore[no-untyped-def]
        return [self.W, self.b]

    def set_parameters(self, parameters):  # type: ignore[no-untyped-def]
        self.W, self.b = parameters

    def fit(self, parameters, config):  # type: ignore[no-untyped-def]
        self.configs.append(config)
        self.set_parameters(parameters)
        for _ in range(self.epochs):
            slopes = (self._probabilities() - np.eye(self.n_classes)[self.y]) / len(self.y)
            self.W -= self.rate * self.X.T @ slopes
            self.b -= self.rate * slopes.sum(axis=0)
        return self.get_parameters(config={}), len(self.X), {}

    def evaluate(self, parameters, config):  # type: ignore[no-untyped-def]
        self.set_parameters(parameters)
        p = self._probabilities()
        loss = -np.log(p[np.arange(len(self.y)), self.y]).mean()
        return loss, len(self.X), {"accuracy": (p.argmax(axis=1) == self.y).mean()}

    def _probabilities(self):  # type: ignore[no-untyped-def]
        logits = self.X @ self.W + self.b
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
