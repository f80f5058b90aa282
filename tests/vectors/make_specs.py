"""Writes specs.json: `python -m tests.vectors.make_specs`. Specifications that every reader takes, and that none does:
whole blocks in hex, and changes to the block `base`, a field each as a block in hex (null: the field is left out)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deltaml.storage import decode_block, encode_block
from tests.python.protocol.board import make_spec
from tests.python.protocol.sealed.samples import SPEC as SEALED_SPEC
from tests.vectors.make_learning import CLASSES_OF, open_spec

HERE = Path(__file__).parent
NUMBERS = {
    "l2_nano": (0, 10**12),
    "fraction_bits": (8, None),
    "gradient_bits": (8, None),
    "clip_norm_micro": (1, None),
    "noise_micro": (0, None),
    "gradient_norm_micro": (1, None),
    "min_updates": (3, 1024),
    "max_weight_sum": (1, None),
    "turn_seconds": (1, 86_400),
    "epochs": (1, 10_000),
    "batch_size": (0, 10**6),
    "learning_rate_micro": (1, 10**9),
    "momentum_micro": (0, 999_999),
    "public_steps": (0, 16),
    "validation_rows": (1, 10**6),
}
"""Least and largest that are taken, by themselves; None where another rule is hit before."""


Changes = dict[str, str | None]


def changed(**changes: Any) -> Changes:
    """Other or further fields of the base; a field set to `...` is left out."""
    return {name: None if value is ... else encode_block(value).hex() for name, value in changes.items()}


def build(base: bytes, changes: Changes) -> bytes:
    """The changed block."""
    block = decode_block(base)
    assert isinstance(block, dict)
    decoded = {name: decode_block(bytes.fromhex(data)) for name, data in changes.items() if data is not None}
    return encode_block({name: value for name, value in (block | decoded).items() if changes.get(name, "") is not None})


def whole() -> dict[str, str]:
    specs = {"logistic": make_spec(), "sealed": SEALED_SPEC}
    specs |= {f"{family}, odd numbers": open_spec(family) for family in CLASSES_OF}
    specs["mlp"] = make_spec(family="mlp", shape={"n_features": 3, "n_hidden": 4, "n_outputs": 2})
    return {name: spec.encode().hex() for name, spec in specs.items()}


def taken() -> Iterator[tuple[str, Changes]]:
    for name, (low, high) in NUMBERS.items():
        for value in (low, high):
            if value is not None:
                yield f"{name} {value}", changed(**{name: value})
    yield "text of 2000 characters beyond 16 bits", changed(name="𝒳" * 2000)
    column = {"name": "x", "center_micro": 10**18, "scale_micro": 10**18}
    yield "far columns", changed(columns=[column, {**column, "name": "", "center_micro": -(10**18)}, column])


def refused() -> Iterator[tuple[str, Changes]]:
    yield "unknown field", changed(extra=1)
    yield "unknown type", changed(type="deltaml/spec/2")
    yield "no type", changed(type=...)
    for name, (low, high) in NUMBERS.items():
        yield f"{name} missing", changed(**{name: ...})
        yield f"{name} below", changed(**{name: low - 1})
        yield f"{name} as text", changed(**{name: str(low)})
        yield f"{name} as truth value", changed(**{name: True})
        yield f"{name} far above", changed(**{name: 2**63})
        if high is not None:
            yield f"{name} above", changed(**{name: high + 1})
    yield "name too long", changed(name="x" * 2001)
    yield "name as bytes", changed(name=b"x")
    yield "unknown family", changed(family="forest")
    yield "columns none", changed(columns=[], shape={"n_features": 0})
    column = {"name": "x", "center_micro": 0, "scale_micro": 1}
    yield "columns too few", changed(columns=[column])
    yield "column without scale", changed(columns=[{"name": "x", "center_micro": 0}] * 3)
    yield "column with unit", changed(columns=[{**column, "unit": "m"}] * 3)
    yield "column scale zero", changed(columns=[{**column, "scale_micro": 0}] * 3)
    yield "column too far", changed(columns=[{**column, "center_micro": 10**18 + 1}] * 3)
    target = {"name": "y", "kind": "classes", "classes": ["0", "1"], "center_micro": 0, "scale_micro": 1}
    yield "one class", changed(target={**target, "classes": ["0"]})
    yield "a class twice", changed(target={**target, "classes": ["0", "0"]})
    yield "three classes for logistic", changed(target={**target, "classes": ["0", "1", "2"]})
    yield "a class as number", changed(target={**target, "classes": ["0", 1]})
    yield "a number with classes", changed(target={**target, "kind": "number"})
    yield "unknown kind of target", changed(target={**target, "kind": "text"})
    yield "linear with classes", changed(family="linear")
    yield "shape too wide", changed(shape={"n_features": 4})
    yield "shape with too much", changed(shape={"n_features": 3, "n_outputs": 2})
    yield "shape with unknown size", changed(shape={"n_features": 3, "depth": 2})
    yield "shape as list", changed(shape=[3])
    yield "softmax without outputs", changed(family="softmax")
    yield "softmax with other outputs", changed(family="softmax", shape={"n_features": 3, "n_outputs": 3})
    yield "mlp without hidden", changed(family="mlp", shape={"n_features": 3, "n_outputs": 2})
    yield "recipient too short", changed(owner_recipient=bytes(31))
    yield "validation as text", changed(validation="x" * 32)
    yield "drop_negative as number", changed(drop_negative=1)
    yield "unknown progress rule", changed(progress_rule="sqrt")
    yield "target at the baseline", changed(target_loss_micro=693_147)
    yield "weighted sum leaves 64 bits", changed(fraction_bits=32, clip_norm_micro=10**9, max_weight_sum=10**7)
    yield "inner product leaves 64 bits", changed(gradient_bits=32, fraction_bits=32, gradient_norm_micro=10**9)
    yield "noise leaves 64 bits", changed(noise_micro=10**12)


def refused_sealed() -> Iterator[tuple[str, Changes]]:
    yield "with epochs", changed(epochs=1)
    yield "mlp", changed(family="mlp")
    yield "long key", changed(key=bytes([255]) * 513)
    yield "weight norm zero", changed(weight_norm_micro=0)
    yield "data bits", changed(data_bits=33)
    yield "short key", changed(key=SEALED_SPEC.key[:192])
    yield "even key", changed(key=SEALED_SPEC.key[:-1] + b"\x00")
    yield "key with leading zeros", changed(key=bytes(8) + SEALED_SPEC.key)
    yield "clip norm too large for the weights", changed(clip_norm_micro=10**12, weight_norm_micro=1, data_bits=32)
    yield "score leaves 88 bits", changed(gradient_norm_micro=10**12, gradient_bits=32)
    yield "sum leaves 88 bits", changed(max_weight_sum=1024 * 65535, data_bits=32, fraction_bits=32)


def specs() -> dict[str, Any]:
    return {
        "base": make_spec().encode().hex(),
        "sealed_base": SEALED_SPEC.encode().hex(),
        "whole": whole(),
        "taken": dict(taken()),
        "refused": dict(refused()),
        "refused_sealed": dict(refused_sealed()),
    }


if __name__ == "__main__":
    (HERE / "specs.json").write_text(json.dumps(specs(), indent=1, ensure_ascii=False) + "\n", "utf-8")
