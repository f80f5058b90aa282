"""What is exported predicts what deltaml predicts, and loads without running code of its sender."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltaml.client.cli import task
from deltaml.client.onnx_export import onnx_model, write_onnx
from deltaml.client.owner import export_state, prepare
from deltaml.client.sklearn_export import sklearn_pipeline, write_sklearn
from deltaml.client.table import Table
from deltaml.client.trained import TrainedModel
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity
from tests.python.client.drafts import draft, table

pytestmark = pytest.mark.unit

THREE = {"data__target": "grade", "data__classes": ["low", "high", "average"]}
TURNED = {"data__classes": ["yes", "no"]}
MODELS: dict[str, dict[str, Any]] = {
    "linear": {"model__family": "linear", "data__classes": ..., "data__target": "dose"},
    "logistic": {},
    "logistic, labels not sorted": TURNED,
    "softmax": {"model__family": "softmax", **THREE},
    "softmax of two": {"model__family": "softmax", **TURNED},
    "mlp": {"model__family": "mlp", "model__hidden": 6, **THREE},
    "mlp of two": {"model__family": "mlp", "model__hidden": 6},
    "mlp of two, labels not sorted": {"model__family": "mlp", "model__hidden": 6, **TURNED},
}


def rows() -> Table:
    columns = dict(table(200).columns)
    columns["grade"] = [
        "low" if float(dose) < 40 else "average" if float(dose) < 60 else "high" for dose in columns["dose"]
    ]
    return Table(columns)


def trained(kind: str) -> TrainedModel:
    prepared = prepare(draft(**MODELS[kind]), rows(), Identity.generate().recipient)
    rng = np.random.default_rng(3)
    weights = prepared.spec.weights_format().encode(rng.normal(size=len(prepared.state.weights)))
    return TrainedModel.from_json(export_state(prepared.spec, replace(prepared.state, weights=weights)))


def raw(model: TrainedModel) -> np.ndarray:
    return np.stack([rows().numbers(column.name) for column in model.columns], axis=1)


def agree(answers: list[Any], expected: list[Any]) -> None:
    if isinstance(expected[0], str):
        assert answers == expected and len(set(expected)) > 1
    else:
        assert answers == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", MODELS)
def test_onnx_predicts_as_deltaml_does(kind: str, tmp_path: Path) -> None:
    reference = pytest.importorskip("onnx.reference")
    model = trained(kind)
    write_onnx(model, tmp_path / "model.onnx")
    session = reference.ReferenceEvaluator(str(tmp_path / "model.onnx"))
    answers = session.run(None, {"columns": raw(model)})
    agree(answers[0].tolist(), model.predict(rows()))
    if model.target.kind == "classes":
        assert np.allclose(answers[1].sum(axis=1), 1)
        assert [model.target.classes[i] for i in answers[1].argmax(axis=1)] == answers[0].tolist()


@pytest.mark.parametrize("kind", MODELS)
def test_sklearn_predicts_as_deltaml_does(kind: str, tmp_path: Path) -> None:
    model, path = trained(kind), tmp_path / "model.skops"
    write_sklearn(model, path)
    skops = pytest.importorskip("skops.io")
    assert skops.get_untrusted_types(file=path) == []
    pipeline = skops.load(path)
    assert list(pipeline.feature_names_in_) == [column.name for column in model.columns]
    with pytest.warns(UserWarning, match="feature names"):
        agree(pipeline.predict(raw(model)).tolist(), model.predict(rows()))


def test_the_two_give_the_same_probabilities() -> None:
    reference = pytest.importorskip("onnx.reference")
    for kind in ("logistic", "softmax", "mlp", "mlp of two, labels not sorted"):
        model = trained(kind)
        pipeline = sklearn_pipeline(model)
        ours = reference.ReferenceEvaluator(onnx_model(model)).run(None, {"columns": raw(model)})[1]
        with pytest.warns(UserWarning, match="feature names"):
            theirs = pipeline.predict_proba(raw(model))
        order = [list(pipeline.classes_).index(label) for label in model.target.classes]
        assert np.allclose(ours, theirs[:, order], atol=1e-12)


@pytest.mark.parametrize(("module", "write"), [("onnx", write_onnx), ("skops.io", write_sklearn)])
def test_a_missing_package_is_named(module: str, write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InvalidInput, match=r"is not installed: pip install 'deltaml\["):
        write(trained("linear"), tmp_path / "model")


@pytest.mark.parametrize("change", [{"weights": [1]}, {"columns": []}, {"family": "softmax"}, {"name": ...}])
def test_a_model_that_does_not_fit_together(change: dict[str, Any]) -> None:
    prepared = prepare(draft(), table(), Identity.generate().recipient)
    given = json.loads(export_state(prepared.spec, prepared.state)) | change
    text = json.dumps({name: value for name, value in given.items() if value is not ...})
    with pytest.raises(InvalidInput, match="not a model written by fetch-model"):
        TrainedModel.from_json(text)


@pytest.mark.parametrize("chosen", list(task.Format))
def test_the_command(chosen: task.Format, tmp_path: Path) -> None:
    prepared = prepare(draft(), table(), Identity.generate().recipient)
    model, out = tmp_path / "model.json", tmp_path / "out"
    model.write_text(export_state(prepared.spec, prepared.state))
    task.export(model, chosen, out)
    assert out.stat().st_size > 0
    with pytest.raises(InvalidInput, match="can't write"):
        task.export(model, chosen, tmp_path / "none" / "out")
