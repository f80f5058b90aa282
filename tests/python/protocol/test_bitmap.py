"""Sets of trainers as bytes: one set, one bitmap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidMessage
from deltaml.protocol.bitmap import from_bitmap, is_bitmap, to_bitmap

pytestmark = pytest.mark.unit

SIZED = st.integers(1, 200).flatmap(lambda size: st.tuples(st.sets(st.integers(0, size - 1)), st.just(size)))


@given(SIZED)
def test_round_trip(case: tuple[set[int], int]) -> None:
    members, size = case
    bitmap = to_bitmap(members, size)
    assert len(bitmap) == -(-size // 8)
    assert from_bitmap(bitmap, size) == tuple(sorted(members))
    assert int.from_bytes(bitmap, "little") == sum(1 << member for member in members)


@given(st.binary(max_size=20), st.integers(0, 170))
def test_any_bytes_are_a_set_or_refused(data: bytes, size: int) -> None:
    try:
        members = from_bitmap(data, size)
    except InvalidMessage:
        assert len(data) != (size + 7) // 8 or int.from_bytes(data, "little") >> size
        return
    assert to_bitmap(members, size) == data


def test_nobody_beyond_the_end() -> None:
    assert from_bitmap(b"\xff\x01", 9) == tuple(range(9))
    assert from_bitmap(b"", 0) == ()
    with pytest.raises(InvalidMessage, match="trainer 9 does not exist"):
        from_bitmap(b"\xff\x03", 9)
    for member in (-1, 9):
        with pytest.raises(InvalidMessage, match="not in range"):
            to_bitmap([0, member], 9)


def test_order_and_repetition_do_not_matter() -> None:
    assert to_bitmap([8, 0, 0], 9) == to_bitmap((0, 8), 9) == b"\x01\x01"


@given(st.binary(max_size=4), st.integers(0, 24))
def test_what_can_be_read_is_known_beforehand(bitmap: bytes, size: int) -> None:
    """For bytes of others that are skipped, not answered."""
    if is_bitmap(bitmap, size):
        assert to_bitmap(from_bitmap(bitmap, size), size) == bitmap
    else:
        with pytest.raises(InvalidMessage):
            from_bitmap(bitmap, size)
