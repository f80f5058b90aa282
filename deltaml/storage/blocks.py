"""Canonical DAG-CBOR blocks and their digests (design R11, R12; ipld.io/specs/codecs/dag-cbor).

Stricter than the codec: no floats anywhere, since nothing that is hashed may hold one, and links only to what R11
allows. One object has exactly one encoding, and only that one decodes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import dag_cbor
from dag_cbor.decoding import CBORDecodingError
from multiformats import CID

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.storage.scan import LINK_DIGEST_PREFIX, check_structure

MAX_BLOCK_BYTES = 1 << 20
MAX_DEPTH = 32
DIGEST_BYTES = 32

Value: TypeAlias = "bool | int | str | bytes | list[Value] | dict[str, Value] | CID | None"
"""What a block can hold. Integers lie between -2**64 and 2**64 - 1."""


def encode_block(obj: Value) -> bytes:
    """The one encoding of obj. Raises InvalidInput for anything `Value` does not list, or above 1 MiB or 32 levels."""
    _check_encodable(obj, MAX_DEPTH)
    data = dag_cbor.encode(cast(Any, obj))
    if len(data) > MAX_BLOCK_BYTES:
        raise InvalidInput(f"block of {len(data)} bytes; at most {MAX_BLOCK_BYTES}, put long vectors in chunks")
    return data


def decode_block(data: bytes, max_depth: int = MAX_DEPTH) -> Value:
    """The object that `encode_block` turns into exactly `data`.

    Structure, depth, declared lengths and item count are checked before anything is built, so the cost is bounded by
    the size of `data`. Raises InvalidMessage for everything else.
    """
    if len(data) > MAX_BLOCK_BYTES:
        raise InvalidMessage(f"block of {len(data)} bytes; at most {MAX_BLOCK_BYTES}")
    check_structure(data, max_depth)
    try:
        # As a stream: given bytes, the codec's type check prints all of them into a message it then drops.
        obj = dag_cbor.decode(io.BytesIO(data))
    except CBORDecodingError as error:
        raise InvalidMessage(f"not DAG-CBOR: {str(error).splitlines()[0]}") from error
    if dag_cbor.encode(obj) != data:
        raise InvalidMessage("not the canonical encoding of what it holds")
    return cast(Value, obj)


def digest_of(data: bytes) -> bytes:
    """sha2-256, 32 bytes: the name of a block on chain."""
    return hashlib.sha256(data).digest()


def cid_from_digest(digest: bytes) -> str:
    """CIDv1, dag-cbor, sha2-256, base32 (bafyrei...). Raises InvalidInput unless the digest has 32 bytes."""
    if len(digest) != DIGEST_BYTES:
        raise InvalidInput(f"a digest has {len(digest)} bytes; expected {DIGEST_BYTES}")
    return "b" + base64.b32encode(LINK_DIGEST_PREFIX + digest).decode("ascii").rstrip("=").lower()


def digest_from_cid(cid: str | CID) -> bytes:
    """Inverse of `cid_from_digest`; also takes a link from a block. Raises InvalidMessage for any other kind of CID."""
    if isinstance(cid, CID):
        raw = bytes(cid)
    else:
        try:
            raw = base64.b32decode(cid[1:].upper() + "=" * (-(len(cid) - 1) % 8))
        except (binascii.Error, ValueError) as error:
            raise InvalidMessage(f"{cid[:80]!r} is not a base32 CID") from error
    digest = raw[len(LINK_DIGEST_PREFIX) :]
    if raw[: len(LINK_DIGEST_PREFIX)] != LINK_DIGEST_PREFIX or len(digest) != DIGEST_BYTES:
        raise InvalidMessage(f"{str(cid)[:80]!r} is not a CIDv1 with dag-cbor and sha2-256")
    # The spare bits of base32 and upper case give one digest several names; only one of them is ours.
    if isinstance(cid, str) and cid_from_digest(digest) != cid:
        raise InvalidMessage(f"{cid[:80]!r} is not the canonical form of that CID")
    return digest


def link(digest: bytes) -> CID:
    """What to put in a block to point at another, equal to what decoding gives. Raises InvalidInput on other sizes."""
    if len(digest) != DIGEST_BYTES:
        raise InvalidInput(f"a digest has {len(digest)} bytes; expected {DIGEST_BYTES}")
    return CID.decode(LINK_DIGEST_PREFIX + digest)


def links_of(data: bytes) -> Iterator[bytes]:
    """Digests that a block links to; like Kubo we keep any bytes, and what can't be read links to nothing."""
    try:
        waiting: list[Value] = [decode_block(data)]
    except InvalidMessage:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, CID):
            yield digest_from_cid(value)
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())


def _check_encodable(obj: object, levels_left: int) -> None:
    if levels_left < 0:
        raise InvalidInput(f"nested deeper than {MAX_DEPTH} levels")
    match obj:
        case None | bool() | bytes():
            pass
        case int():
            if not -(2**64) <= obj < 2**64:
                raise InvalidInput(f"{obj} does not fit CBOR's 64 bits; write it as bytes")
        case str():
            _check_text(obj)
        case CID():
            digest_from_cid(obj)
        case list():
            for item in obj:
                _check_encodable(item, levels_left - 1)
        case dict():
            for key, item in obj.items():
                _check_text(key)
                _check_encodable(item, levels_left - 1)
        case _:
            raise InvalidInput(
                f"a block can't hold {type(obj).__name__}; allowed: None, bool, int, str, bytes, list, dict, CID"
            )


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise InvalidInput(f"keys are strings; got {type(text).__name__}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{text[:40]!r} is not valid Unicode") from error
