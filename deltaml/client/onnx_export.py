"""A trained model as an ONNX graph, for whatever runs ONNX: raw columns in, labels or numbers out."""

from pathlib import Path
from typing import Any

import numpy as np

from deltaml.client.trained import TrainedModel
from deltaml.errors import InvalidInput
from deltaml.protocol.spec import MICRO

OPSET = 18
IR_VERSION = 8
"""Read by runtimes from 2023 on."""


def onnx_model(trained: TrainedModel) -> Any:
    """The graph. Input "columns": float64[rows, features], raw, in the order of `trained.columns`. Outputs: "label"
    text[rows] and "probabilities" float64[rows, classes], or "prediction" float64[rows] in the target's own unit.

    float64 throughout, so that it answers as deltaml does. Raises InvalidInput when onnx is not installed.
    """
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError as error:
        raise InvalidInput("onnx is not installed: pip install 'deltaml[onnx]'") from error
    constants: dict[str, Any] = {"centers": trained.centers, "scales": trained.scales}
    nodes = [("Sub", ["columns", "centers"], "shifted"), ("Div", ["shifted", "scales"], "hidden0")]
    layers = trained.layers()
    for place, (matrix, bias) in enumerate(layers):
        constants |= {f"matrix{place}": matrix, f"bias{place}": bias}
        nodes += [("MatMul", [f"hidden{place}", f"matrix{place}"], f"product{place}")]
        last = place == len(layers) - 1
        nodes += [("Add", [f"product{place}", f"bias{place}"], "scores" if last else f"sum{place}")]
        if not last:
            nodes += [("Tanh", [f"sum{place}"], f"hidden{place + 1}")]
    made = [helper.make_node(kind, inputs, [output]) for kind, inputs, output in nodes]
    if trained.target.kind == "number":
        constants |= {"unit": np.array(trained.target.scale_micro / MICRO), "flat": np.array([-1])}
        constants |= {"zero": np.array(trained.target.center_micro / MICRO)}
        ends = [("Reshape", ["scores", "flat"], "standardised"), ("Mul", ["standardised", "unit"], "scaled")]
        ends += [("Add", ["scaled", "zero"], "prediction")]
        made += [helper.make_node(kind, inputs, [output]) for kind, inputs, output in ends]
        outputs = [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, ["rows"])]
    else:
        made += _class_nodes(trained, helper)
        constants |= {"nought": np.zeros(1), "labels": np.array(trained.target.classes, dtype=object)}
        outputs = [
            helper.make_tensor_value_info("label", TensorProto.STRING, ["rows"]),
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, ["rows", len(trained.target.classes)]),
        ]
    tensors = [numpy_helper.from_array(np.asarray(value, order="C"), name) for name, value in constants.items()]
    columns = helper.make_tensor_value_info("columns", TensorProto.DOUBLE, ["rows", len(trained.columns)])
    graph = helper.make_graph(made, "deltaml", [columns], outputs, tensors)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="deltaml"
    )
    names = ", ".join(column.name for column in trained.columns)
    model.doc_string = f"{trained.name}: predicts {trained.target.name} from {names}"
    checker.check_model(model, full_check=True)
    return model


def write_onnx(trained: TrainedModel, path: Path) -> None:
    """Raises InvalidInput when onnx is not installed or the file can't be written."""
    octets = onnx_model(trained).SerializeToString()
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise InvalidInput(f"can't write {path}: {error.strerror}") from error


def _class_nodes(trained: TrainedModel, helper: Any) -> list[Any]:
    """From "scores" to "label" and "probabilities". One score means two classes: nought belongs to the first."""
    width = "scores"
    nodes = []
    if trained.family == "logistic":
        nodes = [
            helper.make_node("Mul", ["scores", "nought"], ["none"]),
            helper.make_node("Concat", ["none", "scores"], ["both"], axis=1),
        ]
        width = "both"
    return [
        *nodes,
        helper.make_node("ArgMax", [width], ["index"], axis=1, keepdims=0),
        helper.make_node("Gather", ["labels", "index"], ["label"]),
        helper.make_node("Softmax", [width], ["probabilities"], axis=1),
    ]
