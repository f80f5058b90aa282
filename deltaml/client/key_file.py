"""The owner's Paillier key on disk: an age file that only its owner's identity opens."""

import os
from pathlib import Path

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.sealing import Identity, OwnerKey, seal, unseal

MAX_KEY_OCTETS = 1024


def write_key(path: Path, key: OwnerKey, identity: Identity) -> None:
    """Raises InvalidInput rather than replace a file: a task posted under a lost key is lost."""
    sealed = seal(key.to_octets(), [identity.recipient])
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise InvalidInput(f"{path} exists; keys are never overwritten, choose another name") from error
    except OSError as error:
        raise InvalidInput(f"can't write {path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
    except OSError as error:
        # Half a key under that name would be taken for one.
        path.unlink()
        raise InvalidInput(f"can't write {path}: {error.strerror}") from error


def read_key(path: Path, identity: Identity) -> OwnerKey:
    """Raises InvalidInput for a file that is no key, or one that another identity wrote."""
    try:
        return OwnerKey.from_octets(unseal(identity, path.read_bytes(), MAX_KEY_OCTETS))
    except OSError as error:
        raise InvalidInput(f"can't read {path}: {error.strerror}") from error
    except InvalidMessage as error:
        raise InvalidInput(f"{path} does not open with this identity; it takes the one that made the key") from error
    except InvalidInput as error:
        raise InvalidInput(f"{path} holds no key: {error}") from error
