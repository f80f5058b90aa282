"""Fresh encryptions of zero, statistically uniform, at a fraction of their price."""

from __future__ import annotations

from deltaml.sealing.owner_key import OwnerPublicKey


class Rerandomiser:
    """Draws n-th residues modulo n**2 under one key. Keep one per key; the pool is made when first worth it."""

    def __init__(self, key: OwnerPublicKey) -> None:
        raise NotImplementedError

    @property
    def key(self) -> OwnerPublicKey:
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the pool now, rather than when first needed (seconds to a minute; some 100 MB)."""
        raise NotImplementedError

    def draw(self, count: int) -> list[int]:
        """`count` independent n-th residues modulo n**2."""
        raise NotImplementedError
