"""Reading the specification of a task of either kind."""

from deltaml.errors import InvalidMessage
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.spec import OpenSpec
from deltaml.storage import decode_block

Spec = OpenSpec | SealedSpec


def decode_spec(data: bytes) -> Spec:
    """The specification in a block. Raises InvalidMessage when it is broken or of no known kind."""
    top = decode_block(data)
    kind = top.get("type") if isinstance(top, dict) else None
    if kind == SealedSpec.TYPE:
        return SealedSpec.decode(data)
    if kind == OpenSpec.TYPE:
        return OpenSpec.decode(data)
    raise InvalidMessage(f"spec.type: expected {OpenSpec.TYPE} or {SealedSpec.TYPE}, got {kind!r:.60}")
