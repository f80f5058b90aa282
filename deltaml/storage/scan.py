"""One pass over CBOR bytes that builds nothing: bombs are refused before the decoder sees them (design R12)."""

from __future__ import annotations

from deltaml.errors import InvalidMessage

MAX_ITEMS = 1 << 16
LINK_COST_ITEMS = 16
"""Values in one block, a link counting as 16: the decoder takes 1 us for a small value, 150 us for a link. 4096 links
still hold a vector of 2**28 words."""

LINK_DIGEST_PREFIX = bytes.fromhex("01711220")  # CIDv1, dag-cbor, sha2-256, 32 bytes
_LINK_PREFIX = bytes.fromhex("d82a582500") + LINK_DIGEST_PREFIX  # tag 42, 37 bytes, identity multibase
_LINK_BYTES = len(_LINK_PREFIX) + 32
_SIMPLE = {0xF4, 0xF5, 0xF6}  # false, true, null


def check_structure(data: bytes, max_depth: int) -> None:
    """Raises InvalidMessage unless data is one CBOR item of the kinds we use, within the limits, to its last byte."""
    position = 0
    n_items = 0
    open_items = [1]
    while open_items:
        if open_items[-1] == 0:
            open_items.pop()
            continue
        open_items[-1] -= 1
        n_items += 1
        start = position
        major, argument, position = _head(data, start)
        bytes_left = len(data) - position
        if major in (2, 3):
            if argument > bytes_left:
                raise InvalidMessage(f"string of {argument} bytes declared where {bytes_left} are left")
            position += argument
        elif major in (4, 5):
            n_inside = argument * (major - 3)
            if n_inside > bytes_left:
                raise InvalidMessage(f"{n_inside} values declared where {bytes_left} bytes are left")
            if len(open_items) > max_depth:
                raise InvalidMessage(f"nested deeper than {max_depth} levels")
            open_items.append(n_inside)
        elif major == 6:
            if not data.startswith(_LINK_PREFIX, start) or len(data) - start < _LINK_BYTES:
                raise InvalidMessage("only links to dag-cbor blocks under sha2-256 may be tagged")
            position = start + _LINK_BYTES
            n_items += LINK_COST_ITEMS - 1
        elif major == 7 and data[start] not in _SIMPLE:
            raise InvalidMessage("floats and CBOR's other simple values are refused: only integers are hashed")
        if n_items > MAX_ITEMS:
            raise InvalidMessage(f"more than {MAX_ITEMS} values in one block, a link counting as {LINK_COST_ITEMS}")
    if position != len(data):
        raise InvalidMessage(f"{len(data) - position} bytes after the end")


def _head(data: bytes, position: int) -> tuple[int, int, int]:
    """(major type, argument, position after the head), RFC 8949 §3."""
    if position >= len(data):
        raise InvalidMessage("ends too early")
    major, info = divmod(data[position], 32)
    if info < 24:
        return major, info, position + 1
    end = position + 1 + (1 << (info - 24))
    if info > 27 or end > len(data):
        raise InvalidMessage("ends too early, or a length that is not definite")
    return major, int.from_bytes(data[position + 1 : end], "big"), end
