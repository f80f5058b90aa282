"""Accounts in encrypted files (Web3 Secret Storage, the format of geth and MetaMask's export)."""

import getpass
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from deltaml.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCRYPT_N = 2**18
LIGHT_SCRYPT_N = 2**12
"""Milliseconds instead of a second, for tests and demonstrations."""


def load_account(keystore_path: Path, passphrase_file: Path | None = None) -> "LocalAccount":
    """Decrypts a keystore; asks on the terminal when no passphrase file is given.

    Raises InvalidInput for files that can't be read or are no keystore, Refused for a wrong passphrase. No message
    ever shows key or passphrase.
    """
    from eth_account import Account

    try:
        keystore = json.loads(keystore_path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"can't read the keystore {keystore_path}: {error}") from error
    passphrase = _passphrase(keystore_path, passphrase_file)
    try:
        key = Account.decrypt(keystore, passphrase)
    except (KeyError, TypeError, AttributeError, NotImplementedError) as error:
        raise InvalidInput(f"{keystore_path} is not a version 3 keystore") from error
    except ValueError:
        raise Refused(f"the passphrase does not open {keystore_path}") from None
    account: LocalAccount = Account.from_key(key)
    return account


def create_keystore(path: Path, passphrase: str, key: bytes | None = None, light: bool = False) -> str:
    """Writes a new keystore readable by its owner only and returns the account's address.

    `key` is a 32-byte private key to keep; without it a new one is drawn. `light` weakens the key derivation for
    tests. Raises InvalidInput when the file exists: a key that is overwritten is money lost.
    """
    from eth_account import Account

    account = Account.create() if key is None else Account.from_key(key)
    keystore = account.encrypt(passphrase, kdf="scrypt", iterations=LIGHT_SCRYPT_N if light else SCRYPT_N)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InvalidInput(f"{path} exists; keystores are never overwritten, choose another name") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keystore, file)
    return str(account.address)


def _passphrase(keystore_path: Path, passphrase_file: Path | None) -> str:
    if passphrase_file is None:
        return getpass.getpass(f"Passphrase of {keystore_path}: ")
    try:
        return passphrase_file.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise InvalidInput(f"can't read the passphrase file {passphrase_file}: {error.strerror}") from error
