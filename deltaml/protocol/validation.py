"""The owner's validation set as a document: standardised features and targets as fixed-point integers (R17)."""

import numpy as np

from deltaml.errors import InvalidMessage
from deltaml.protocol.document import Document
from deltaml.protocol.schema import Fields
from deltaml.protocol.spec import OpenSpec
from deltaml.protocol.stepping import Validation
from deltaml.sealing import FixedPoint
from deltaml.storage import MemoryStore, get_vector, put_vector

TYPE = "deltaml/validation/1"
DATA_FORMAT = FixedPoint(24)
MAX_VALUES = 1 << 27


def validation_document(target_kind: str, validation: Validation) -> Document:
    """The document of a validation set; `target_kind` is the specification's "number" or "classes"."""
    blocks = MemoryStore()
    targets = DATA_FORMAT.encode(validation.y) if target_kind == "number" else validation.y.astype(np.int64)
    top = {
        "type": TYPE,
        "rows": len(validation.X),
        "features": put_vector(blocks, DATA_FORMAT.encode(validation.X).reshape(-1)),
        "targets": put_vector(blocks, targets),
    }
    return Document.of(top, blocks)


def read_validation(spec: OpenSpec, document: Document) -> Validation:
    """The validation set that the committee scores with. Raises InvalidMessage unless it fits the specification."""
    given = Fields.of("validation set", document.top, {"type", "rows", "features", "targets"})
    given.text("type", (TYPE,))
    rows, columns = given.integer("rows", 1, spec.validation_rows), len(spec.columns)
    if rows != spec.validation_rows or rows * columns > MAX_VALUES:
        raise given.fail("rows", f"{spec.validation_rows}, as the specification says")
    features = get_vector(document.blocks, given.values["features"], "int64", rows * columns)
    targets = get_vector(document.blocks, given.values["targets"], "int64", rows)
    X = DATA_FORMAT.decode(features).reshape(rows, columns)
    if spec.target.kind == "number":
        return Validation(X, DATA_FORMAT.decode(targets))
    if not ((targets >= 0) & (targets < len(spec.target.classes))).all():
        raise InvalidMessage(f"validation set: a label is not in range({len(spec.target.classes)})")
    return Validation(X, targets)
