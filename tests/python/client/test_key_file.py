"""The owner's key on disk: opens with one identity, is readable by one user, is never replaced, and is never shown."""

import os
import stat
import traceback
from pathlib import Path

import pytest

from deltaml.client import key_file
from deltaml.client.key_file import MAX_KEY_OCTETS, read_key, write_key
from deltaml.errors import InvalidInput
from deltaml.sealing import Identity, seal
from tests.python.sealing.owner_keys import ALICE, BOB

pytestmark = pytest.mark.unit

ME, OTHER = Identity.generate(), Identity.generate()


def shows(text: str) -> bool:
    """Whether a text holds a prime of Alice's in any spelling."""
    spelled = [f(prime) for prime in (ALICE.p, ALICE.q) for f in (str, hex, lambda n: f"{n:X}")]
    return any(word in text for word in spelled)


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_a_key_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "owner.key"
    write_key(path, ALICE, ME)
    assert read_key(path, ME) == ALICE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(octets in path.read_bytes() for octets in (ALICE.to_octets()[:16], ALICE.to_octets()[-16:]))


def test_nobody_else_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_key(tmp_path / "owner.key", ALICE, ME)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "owner.key").stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "owner.key"
    write_key(path, ALICE, ME)
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=r"owner\.key exists; keys are never overwritten"):
        write_key(path, BOB, ME)
    assert path.read_bytes() == before
    link = tmp_path / "link.key"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="exists"):
        write_key(link, BOB, ME)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"can't write .*No such file"):
        write_key(tmp_path / "none" / "owner.key", ALICE, ME)


def test_half_a_key_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: the name must stay free, or a second try would find a key that is none."""

    class FullDisk:
        def __init__(self, descriptor: int, mode: str) -> None:
            self.descriptor = descriptor

        def __enter__(self) -> "FullDisk":
            return self

        def __exit__(self, *_: object) -> None:
            os.close(self.descriptor)

        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_file.os, "fdopen", FullDisk)
    path = tmp_path / "owner.key"
    with pytest.raises(InvalidInput, match=r"can't write .*No space left"):
        write_key(path, ALICE, ME)
    assert not path.exists()


def test_another_identity_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "owner.key"
    write_key(path, ALICE, ME)
    with pytest.raises(InvalidInput, match="does not open with this identity") as refused:
        read_key(path, OTHER)
    assert not shows(told(refused.value)) and "AGE-SECRET" not in told(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an age file",
        seal(b"", [ME.recipient]),
        seal(b"x" * 300, [ME.recipient]),
        seal(ALICE.to_octets()[:-1], [ME.recipient]),
        seal(ALICE.to_octets()[:-2] + b"\x00\x02", [ME.recipient]),
        seal(ALICE.to_octets()[:128] * 2, [ME.recipient]),
        seal(bytes(MAX_KEY_OCTETS + 1), [ME.recipient]),
    ],
    ids=["empty", "text", "nothing sealed", "no primes", "cut", "no prime", "a square", "too long"],
)
def test_a_file_that_is_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "owner.key"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"owner\.key") as refused:
        read_key(path, ME)
    assert not shows(told(refused.value))


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"can't read .*No such file"):
        read_key(tmp_path / "none.key", ME)
    with pytest.raises(InvalidInput, match="can't read"):
        read_key(tmp_path, ME)


def test_a_key_shows_nothing() -> None:
    assert not shows(repr(ALICE) + str(ALICE) + f"{ALICE}" + repr([ALICE]) + repr({"key": ALICE}))
    assert str(ALICE.public.n) not in repr(ALICE)
