"""scripts/runtime.py: same_runtime, immutables_of, expected_runtime, library_names
- equal, shorter, other byte; immutables filled in; zeros that are no immutable; a zero operand of another width
- libraries are put where they belong, and a library names itself
"""

import pytest

from scripts.runtime import expected_runtime, immutables_of, library_names, same_runtime

PUSH32_ZERO = b"\x7f" + bytes(32)
FILLED = b"\x7f" + b"\xaa" * 32


@pytest.mark.parametrize(
    ("deployed", "artefact", "expected"),
    [
        (b"\x01\x02", b"\x01\x02", True),
        (b"\x01", b"\x01\x02", False),
        (b"\x01\x03", b"\x01\x02", False),
        (b"\x01" + FILLED + b"\x02", b"\x01" + PUSH32_ZERO + b"\x02", True),
        (PUSH32_ZERO, FILLED, False),
        (bytes([0x7F]) + b"\xaa" * 32 + b"\x03", PUSH32_ZERO + b"\x02", False),
        # STOP instructions are no operand.
        (b"\xaa" * 32, bytes(32), False),
        (b"\x60\x01", b"\x60\x00", False),
        # 0x7f as an operand of PUSH1 is no PUSH32.
        (b"\x60" + FILLED, b"\x60" + PUSH32_ZERO, False),
    ],
)
def test_same_runtime(deployed, artefact, expected):
    assert same_runtime(deployed, artefact) is expected


def test_immutables():
    artefact = PUSH32_ZERO + b"\x01" + PUSH32_ZERO + b"\x60\x00"
    deployed = b"\x7f" + (7).to_bytes(32) + b"\x01" + b"\x7f" + (9).to_bytes(32) + b"\x60\x00"

    assert same_runtime(deployed, artefact)
    assert immutables_of(deployed, artefact) == {7, 9}
    assert immutables_of(b"\x01", b"\x01") == set()


A, B = "0x" + "aA" * 20, "0x" + "bB" * 20


def test_links():
    hole = "__$" + "0" * 34 + "$__"
    build = {
        "deployedBytecode": f"01{hole}02{hole}03{hole}",
        "deployedLinkReferences": {
            "one.sol": {"One": [{"start": 1, "length": 20}, {"start": 43, "length": 20}]},
            "two.sol": {"Two": [{"start": 22, "length": 20}]},
        },
    }

    expected = b"\x01" + b"\xaa" * 20 + b"\x02" + b"\xbb" * 20 + b"\x03" + b"\xaa" * 20
    assert expected_runtime(build, B, {"One": A, "Two": B}) == expected


def test_library_names_itself():
    build = {"deployedBytecode": "73" + "00" * 20 + "3014"}

    assert expected_runtime(build, A, {}) == b"\x73" + b"\xaa" * 20 + b"\x30\x14"


def test_library_names():
    place = [{"start": 0, "length": 20}]

    assert library_names({"linkReferences": {"b.sol": {"Two": place}, "a.sol": {"One": place}}}) == ["One", "Two"]
    assert library_names({}) == []
