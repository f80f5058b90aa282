"""One line of the preflight."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found there, and, when that is wrong, what to do."""

    passed: bool
    subject: str
    said: str
    remedy: str = ""


def good(subject: str, said: str) -> Finding:
    return Finding(True, subject, said)


def bad(subject: str, said: str, remedy: str) -> Finding:
    return Finding(False, subject, said, remedy)
