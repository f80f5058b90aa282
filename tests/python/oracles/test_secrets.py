"""Keys and passphrases come from files or a prompt, never from a command line or the environment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest
import typer

from deltaml.client.cli import app as deltaml_app
from oracles.__main__ import app as oracles_app
from tests.python.oracles.place import FIRST_KEY, PASSPHRASE, Place, place_in

ROOT = Path(__file__).parents[3]
SECRET_WORDS = ("pass", "key", "secret", "mnemonic", "private", "identity")


def parameters(app: typer.Typer) -> Iterator[tuple[str, str, object]]:
    """(command, name, type) of every parameter of a command line, in all its groups."""
    callbacks = [info.callback for info in (app.registered_callback, *app.registered_commands) if info is not None]
    for callback in callbacks:
        if callback is not None:
            for name, kind in get_type_hints(callback).items():
                yield callback.__name__, name, kind
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from parameters(group.typer_instance)


@pytest.mark.unit
@pytest.mark.parametrize("app", [deltaml_app, oracles_app], ids=["deltaml", "oracles"])
def test_no_option_takes_a_secret(app: typer.Typer) -> None:
    found = [each for each in parameters(app) if any(word in each[1] for word in SECRET_WORDS)]
    assert len(found) >= 3
    for command, name, kind in found:
        assert kind in (Path, Path | None), f"{command} {name}: a file, not the secret itself"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with place_in(tmp_path) as place:
        yield place


@pytest.mark.integration
def test_a_running_oracle_shows_no_secret_to_who_looks_at_processes(place: Place) -> None:
    where = place.settings.connection
    options = ["--rpc", place.rpc, "--deployment", str(where.deployment), "--ipfs", place.ipfs]
    files = ["--keystore", str(where.keystore), "--identity", str(where.identity_file)]
    environment = os.environ | {"DELTAML_PASSPHRASE_FILE": str(where.passphrase_file)}
    with subprocess.Popen(
        [sys.executable, "-m", "oracles", *options, *files, "run"],
        cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "oracle ready" in line:
                break
        shown = b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ")).decode()
        process.terminate()
        said.append(process.stderr.read())
        assert process.wait(60) == 0
    secrets = [PASSPHRASE, FIRST_KEY.to_bytes(32, "big").hex(), "AGE-SECRET"]
    for secret in secrets:
        assert secret not in shown + "".join(said)
    assert '"event": "oracle stopped"' in said[-1]
