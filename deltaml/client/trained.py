"""A trained model as `deltaml task fetch-model` and the page write it: weights with all that is needed to predict."""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.client.table import Table
from deltaml.errors import DeltaMLError, InvalidInput
from deltaml.learning import Model, build_model
from deltaml.protocol.spec import MICRO, Column, Target


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """weights: float64[d], flat as the family lays them out. The model sees (value - center) / scale of each column."""

    name: str
    model: Model
    family: str
    shape: dict[str, int]
    weights: NDArray[np.float64]
    columns: tuple[Column, ...]
    target: Target

    @classmethod
    def from_json(cls, text: str) -> "TrainedModel":
        """Raises InvalidInput for anything but an exported model."""
        try:
            given = json.loads(text)
            columns = tuple(Column.from_map(column) for column in given["columns"])
            model = build_model(given["family"], given["shape"], 0.0)
            weights = np.array(given["weights"], dtype=np.int64) / 2.0 ** given["fraction_bits"]
            target = Target.from_map(given["target"])
            name = str(given["name"])
        except (ValueError, KeyError, TypeError, OverflowError, DeltaMLError) as error:
            raise InvalidInput(f"not a model written by fetch-model: {error}") from error
        fits = weights.shape == (model.n_parameters,) and len(columns) == given["shape"]["n_features"]
        if not fits or len(target.classes) != {"linear": 0, "logistic": 2}.get(
            given["family"], given["shape"].get("n_outputs")
        ):
            raise InvalidInput("not a model written by fetch-model: weights, columns and classes do not fit its shape")
        return cls(name, model, given["family"], given["shape"], weights, columns, target)

    @property
    def centers(self) -> NDArray[np.float64]:
        """float64[features], in the unit of the table."""
        return np.array([column.center_micro / MICRO for column in self.columns])

    @property
    def scales(self) -> NDArray[np.float64]:
        """float64[features], in the unit of the table."""
        return np.array([column.scale_micro / MICRO for column in self.columns])

    def predict(self, table: Table) -> list[Any]:
        """Labels, or numbers in the target's own unit, one per row. Raises InvalidInput for a missing column."""
        raw = np.stack([table.numbers(column.name) for column in self.columns], axis=1)
        answers = self.model.predict(self.weights, (raw - self.centers) / self.scales)
        target = self.target
        if target.kind == "classes":
            return [target.classes[int(answer)] for answer in answers]
        return [float(a) * target.scale_micro / MICRO + target.center_micro / MICRO for a in answers]

    def layers(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Matrix float64[inputs, outputs] and bias float64[outputs] of each layer, inputs first; tanh between two."""
        features = self.shape["n_features"]
        outputs = self.shape.get("n_outputs", 1)
        sizes = [features, *([self.shape["n_hidden"]] if self.family == "mlp" else []), outputs]
        layers, position = [], 0
        for inputs, width in pairwise(sizes):
            matrix = self.weights[position : position + inputs * width].reshape(inputs, width)
            position += inputs * width
            layers.append((matrix, self.weights[position : position + width]))
            position += width
        return layers
