"""Reading maps that strangers wrote: every field named, typed and bounded, or InvalidMessage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deltaml.errors import InvalidMessage

MAX_TEXT_LENGTH = 2_000


@dataclass(frozen=True)
class Fields:
    """A decoded DAG-CBOR map under inspection; `what` names it in errors."""

    what: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, what: str, value: object, names: set[str]) -> "Fields":
        """Checks that `value` is a map with exactly `names`. Raises InvalidMessage."""
        if not isinstance(value, Mapping):
            raise InvalidMessage(f"{what}: expected a map, got {type(value).__name__}")
        if set(value) != names:
            missing, extra = sorted(names - set(value)), sorted(set(value) - names)
            raise InvalidMessage(f"{what}: missing fields {missing}, unknown fields {extra}")
        return cls(what, value)

    def fail(self, name: str, expected: str) -> InvalidMessage:
        return InvalidMessage(f"{self.what}.{name}: expected {expected}, got {self.values[name]!r:.60}")

    def integer(self, name: str, low: int, high: int) -> int:
        value = self.values[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fail(name, f"an integer in [{low}, {high}]")
        return value

    def flag(self, name: str) -> bool:
        value = self.values[name]
        if not isinstance(value, bool):
            raise self.fail(name, "true or false")
        return value

    def text(self, name: str, choices: tuple[str, ...] | None = None) -> str:
        value = self.values[name]
        if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH:
            raise self.fail(name, f"a text of at most {MAX_TEXT_LENGTH} characters")
        if choices is not None and value not in choices:
            raise self.fail(name, f"one of {', '.join(choices)}")
        return value

    def octets(self, name: str, length: int | None = None, max_length: int = 1 << 20) -> bytes:
        value = self.values[name]
        if not isinstance(value, bytes) or len(value) > max_length or (length is not None and len(value) != length):
            raise self.fail(name, f"{length if length is not None else 'some'} bytes")
        return value

    def sequence(self, name: str, low: int, high: int) -> list[Any]:
        value = self.values[name]
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise self.fail(name, f"a list of {low} to {high} items")
        return value
