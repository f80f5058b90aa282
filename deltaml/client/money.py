"""Whole tokens, as people write them, and wei (18 decimals)."""

from deltaml.protocol.spec import MICRO

WEI = 10**18


def to_wei(tokens: float) -> int:
    """Whole tokens (18 decimals), exact to a millionth."""
    return round(tokens * MICRO) * (WEI // MICRO)


def from_wei(wei: int) -> str:
    """Whole tokens as people write them, six decimals at most."""
    return f"{wei / WEI:,.6f}".rstrip("0").rstrip(".")
