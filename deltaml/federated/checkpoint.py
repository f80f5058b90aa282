"""A run on disk: one file, replaced as a whole after every round, read back without unpickling anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dag_cbor
import numpy as np
from dag_cbor.decoding import CBORDecodingError

from deltaml.errors import InvalidInput
from deltaml.learning import Arrays, Federation, Layout, RunHistory

_KIND = "deltaml/run/1"


def save(federation: Federation, path: Path) -> None:
    """Writes the run as it was when its last round ended. A crash in between leaves the file before it."""
    stored = federation.to_map()
    plain = {
        "kind": _KIND,
        **stored,
        "models": [model.astype("<f8").tobytes() for model in stored["models"]],
        "state": {name: values.astype("<f8").tobytes() for name, values in stored["state"].items()},
    }
    scratch = path.with_name(path.name + ".new")
    with scratch.open("wb") as file:
        file.write(dag_cbor.encode(plain))
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def resume(federation: Federation, path: Path) -> bool:
    """Goes on from `path` if it is there: whether it was. Raises InvalidInput when it holds another model's run."""
    if not path.exists():
        return False
    federation.resume(_read(path))
    return True


def load(path: Path) -> tuple[Arrays, RunHistory]:
    """The newest model and the history of a saved run. Raises InvalidInput for another kind of file."""
    stored = _read(path)
    layout = Layout(tuple(tuple(shape) for shape in stored["shapes"]), tuple(stored["dtypes"]))
    return layout.unflatten(stored["models"][-1]), RunHistory.from_map(stored["history"])


def _read(path: Path) -> dict[str, Any]:
    try:
        stored: Any = dag_cbor.decode(path.read_bytes())
        if stored["kind"] != _KIND:
            raise InvalidInput(f"{path} holds {stored['kind']!r}, not {_KIND!r}")
        stored["models"] = [np.frombuffer(model, "<f8").astype(np.float64) for model in stored["models"]]
        stored["state"] = {name: np.frombuffer(v, "<f8").astype(np.float64) for name, v in stored["state"].items()}
    except InvalidInput:
        raise
    except OSError as error:
        raise InvalidInput(f"can't read {path}: {error.strerror}") from error
    except (CBORDecodingError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"{path} is not a saved run") from error
    return dict(stored)
