"""Confidential parts as age files (age-encryption.org/v1): X25519 recipients, several at once (design R13)."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import bech32
import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.sealing.age_file import PAYLOAD_CHUNK_BYTES, open_header, write_file, write_header

MAX_RECIPIENTS = 1100  # a model goes to the committee and every trainer of a round
RECIPIENT_BYTES = 32
_HEADER_BYTES = 98 * MAX_RECIPIENTS + 1024  # a stanza each; version line, MAC and the random stanza age may add


class Identity:
    """A private age key. Neither str() nor repr() shows it."""

    def __init__(self, key: pyrage.x25519.Identity) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Identity:
        """A fresh key from the system's random source."""
        return cls(pyrage.x25519.Identity.generate())

    @classmethod
    def from_file(cls, path: Path) -> Identity:
        """Read what `to_file` or age-keygen wrote.

        Raises InvalidInput when others may read the file or it does not hold exactly one key.
        """
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise InvalidInput(f"others may read the key in {path}; run chmod 600 on it")
        lines = [line.strip() for line in path.read_text("utf-8", errors="replace").splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        if len(keys) != 1:
            raise InvalidInput(f"{path} holds {len(keys)} keys; expected one line AGE-SECRET-KEY-1...")
        try:
            return cls(pyrage.x25519.Identity.from_str(keys[0]))
        except pyrage.IdentityError:
            # Not chained: the cause may quote the key.
            raise InvalidInput(f"{path} does not hold an age X25519 key") from None

    def to_file(self, path: Path) -> None:
        """Write the key where only this user can read it. Raises FileExistsError rather than replace a file."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"# public key: {self._key.to_public()}\n{self._key}\n")

    @property
    def recipient(self) -> bytes:
        """The X25519 public key, 32 bytes: what goes on chain."""
        return recipient_from_text(str(self._key.to_public()))

    @cached_property
    def secret(self) -> X25519PrivateKey:
        """The key itself, which does not show its bytes either."""
        words = bech32.bech32_decode(str(self._key).lower())[1]
        data = bech32.convertbits(words or [], 5, 8, False)
        assert data is not None  # age wrote it
        return X25519PrivateKey.from_private_bytes(bytes(data))

    def __repr__(self) -> str:
        return f"Identity({self._key.to_public()})"


def recipient_to_text(recipient: bytes) -> str:
    """32 bytes to age1... (BIP-173). Raises InvalidInput for another size."""
    if len(recipient) != RECIPIENT_BYTES:
        raise InvalidInput(f"an age recipient has {len(recipient)} bytes; expected {RECIPIENT_BYTES}")
    words = bech32.convertbits(recipient, 8, 5)
    assert words is not None  # bytes always convert
    return bech32.bech32_encode("age", words)


def recipient_from_text(text: str) -> bytes:
    """age1... to 32 bytes. Raises InvalidInput when it is not an X25519 recipient."""
    prefix, words = bech32.bech32_decode(text)
    data = bech32.convertbits(words, 5, 8, False) if words and prefix == "age" else None
    if data is None or len(data) != RECIPIENT_BYTES:
        raise InvalidInput(f"{text!r} is not an age X25519 recipient (age1...)")
    return bytes(data)


def seal(plaintext: bytes, recipients: Sequence[bytes]) -> bytes:
    """Encrypt to all `recipients` (X25519 public keys of 32 bytes): any of them can open it, and can tell that all of
    them can (`unseal`).

    Raises InvalidInput for no or too many recipients, or for a key of low order, which would open it to everybody.
    """
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise InvalidInput(f"{len(recipients)} recipients; expected 1 to {MAX_RECIPIENTS}")
    probe = X25519PrivateKey.generate()
    for recipient in recipients:
        try:
            probe.exchange(X25519PublicKey.from_public_bytes(recipient))
        except ValueError as error:
            raise InvalidInput(f"{recipient.hex()} is not a usable X25519 public key") from error
    return write_file(plaintext, recipients)


def usable(recipients: Sequence[bytes]) -> list[bytes]:
    """Those that can be sealed to. Who registered another key (of low order) reads nothing, and stops nobody else."""
    return [recipient for recipient in recipients if _is_usable(recipient)]


@lru_cache(maxsize=4 * MAX_RECIPIENTS)
def _is_usable(recipient: bytes) -> bool:
    try:
        seal(b"", [recipient])
    except InvalidInput:
        return False
    return True


def unseal(identity: Identity, sealed: bytes, max_bytes: int, readers: Sequence[bytes] | None = None) -> bytes:
    """Decrypt an age file whose content may have up to `max_bytes`.

    readers: all whom `seal` must have sealed it to, in their order; whoever of them opens it knows that the others can.
    Without, it may be sealed to anybody else, by any age program.

    Raises InvalidMessage when it is larger, damaged, not for this identity or not for all readers. The sender is not
    authenticated: the plaintext must say, and the chain must confirm, who sent it.
    """
    overhead = _HEADER_BYTES + 16 + 16 * (max_bytes // PAYLOAD_CHUNK_BYTES + 1)
    if len(sealed) > max_bytes + overhead:
        raise InvalidMessage(f"sealed part of {len(sealed)} bytes; at most {max_bytes} of content are allowed")
    try:
        file_key, content = open_header(sealed, identity.secret)
        # Under a header for this identity alone: the time that age takes grows with the square of the stanzas.
        plaintext: bytes = pyrage.decrypt(write_header(file_key, [identity.recipient]) + content, [identity._key])
    except (ValueError, pyrage.DecryptError) as error:
        raise InvalidMessage(f"sealed part does not open: {error}") from error
    if len(plaintext) > max_bytes:
        raise InvalidMessage(f"sealed part holds {len(plaintext)} bytes; at most {max_bytes} are allowed")
    if readers is not None and not sealed.startswith(write_header(file_key, readers)):
        raise InvalidMessage(f"sealed part opens, but not for all of the {len(readers)} who have to read it")
    return plaintext
