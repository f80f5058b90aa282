"""`deltaml key`: accounts and age identities."""

from pathlib import Path
from typing import Annotated

import typer

from deltaml.chain import create_keystore
from deltaml.client.cli.connection import connection_of, console
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity, recipient_to_text

app = typer.Typer(help="Keys.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keys."""


@app.command()
def new(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="folder for keystore.json and identity.txt")],
    light: Annotated[bool, typer.Option(help="weak key derivation, for tests")] = False,
) -> None:
    """Draws an account and an age identity and writes both, readable by you only."""
    if (folder / "identity.txt").exists():
        raise InvalidInput(f"{folder / 'identity.txt'} exists; keys are never overwritten, choose another folder")
    passphrase_file = connection_of(ctx).passphrase_file
    if passphrase_file is None:
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    else:
        passphrase = passphrase_file.read_text("utf-8").rstrip("\r\n")
    folder.mkdir(parents=True, exist_ok=True)
    address = create_keystore(folder / "keystore.json", passphrase, light=light)
    identity = Identity.generate()
    identity.to_file(folder / "identity.txt")
    console.print(f"account   {address}\nrecipient {recipient_to_text(identity.recipient)}")
