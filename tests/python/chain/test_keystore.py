"""Keystores: private on disk, never overwritten, silent about their secrets."""

import getpass
import json
import logging
import stat
from pathlib import Path

import pytest

from deltaml.chain.keystore import create_keystore, load_account
from deltaml.errors import InvalidInput, Refused

pytestmark = pytest.mark.unit

KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")


def secret_file(folder: Path, text: str) -> Path:
    file = folder / "passphrase"
    file.write_text(text)
    return file


def test_round_trip_with_a_known_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "alice.json"
    address = create_keystore(path, "tall ship", key=KEY, light=True)
    assert address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_account(path, secret_file(tmp_path, "tall ship\n")).key == KEY


def test_asks_on_the_terminal_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "alice.json"
    create_keystore(path, "tall ship", key=KEY, light=True)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "tall ship")
    assert load_account(path).key == KEY


def test_new_keys_differ(tmp_path: Path) -> None:
    assert create_keystore(tmp_path / "a", "x", light=True) != create_keystore(tmp_path / "b", "x", light=True)


def test_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "alice.json"
    create_keystore(path, "tall ship", key=KEY, light=True)
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="exists"):
        create_keystore(path, "other", light=True)
    assert path.read_bytes() == before


def test_wrong_passphrase_and_no_secrets_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "alice.json"
    create_keystore(path, "tall ship", key=KEY, light=True)
    with pytest.raises(Refused) as raised:
        load_account(path, secret_file(tmp_path, "short ship"))
    account = load_account(path, secret_file(tmp_path, "tall ship"))
    shown = f"{account!r} {account} {raised.value} {caplog.text} {path.read_text()}"
    assert KEY.hex() not in shown
    assert "short ship" not in shown


@pytest.mark.parametrize("content", ["{", "[]", "{}", json.dumps({"version": 3}), json.dumps({"version": 9})])
def test_what_is_no_keystore_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "alice.json"
    path.write_text(content)
    with pytest.raises(InvalidInput):
        load_account(path, secret_file(tmp_path, "x"))


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.json"):
        load_account(tmp_path / "none.json", secret_file(tmp_path, "x"))
    create_keystore(tmp_path / "alice.json", "x", light=True)
    with pytest.raises(InvalidInput, match="nowhere"):
        load_account(tmp_path / "alice.json", tmp_path / "nowhere")
