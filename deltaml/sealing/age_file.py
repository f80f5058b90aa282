"""age files (age-encryption.org/v1, X25519) whose every reader can tell that all the others can read them too.

The format leaves the ephemeral keys of a header to chance. Here each follows from the file key, as in the transform of
Fujisaki and Okamoto (CRYPTO 1999): who opens the file can write its whole header again, and sees at once when a part of
it that is meant for somebody else was spoilt. Everything else is the format; any age program opens these files.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PAYLOAD_CHUNK_BYTES = 65536  # each sealed with a 16-byte tag; a 16-byte nonce goes before the first

_VERSION = b"age-encryption.org/v1\n"
_STANZA = b"-> X25519 "
_END = b"\n---"
_WRAP_INFO = b"age-encryption.org/v1/X25519"
_EPHEMERAL_INFO = b"deltaml/age-ephemeral/v1\x00"
_FILE_KEY_BYTES = 16
_NONCE_BYTES = 16
_NO_NONCE = bytes(12)  # every wrap key wraps one file key


def write_file(plaintext: bytes, recipients: Sequence[bytes]) -> bytes:
    """The age file of `plaintext` for X25519 public keys of 32 bytes. Raises ValueError for one of low order."""
    file_key, nonce = secrets.token_bytes(_FILE_KEY_BYTES), secrets.token_bytes(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
    pieces = [write_header(file_key, recipients), nonce]
    last = max(0, len(plaintext) - 1) // PAYLOAD_CHUNK_BYTES
    for index in range(last + 1):
        chunk = plaintext[index * PAYLOAD_CHUNK_BYTES : (index + 1) * PAYLOAD_CHUNK_BYTES]
        pieces.append(cipher.encrypt(index.to_bytes(11, "big") + bytes([index == last]), chunk, None))
    return b"".join(pieces)


def write_header(file_key: bytes, recipients: Sequence[bytes]) -> bytes:
    """The one header that such a file has: a function of its key and of the recipients in their order."""
    parts = [_VERSION]
    for recipient in recipients:
        secret = X25519PrivateKey.from_private_bytes(_derive(file_key, b"", _EPHEMERAL_INFO + recipient))
        share = secret.public_key().public_bytes_raw()
        shared = secret.exchange(X25519PublicKey.from_public_bytes(recipient))
        wrapped = ChaCha20Poly1305(_derive(shared, share + recipient, _WRAP_INFO)).encrypt(_NO_NONCE, file_key, None)
        parts.append(_STANZA + _base64(share) + b"\n" + _base64(wrapped) + b"\n")
    header = b"".join(parts).removesuffix(b"\n") + _END
    return header + b" " + _mac(file_key, header) + b"\n"


def open_header(sealed: bytes, secret: X25519PrivateKey) -> tuple[bytes, bytes]:
    """(file key, what comes after the header) of any age file that has an X25519 stanza for the holder of `secret`.

    Takes time that is linear in the header, whoever wrote it. Raises ValueError when there is no such stanza, or the
    header is not what its writer left.
    """
    end = sealed.find(_END)
    after = sealed.find(b"\n", end + len(_END))
    if not sealed.startswith(_VERSION) or end < 0 or after < 0:
        raise ValueError("it is not an age file")
    header, mac = sealed[: end + len(_END)], sealed[end + len(_END) : after]
    for key in _file_keys(header, secret):
        if hmac.compare_digest(mac, b" " + _mac(key, header)):
            return key, sealed[after + 1 :]
        raise ValueError("its header was changed")
    raise ValueError("it is sealed to others")


def _file_keys(header: bytes, secret: X25519PrivateKey) -> Iterator[bytes]:
    """What opens to the holder of `secret` among the stanzas."""
    own = secret.public_key().public_bytes_raw()
    for arguments, body in pairwise(header.split(b"\n")):
        if not arguments.startswith(_STANZA):
            continue
        try:
            share, wrapped = _from_base64(arguments.removeprefix(_STANZA)), _from_base64(body)
            shared = secret.exchange(X25519PublicKey.from_public_bytes(share))
            key = ChaCha20Poly1305(_derive(shared, share + own, _WRAP_INFO)).decrypt(_NO_NONCE, wrapped, None)
        except (ValueError, InvalidTag):
            continue
        if len(key) == _FILE_KEY_BYTES:
            yield key


def _mac(file_key: bytes, header: bytes) -> bytes:
    return _base64(hmac.digest(_derive(file_key, b"", b"header"), header, "sha256"))


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _from_base64(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
