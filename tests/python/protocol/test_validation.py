"""The owner's validation set: what the committee scores with is what the specification announced, or it is refused."""

from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.protocol import validation as module
from deltaml.protocol.document import Document
from deltaml.protocol.spec import MICRO, OpenSpec, Target
from deltaml.protocol.stepping import Validation
from deltaml.protocol.validation import DATA_FORMAT, read_validation, validation_document
from deltaml.storage import put_vector
from tests.python.protocol.board import make_spec, make_validation
from tests.python.protocol.samples import with_top

pytestmark = pytest.mark.unit

ROWS = 60
CLASSES = make_spec()
NUMBER = make_spec(family="linear", target=Target("y", "number", (), 0, MICRO))
GIVEN = make_validation()
DOCUMENT = validation_document("classes", GIVEN)


def changed(**fields: Any) -> Document:
    return with_top(DOCUMENT, {**DOCUMENT.top, **fields})


def test_round_trip_of_classes() -> None:
    read = read_validation(CLASSES, DOCUMENT)
    assert np.array_equal(read.y, GIVEN.y) and read.y.dtype == np.int64
    assert np.abs(read.X - GIVEN.X).max() <= 2.0**-25
    assert read.X.shape == GIVEN.X.shape


def test_round_trip_of_numbers() -> None:
    numbers = Validation(GIVEN.X, GIVEN.X[:, 0] * 3)
    read = read_validation(NUMBER, validation_document("number", numbers))
    assert read.y.dtype == np.float64
    assert np.abs(read.y - numbers.y).max() <= 2.0**-25


def test_what_was_read_reads_the_same_again() -> None:
    """Rounded once: owner and committee work with the very same numbers."""
    read = read_validation(CLASSES, DOCUMENT)
    again = validation_document("classes", read)
    assert again.digest == DOCUMENT.digest
    assert np.array_equal(read_validation(CLASSES, again).X, read.X)


@pytest.mark.parametrize("rows", [0, -1, 59, 61, True, None, 2**62])
def test_rows_are_those_of_the_specification(rows: Any) -> None:
    with pytest.raises(InvalidMessage, match="rows"):
        read_validation(CLASSES, changed(rows=rows))


@pytest.mark.parametrize("name", ["features", "targets"])
def test_vectors_of_another_length_or_type(name: str) -> None:
    good = ROWS * 3 if name == "features" else ROWS
    for vector in (
        np.zeros(good - 1, np.int64),
        np.zeros(good + 1, np.int64),
        np.zeros(good, np.uint64),
        np.zeros(0, np.int64),
    ):
        with pytest.raises(InvalidMessage, match="vector"):
            read_validation(CLASSES, changed(**{name: put_vector(DOCUMENT.blocks, vector)}))
    for junk in (None, [], b"", {"dtype": "int64"}):
        with pytest.raises(InvalidMessage, match="vector"):
            read_validation(CLASSES, changed(**{name: junk}))


@pytest.mark.parametrize("label", [-1, 2, 2**62, -(2**63)])
def test_labels_are_classes_of_the_target(label: int) -> None:
    labels = GIVEN.y.astype(np.int64).copy()
    labels[7] = label
    with pytest.raises(InvalidMessage, match=r"label is not in range\(2\)"):
        read_validation(CLASSES, changed(targets=put_vector(DOCUMENT.blocks, labels)))


def test_more_or_fewer_columns() -> None:
    wide = validation_document("classes", Validation(np.hstack([GIVEN.X, GIVEN.X]), GIVEN.y))
    with pytest.raises(InvalidMessage, match="vector"):
        read_validation(CLASSES, wide)


def test_type_and_fields() -> None:
    with pytest.raises(InvalidMessage, match="type"):
        read_validation(CLASSES, changed(type="deltaml/state/1"))
    with pytest.raises(InvalidMessage, match="unknown fields"):
        read_validation(CLASSES, changed(weights=1))
    for name in ("type", "rows", "features", "targets"):
        rest = {key: value for key, value in DOCUMENT.top.items() if key != name}
        with pytest.raises(InvalidMessage, match="missing fields"):
            read_validation(CLASSES, with_top(DOCUMENT, rest))


def test_no_set_is_larger_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VALUES", ROWS * 3 - 1)
    with pytest.raises(InvalidMessage, match="rows"):
        read_validation(CLASSES, DOCUMENT)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 2.0**39, -(2.0**40)])
def test_what_does_not_fit_is_refused_where_it_is_written(bad: float) -> None:
    X = GIVEN.X.copy()
    X[3, 1] = bad
    with pytest.raises(InvalidInput, match="fit"):
        validation_document("classes", Validation(X, GIVEN.y))
    assert DATA_FORMAT.fraction_bits == 24


def test_every_family_scores_with_what_was_read() -> None:
    for spec, kind, y in ((CLASSES, "classes", GIVEN.y), (NUMBER, "number", GIVEN.X[:, 1])):
        read = read_validation(spec, validation_document(kind, Validation(GIVEN.X, y)))
        assert isinstance(spec, OpenSpec)
        assert np.isfinite(spec.model().loss(spec.model().initial(0), read.X, read.y))
