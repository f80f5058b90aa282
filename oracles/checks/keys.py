"""Files with secrets: there, readable by their owner only, and they open."""

import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from deltaml.chain import load_account
from deltaml.errors import DeltaMLError
from deltaml.sealing import recipient_to_text
from oracles.checks.finding import Finding, bad, good
from oracles.settings import Settings


@dataclass(frozen=True)
class Holder:
    """Who the files say this is: account and age recipient, None where that could not be found out."""

    account: str | None
    recipient: bytes | None


def check(settings: Settings) -> Generator[Finding, None, Holder]:
    """Keystore, passphrase and identity."""
    connection = settings.connection
    recipient: bytes | None = None
    try:
        recipient = connection.identity().recipient
        yield good("identity", f"{connection.identity_file} opens, recipient {recipient_to_text(recipient)}")
    except DeltaMLError as error:
        yield bad("identity", str(error), "name the file that `deltaml key new` wrote in --identity, mode 600")
    if connection.keystore is None:
        yield from _dry_run(settings)
        return Holder(settings.account, recipient)
    secrets = {"keystore": connection.keystore, "passphrase file": connection.passphrase_file}
    for name, path in secrets.items():
        if path is not None:
            yield from _readable_by_its_owner_only(name, path)
    try:
        account = str(load_account(connection.keystore, connection.passphrase_file).address)
    except DeltaMLError as error:
        yield bad("keystore", str(error), "give the keystore and the passphrase that belong together")
        return Holder(None, recipient)
    yield good("keystore", f"{connection.keystore} opens, account {account}")
    return Holder(account, recipient)


def _dry_run(settings: Settings) -> Iterator[Finding]:
    if settings.account is None:
        remedy = "name the file that `deltaml key new` wrote in --keystore; for a dry run give --account"
        yield bad("keystore", "neither a keystore nor an account is given", remedy)
    else:
        yield good("keystore", f"none: a dry run that watches {settings.account} and sends nothing")


def _readable_by_its_owner_only(name: str, path: Path) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        yield bad(name, f"can't read {path}: {error.strerror}", f"put the file there, or name another as the {name}")
        return
    # A service manager hands credentials over readable by the service's group, which has no other member.
    if mode & 0o037:
        yield bad(name, f"{path} has mode {mode:o}: others on this machine may read it", f"chmod 600 {path}")
    else:
        yield good(name, f"{path} has mode {mode:o}")
