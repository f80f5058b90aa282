"""Whether a secret stands in a log, in any of the ways that programs print bytes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from deltaml.chain import load_account
from deltaml.protocol.blobs import open_update
from deltaml.protocol.document import Document
from deltaml.protocol.messages import Header
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore
from scripts.localnet import PASSPHRASE, Person
from tests.e2e.scene import Scene
from tests.e2e.toy import COLUMNS


def renderings(secret: bytes) -> set[bytes]:
    """The bytes themselves, hexadecimal, base64, Python's repr, and the decimal number."""
    number = str(int.from_bytes(secret, "big"))
    shown = repr(secret)[2:-1]
    return {secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"="), shown.encode(), number.encode()}


def leaks(folder: Path, secrets: Mapping[str, bytes]) -> list[str]:
    """`<file>: <name of the secret>` for everything that was found. Line breaks don't hide anything."""
    found = []
    for path in sorted(folder.glob("*.log")):
        text = path.read_bytes()
        unbroken = text.replace(b"\n", b"").lower()
        for name, secret in secrets.items():
            if any(shown in text or shown.lower() in unbroken for shown in renderings(secret)):
                found.append(f"{path.name}: {name}")
    return found


def secrets_of(scene: Scene) -> dict[str, bytes]:
    """Everybody's keys and passphrase, the members' salts and the trainers' seeds of every round."""
    secrets = {"passphrase": PASSPHRASE.encode()}
    for person in scene.people:
        secrets[f"account key of {person.name}"] = _account_key(person)
        secrets[f"identity of {person.name}"] = person.identity.read_text("utf-8").split()[-1].encode()
    snapshot = scene.look()
    market = scene.net.deployment.market
    for number in range(snapshot.task.round + 1):
        for member in scene.crew.members:
            text = f"deltaml salt {scene.net.chain.chain_id} {market.lower()[2:]} {scene.task} {number}"
            salt = hmac.new(_account_key(member), text.encode(), hashlib.sha256).digest()
            secrets[f"salt of {member.name} in round {number}"] = salt
        for index in snapshot.submissions(number):
            for holder_set, seed in _seeds(scene, number, index).items():
                secrets[f"seed {holder_set} of trainer {index} in round {number}"] = seed
    return secrets


def _account_key(person: Person) -> bytes:
    return bytes(load_account(person.keystore, person.passphrase_file).key)


def _seeds(scene: Scene, number: int, index: int) -> dict[int, bytes]:
    """All seeds of a blob: any two members know them together."""
    snapshot, net = scene.look(), scene.net
    store = IpfsStore(net.ipfs, timeout_seconds=15)
    document = Document(snapshot.submissions(number)[index], store)
    market, sender = bytes.fromhex(net.deployment.market[2:]), bytes.fromhex(snapshot.trainers[index].account[2:])
    header = Header(net.chain.chain_id, market, scene.task, number, sender)
    seeds: dict[int, bytes] = {}
    for seat, member in enumerate(scene.crew.members):
        length = len(COLUMNS) + 1
        blob = open_update(document, header, 4, seat, Identity.from_file(member.identity), length)
        seeds |= blob.seeds
    return seeds
