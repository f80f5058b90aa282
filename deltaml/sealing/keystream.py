"""The pseudo-random words behind every mask: AES-256-CTR, which has hardware support wherever we run."""

from __future__ import annotations

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from deltaml.errors import InvalidInput

SEED_BYTES = 32
CHUNK_WORDS = 1 << 14  # 128 KiB: a chunk of masks and what is multiplied with it stay in the processor's cache
_WORDS_PER_BLOCK = 2


def keystream(seed: bytes, length: int, start: int = 0) -> NDArray[np.uint64]:
    """Words start to start + length of the stream under `seed` (32 bytes, used for nothing else).

    NIST SP 800-38A counter mode with AES-256, the counter a 16-byte big-endian integer from 0; words are
    little-endian. Raises InvalidInput for a seed of another size or a negative position.
    """
    if len(seed) != SEED_BYTES:
        raise InvalidInput(f"a seed has {len(seed)} bytes; expected {SEED_BYTES}")
    if length < 0 or start < 0:
        raise InvalidInput(f"length is {length} and start {start}; expected 0 or more")
    block, skip = divmod(start, _WORDS_PER_BLOCK)
    encryptor = Cipher(algorithms.AES(seed), modes.CTR(block.to_bytes(16, "big"))).encryptor()
    stream = encryptor.update(bytes(8 * (skip + length)))
    return np.frombuffer(stream, dtype="<u8")[skip:].astype(np.uint64, copy=False)
