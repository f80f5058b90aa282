"""Whether the code at an address is the code that was compiled."""

from collections.abc import Mapping
from typing import Any

PUSH1, PUSH32 = 0x60, 0x7F
LIBRARY_START = "73" + "00" * 20


def expected_runtime(build: Mapping[str, Any], address: str, libraries: Mapping[str, str]) -> bytes:
    """The artefact as it must stand at `address`, linked with `libraries` (name → address), immutables still zero.

    `build` is Brownie's: unlinked places are not hexadecimal, and a library begins with a PUSH20 of its own address.
    """
    code = build["deployedBytecode"].removeprefix("0x")
    for by_name in build.get("deployedLinkReferences", {}).values():
        for name, places in by_name.items():
            for place in places:
                start = 2 * place["start"]
                code = code[:start] + libraries[name].removeprefix("0x") + code[start + 2 * place["length"] :]
    if code.startswith(LIBRARY_START):
        code = "73" + address.removeprefix("0x") + code[len(LIBRARY_START) :]
    return bytes.fromhex(code)


def library_names(build: Mapping[str, Any]) -> list[str]:
    """The libraries a contract must be linked with, in alphabetical order."""
    return sorted(name for by_name in build.get("linkReferences", {}).values() for name in by_name)


def same_runtime(deployed: bytes, artefact: bytes) -> bool:
    """True when both are equal but for immutables, which the compiler leaves as PUSH32 of zero.

    Unlike Brownie's own check this knows immutables and does not overlook the metadata at the end.
    """
    if len(deployed) != len(artefact):
        return False
    expected, actual = bytearray(artefact), bytearray(deployed)
    for start in _immutables(artefact):
        expected[start : start + 32] = actual[start : start + 32]
    return expected == actual


def immutables_of(deployed: bytes, artefact: bytes) -> set[int]:
    """What the constructor wrote into code that `same_runtime` accepts."""
    return {int.from_bytes(deployed[start : start + 32]) for start in _immutables(artefact)}


def _immutables(code: bytes) -> list[int]:
    """Where the 32-byte operands are that are zero in the artefact."""
    found = []
    position = 0
    while position < len(code):
        operand = position + 1
        width = code[position] - PUSH1 + 1 if PUSH1 <= code[position] <= PUSH32 else 0
        if width == 32 and not any(code[operand : operand + 32]):
            found.append(operand)
        position = operand + width
    return found
