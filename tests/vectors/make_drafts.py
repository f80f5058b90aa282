"""Writes drafts.json: `python -m tests.vectors.make_drafts`. What a task file and a validation CSV become, and what a
trained model looks like as JSON: the page must make the same of them, byte for byte."""

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from deltaml.client.draft import Draft
from deltaml.client.owner import PreparedTask, export_state, make_params, predict, prepare
from deltaml.client.table import Table
from deltaml.protocol.validation import validation_document

HERE = Path(__file__).parent
TOKEN = "0x" + "11" * 20
RECIPIENT = bytes(range(32))
DOCUMENTED = (HERE.parents[1] / "docs" / "task.toml").read_text("utf-8")
NUMBER = """
[model]
name = "Dosis für Kinder – \\"täglich\\" 💊"
family = "linear"
l2 = 1e-9
[data]
purpose = "Zeilen\\nund\\tTabs"
columns = ["age", "steady", "huge", "tiny"]
target = "dose"
least_scale = 0.0000015
[training]
epochs = 1
learning_rate = 0.0000025
[privacy]
clip_norm = 0.0000035
noise = 1.0000005
[progress]
baseline_loss = 0.5
target_loss = 0.1
rule = "linear"
per_round = true
[market]
committee = 7
pool = 0.0000005
fee_per_round = 1.0000025
rounds = 256
max_trainers = 1024
max_units = 3
unit_stake = 123456789.123456
join_seconds = 1
submit_seconds = 2
commit_seconds = 3
vote_seconds = 7
challenge_seconds = 0
arbiter = "0x2222222222222222222222222222222222222222"
"""
THREE = (
    DOCUMENTED.replace('"logistic"', '"softmax"')
    .replace('["no", "yes"]', '["low", "high", "1"]')
    .replace('target = "ill"', 'target = "grade"')
)


def csv(rows: int) -> str:
    rng = np.random.default_rng(rows)
    values = rng.normal(50, 10, size=(rows, 4))
    lines = ["age,bmi,blood_pressure,glucose,ill,grade,steady,huge,tiny,dose"]
    for age, bmi, pressure, glucose in values.tolist():
        ill, grade = "yes" if glucose > 50 else "no", ("low", "high", "1")[int(age) % 3]
        numbers = f"{age:.3f},{bmi!r},{pressure:.1e},{glucose:.6f}"
        lines.append(f"{numbers},{ill},{grade},0.1,{age * 1e7:.2f},{bmi * 1e-7:.12f},{2 * age - bmi:.4f}")
    return "\n".join(lines) + "\n"


def prepared_of(toml: str, rows: str) -> tuple[Draft, Table, PreparedTask]:
    with tempfile.TemporaryDirectory() as folder:
        draft, table = Path(folder) / "task.toml", Path(folder) / "rows.csv"
        draft.write_text(toml, "utf-8")
        table.write_text(rows, "utf-8")
        plan, read = Draft.read(draft), Table.read(table)
    return plan, read, prepare(plan, read, RECIPIENT)


def drafted(toml: str, rows: str) -> dict[str, Any]:
    plan, table, prepared = prepared_of(toml, rows)
    spec, state = prepared.spec, prepared.state
    params = asdict(make_params(plan, TOKEN, b"\x01" * 32, b"\x02" * 32))
    weights = np.random.default_rng(9).integers(-(2**26), 2**26, size=len(state.weights))
    model = export_state(spec, replace(state, weights=weights, round=3, loss_micro=-7, metric_micro=10**22))
    return {
        "toml": toml,
        "csv": rows,
        "spec": spec.encode().hex(),
        "validation": validation_document(spec.target.kind, prepared.validation).digest.hex(),
        "state": state.document().digest.hex(),
        "params": {name: value.hex() if isinstance(value, bytes) else str(value) for name, value in params.items()},
        "weights": [str(int(weight)) for weight in weights],
        "model": model,
        "predictions": [str(answer) for answer in predict(model, table)],
    }


def drafts() -> dict[str, Any]:
    cases = {"documented": (DOCUMENTED, 30), "number": (NUMBER, 200), "softmax": (THREE, 1001)}
    return {
        "recipient": RECIPIENT.hex(),
        "token": TOKEN,
        "cases": {n: drafted(t, csv(r)) for n, (t, r) in cases.items()},
    }


if __name__ == "__main__":
    (HERE / "drafts.json").write_text(json.dumps(drafts(), indent=1) + "\n", "utf-8")
