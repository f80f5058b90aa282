"""What travels between server and client: a small head of plain values in DAG-CBOR, then the arrays' raw bytes.

frame = length of the head (4 bytes, little-endian), head, bytes of array 0, array 1, … Nothing is unpickled, the head
is decoded by the strict codec of `deltaml.storage`, and every size is checked before anything is allocated.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidMessage
from deltaml.storage import decode_block, encode_block

DTYPES = ("float32", "float64", "int32", "int64", "uint64")
MAX_ARRAYS = 10_000
MAX_DIMENSIONS = 16
_LENGTH_BYTES = 4
_FLOAT_KEY = "float64"


def pack(head: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> bytes:
    """The frame. Raises InvalidInput for what a head can't hold, or a head above 1 MiB."""
    given = [_little_endian(array) for array in arrays]
    shapes = [{"dtype": array.dtype.name, "shape": list(array.shape)} for array in given]
    encoded = encode_block({"head": _plain(dict(head)), "arrays": shapes})  # type: ignore[dict-item]
    return b"".join([len(encoded).to_bytes(_LENGTH_BYTES, "little"), encoded, *(array.tobytes() for array in given)])


def unpack(frame: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Inverse of `pack`; the arrays are read-only views of `frame`. Raises InvalidMessage for anything else."""
    start = _LENGTH_BYTES + int.from_bytes(frame[:_LENGTH_BYTES], "little")
    if len(frame) < _LENGTH_BYTES or start > len(frame):
        raise InvalidMessage(f"a frame of {len(frame)} bytes that ends before its head does")
    outer = decode_block(frame[_LENGTH_BYTES:start])
    if not isinstance(outer, dict) or set(outer) != {"head", "arrays"}:
        raise InvalidMessage("a frame's head is a map of 'head' and 'arrays'")
    head, shapes = _floats(outer["head"]), outer["arrays"]
    if not isinstance(head, dict) or not isinstance(shapes, list) or len(shapes) > MAX_ARRAYS:
        raise InvalidMessage(f"a frame holds one map and at most {MAX_ARRAYS} arrays")
    arrays = []
    for entry in shapes:
        dtype, shape = _array_kind(entry)
        size = prod(shape) * dtype.itemsize
        if size > len(frame) - start:
            raise InvalidMessage(f"an array of {size} bytes declared where {len(frame) - start} are left")
        arrays.append(np.frombuffer(frame, dtype, prod(shape), start).reshape(shape).astype(dtype.name, copy=False))
        start += size
    if start != len(frame):
        raise InvalidMessage(f"{len(frame) - start} bytes after the last array")
    return head, arrays


def _array_kind(entry: Any) -> tuple[np.dtype[Any], list[int]]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape"} or entry["dtype"] not in DTYPES:
        raise InvalidMessage(f"an array has a dtype out of {', '.join(DTYPES)} and a shape")
    shape = entry["shape"]
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise InvalidMessage(f"a shape is a list of at most {MAX_DIMENSIONS} sizes")
    if any(type(size) is not int or not 0 <= size < 2**40 for size in shape):
        raise InvalidMessage("a shape holds whole numbers from 0 to 2**40 - 1")
    return np.dtype(entry["dtype"]).newbyteorder("<"), shape


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    given = np.asarray(array)
    kept = given if given.dtype.name in DTYPES else given.astype(np.float64)
    return kept.astype(kept.dtype.newbyteorder("<"), copy=False)


def _plain(value: Any) -> Any:
    """The block codec refuses floats, since hashed blocks must not hold any: here they are 8 bytes in a map."""
    if isinstance(value, float):
        return {_FLOAT_KEY: struct.pack("<d", value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {_FLOAT_KEY} and isinstance(value[_FLOAT_KEY], bytes) and len(value[_FLOAT_KEY]) == 8:
            return struct.unpack("<d", value[_FLOAT_KEY])[0]
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return value
