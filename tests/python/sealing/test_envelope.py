"""age files: who can open them, what is refused, and that keys stay out of sight."""

import hmac
import json
import os
import stat
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.sealing import Identity, age_file, recipient_from_text, recipient_to_text, seal, unseal
from deltaml.sealing.envelope import MAX_RECIPIENTS

pytestmark = pytest.mark.unit

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "envelope.json").read_text())
ALICE, BOB, MALLORY = (Identity.generate() for _ in range(3))
SEALED = seal(b"for Alice and Bob", [ALICE.recipient, BOB.recipient])


@pytest.mark.parametrize("reader", [ALICE, BOB], ids=["alice", "bob"])
def test_every_recipient_can_open(reader: Identity) -> None:
    assert unseal(reader, SEALED, 100) == b"for Alice and Bob"


def test_nobody_else_can_open() -> None:
    with pytest.raises(InvalidMessage, match="does not open"):
        unseal(MALLORY, SEALED, 100)


@pytest.mark.parametrize("index", [0, 1])
def test_golden_file_opens(index: int) -> None:
    case = VECTORS["identities"][index]
    identity = Identity(pyrage.x25519.Identity.from_str(case["key"]))

    assert unseal(identity, bytes.fromhex(VECTORS["sealed"]), 256).hex() == VECTORS["plaintext"]
    assert identity.recipient.hex() == case["recipient"]
    assert recipient_to_text(identity.recipient) == case["text"]
    # The recipient is the plain X25519 public key of the secret's 32 bytes.
    private = X25519PrivateKey.from_private_bytes(bytes([index + 1]) * 32)
    assert private.public_key().public_bytes_raw() == identity.recipient


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(SEALED) - 1))
    changed = bytearray(SEALED)
    changed[position] ^= data.draw(st.integers(1, 255))

    with pytest.raises(InvalidMessage):
        unseal(ALICE, bytes(changed), 100)


@given(st.one_of(st.binary(max_size=300), st.integers(0, len(SEALED) - 1).map(lambda end: SEALED[:end])))
def test_junk_and_cut_files_are_invalid_messages(junk: bytes) -> None:
    with pytest.raises(InvalidMessage):
        unseal(ALICE, junk, 1000)


def test_size_is_capped_before_and_after_decryption() -> None:
    large = seal(bytes(400_000), [ALICE.recipient])

    assert len(unseal(ALICE, large, 400_000)) == 400_000
    with pytest.raises(InvalidMessage, match="holds 400000 bytes"):
        unseal(ALICE, large, 399_999)
    with pytest.raises(InvalidMessage, match="sealed part of"):
        unseal(ALICE, large, 100_000)


def test_most_recipients_leave_room_for_the_content() -> None:
    everybody = [BOB.recipient] * (MAX_RECIPIENTS - 1) + [ALICE.recipient]

    assert unseal(ALICE, seal(b"x", everybody), 1) == b"x"
    with pytest.raises(InvalidInput, match=f"{MAX_RECIPIENTS + 1} recipients"):
        seal(b"x", [*everybody, BOB.recipient])


LOW_ORDER = [bytes(32), b"\1" + bytes(31), (2**255 - 19).to_bytes(32, "little")]


@pytest.mark.parametrize("recipient", [*LOW_ORDER, bytes(31), bytes(33)])
def test_keys_that_open_to_everybody_are_refused(recipient: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a usable X25519"):
        seal(b"x", [ALICE.recipient, recipient])


def test_no_recipients() -> None:
    with pytest.raises(InvalidInput, match="0 recipients"):
        seal(b"x", [])


def test_recipients_as_text() -> None:
    assert recipient_from_text(recipient_to_text(ALICE.recipient)) == ALICE.recipient
    for text in (
        "",
        "age1",
        "x",
        recipient_to_text(ALICE.recipient)[:-1] + "b",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ):
        with pytest.raises(InvalidInput, match="recipient"):
            recipient_from_text(text)
    with pytest.raises(InvalidInput, match="31 bytes"):
        recipient_to_text(bytes(31))


def test_keys_are_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    old_mask = os.umask(0)
    try:
        ALICE.to_file(path)
    finally:
        os.umask(old_mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Identity.from_file(path).recipient == ALICE.recipient
    with pytest.raises(FileExistsError):
        BOB.to_file(path)
    path.chmod(0o640)
    with pytest.raises(InvalidInput, match="chmod 600"):
        Identity.from_file(path)


@pytest.mark.parametrize("content", ["", "# nothing\n", "AGE-SECRET-KEY-1BROKEN\n", "a\nb\n", "\x00\xff"])
def test_broken_key_files(tmp_path: Path, content: str) -> None:
    path = tmp_path / "identity.txt"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(InvalidInput):
        Identity.from_file(path)


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    ALICE.to_file(path)
    secret = path.read_text().splitlines()[-1]
    assert secret.startswith("AGE-SECRET-KEY-1")

    for shown in (repr(ALICE), str(ALICE), f"{ALICE}", repr([ALICE])):
        assert "SECRET" not in shown
        assert recipient_to_text(ALICE.recipient) in shown
    path.write_text(secret[:-1] + "B")  # not in the alphabet
    with pytest.raises(InvalidInput) as caught:
        Identity.from_file(path)
    assert secret[:-1] not in str(caught.value)
    assert caught.value.__suppress_context__


# ---------------------------------------------------------------------- for all readers, or for none

READERS = [ALICE.recipient, BOB.recipient, MALLORY.recipient]


@pytest.mark.parametrize("reader", [ALICE, BOB, MALLORY], ids=["alice", "bob", "mallory"])
def test_whoever_opens_knows_that_all_readers_can(reader: Identity) -> None:
    sealed = seal(b"for three", READERS)
    assert unseal(reader, sealed, 100, READERS) == b"for three"
    for others in (READERS[:2], READERS[::-1], [*READERS, Identity.generate().recipient], []):
        with pytest.raises(InvalidMessage, match="not for all"):
            unseal(reader, sealed, 100, others)


def test_a_file_for_some_is_a_file_for_nobody() -> None:
    sealed = seal(b"for two", READERS[:2])
    assert unseal(ALICE, sealed, 100) == b"for two"
    with pytest.raises(InvalidMessage, match="not for all of the 3"):
        unseal(ALICE, sealed, 100, READERS)


@pytest.mark.parametrize("spoilt", [0, 1])
def test_a_spoilt_stanza_of_another_reader_is_noticed(spoilt: int) -> None:
    """By the two who can open the file, whatever the one who can't would say."""
    good, others = seal(b"secret", READERS).split(b"\n"), seal(b"secret", READERS).split(b"\n")
    good[5 + spoilt] = others[5 + spoilt]
    file_key = bytes(16)
    forged = age_file.write_header(file_key, READERS).split(b"\n")
    forged[5 + spoilt] = others[5 + spoilt]
    # Who writes the file knows its key, and seals the spoilt header as it is.
    header = b"\n".join(forged[:7]) + b"\n---"
    mac = hmac.digest(age_file._derive(file_key, b"", b"header"), header, "sha256")
    cipher = ChaCha20Poly1305(age_file._derive(file_key, bytes(16), b"payload"))
    sealed = header + b" " + age_file._base64(mac) + b"\n" + bytes(16) + cipher.encrypt(bytes(11) + b"\x01", b"x", None)
    for reader in (ALICE, BOB):
        assert unseal(reader, sealed, 100) == b"x"
        with pytest.raises(InvalidMessage, match="not for all"):
            unseal(reader, sealed, 100, READERS)
    for file in (sealed, b"\n".join(good)):
        with pytest.raises(InvalidMessage):
            unseal(MALLORY, file, 100, READERS)


def test_other_programs_files_open_where_it_does_not_matter_who_else_reads() -> None:
    keys = [pyrage.x25519.Recipient.from_str(recipient_to_text(reader)) for reader in READERS]
    sealed = pyrage.encrypt(b"by age itself", keys)
    assert unseal(ALICE, sealed, 100) == b"by age itself"
    with pytest.raises(InvalidMessage, match="not for all"):
        unseal(ALICE, sealed, 100, READERS)


def test_stanzas_that_are_none_are_passed_over() -> None:
    """Whoever wrote them for whatever program, and however many there are."""
    file_key, share = bytes(16), BOB.recipient
    stanza = age_file.write_header(file_key, [ALICE.recipient]).split(b"\n")[1:3]
    junk = [b"-> X25519", b"-> X25519 !", b"-> grease a b", b"", b"-> X25519 " + age_file._base64(bytes(32)), b"A" * 43]
    others = [b"-> X25519 " + age_file._base64(share), age_file._base64(bytes(32))]
    header = b"\n".join([b"age-encryption.org/v1", *junk, *others * 900, *stanza]) + b"\n---"
    cipher = ChaCha20Poly1305(age_file._derive(file_key, bytes(16), b"payload"))
    content = bytes(16) + cipher.encrypt(bytes(11) + b"\x01", b"x", None)

    assert unseal(ALICE, header + b" " + age_file._mac(file_key, header) + b"\n" + content, 100) == b"x"
    with pytest.raises(InvalidMessage, match="sealed to others"):
        unseal(MALLORY, header + b" " + age_file._mac(file_key, header) + b"\n" + content, 100)
    with pytest.raises(InvalidMessage, match="header was changed"):
        unseal(ALICE, header + b" " + age_file._mac(bytes(15) + b"1", header) + b"\n" + content, 100)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_age_itself_opens_what_is_sealed_here(size: int) -> None:
    content = os.urandom(size)
    assert unseal(BOB, seal(content, READERS), size) == content


def test_the_header_of_a_key_is_known() -> None:
    """Golden: other clients have to write the same."""
    case = VECTORS["header"]
    recipients = [bytes.fromhex(identity["recipient"]) for identity in VECTORS["identities"]]
    assert age_file.write_header(bytes.fromhex(case["file_key"]), recipients).decode("ascii") == case["text"]
    one = Identity(pyrage.x25519.Identity.from_str(VECTORS["identities"][0]["key"]))
    assert unseal(one, bytes.fromhex(VECTORS["sealed"]), 256, recipients).hex() == VECTORS["plaintext"]
