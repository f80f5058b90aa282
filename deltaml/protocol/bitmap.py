"""Sets of trainers as bytes: bit i of byte i // 8, least significant first, is trainer i."""

from collections.abc import Iterable

from deltaml.errors import InvalidMessage


def to_bitmap(members: Iterable[int], size: int) -> bytes:
    """The bitmap of `members`, each in range(size), in (size + 7) // 8 bytes."""
    bits = bytearray((size + 7) // 8)
    for member in members:
        if not 0 <= member < size:
            raise InvalidMessage(f"bitmap: {member} is not in range({size})")
        bits[member // 8] |= 1 << member % 8
    return bytes(bits)


def is_bitmap(bitmap: bytes, size: int) -> bool:
    """Whether `from_bitmap` reads it."""
    return len(bitmap) == (size + 7) // 8 and int.from_bytes(bitmap, "little").bit_length() <= size


def from_bitmap(bitmap: bytes, size: int) -> tuple[int, ...]:
    """The members of a bitmap, ascending. Raises InvalidMessage for another length or a bit beyond `size`."""
    if len(bitmap) != (size + 7) // 8:
        raise InvalidMessage(f"bitmap: expected {(size + 7) // 8} bytes for {size} trainers, got {len(bitmap)}")
    members = tuple(index for index in range(len(bitmap) * 8) if bitmap[index // 8] >> index % 8 & 1)
    if members and members[-1] >= size:
        raise InvalidMessage(f"bitmap: trainer {members[-1]} does not exist, there are {size}")
    return members
