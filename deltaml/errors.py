"""One tree of exceptions; each class says whether trying again can help.

DeltaMLError
├── InvalidInput        what somebody gave us is wrong: fix it, don't retry
│   └── InvalidMessage  bytes from another party that break a rule: its sender pays, nobody else
├── Unavailable         something outside did not answer: retry later
└── Refused             the chain, a policy or a budget says no
"""


class DeltaMLError(Exception):
    """Base of everything this library raises on purpose."""

    retryable = False


class InvalidInput(DeltaMLError, ValueError):
    """A value given by the caller is outside what is documented."""


class InvalidMessage(InvalidInput):
    """Bytes from another party that are not what the protocol allows."""


class Unavailable(DeltaMLError):
    """A node, a block or a peer did not answer in time."""

    retryable = True


class Refused(DeltaMLError):
    """A rule forbids the action; the message says which and what would be allowed."""
