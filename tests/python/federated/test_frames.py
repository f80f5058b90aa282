"""What travels between server and client: it comes back as it was, and nothing else is accepted."""

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.federated.frames import DTYPES, pack, unpack
from deltaml.storage import encode_block

pytestmark = pytest.mark.unit

scalars = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary())


@given(st.dictionaries(st.text(), st.one_of(scalars, st.lists(scalars), st.dictionaries(st.text(), scalars))))
def test_a_head_comes_back(head: dict[str, Any]) -> None:
    assert unpack(pack(head))[0] == head


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3, 4)])
def test_arrays_come_back_with_shape_and_type(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 100, size=shape).astype(dtype)
    _, (back, second) = unpack(pack({}, [array, np.arange(2)]))
    assert back.dtype.name == dtype and back.shape == shape and second.tolist() == [0, 1]
    np.testing.assert_array_equal(back, array)


def test_odd_layouts_and_types_are_sent_as_plain_ones() -> None:
    fortran, half, big = np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.ones(2, np.float16), np.ones(2, ">f8")
    _, arrays = unpack(pack({}, [fortran, half, big, fortran[:, ::2]]))
    np.testing.assert_array_equal(arrays[0], fortran)
    np.testing.assert_array_equal(arrays[3], fortran[:, ::2])
    assert [array.dtype.name for array in arrays] == ["float64"] * 4


def test_nan_travels_for_somebody_else_to_refuse() -> None:
    head, (array,) = unpack(pack({"loss": float("nan")}, [np.array([np.inf])]))
    assert np.isnan(head["loss"]) and np.isinf(array[0])


def frame(outer: Any, tail: bytes = b"") -> bytes:
    head = encode_block(outer)
    return len(head).to_bytes(4, "little") + head + tail


def one(**changes: Any) -> Any:
    return {"head": {}, "arrays": [{"dtype": "float64", "shape": [1]} | changes]}


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x00",
        b"\xff\xff\xff\xff",
        b"\x80\x04K\x01.",
        frame([]),
        frame({"head": {}}),
        frame({"head": [], "arrays": []}),
        frame({"head": {}, "arrays": {}}),
        frame({"head": {}, "arrays": [1]}),
        frame(one(dtype="object"), b"x" * 8),
        frame(one(shape=[-1]), b"x" * 8),
        frame(one(shape=[True]), b"x" * 8),
        frame(one(shape=[2**39, 2**39])),
        frame(one(shape=[1] * 17), b"x" * 8),
        frame(one(shape="1"), b"x" * 8),
        frame(one(), b"x" * 7),
        frame(one(), b"x" * 9),
        frame({"head": {}, "arrays": []}, b"x"),
        pack({}, [np.ones(3)])[:-1],
    ],
)
def test_anything_else_is_refused(bad: bytes) -> None:
    with pytest.raises(InvalidMessage):
        unpack(bad)


@given(st.binary(max_size=60), st.integers(0, 200))
def test_noise_is_refused_or_read_but_never_breaks(noise: bytes, at: int) -> None:
    good = pack({"name": "ann", "loss": 0.5}, [np.ones(3)])
    spoiled = good[:at] + noise + good[at + len(noise) :]
    with contextlib.suppress(InvalidMessage):
        unpack(spoiled)


def test_what_a_head_can_not_hold_is_said_at_once() -> None:
    with pytest.raises(InvalidInput, match="can't hold set"):
        pack({"x": {1}})
