"""Whether a secret stands in a log, in any of the ways that programs print bytes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from deltaml.board import read_spec
from deltaml.chain import load_account
from deltaml.client.key_file import read_key
from deltaml.protocol.blobs import open_update
from deltaml.protocol.document import Document
from deltaml.protocol.sealed.blobs import open_sealed_update
from deltaml.protocol.sealed.spec import SealedSpec
from deltaml.protocol.specs import Spec
from deltaml.sealing import Identity
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
    spec = read_spec(scene.store, snapshot.task.params.spec_digest)
    if isinstance(spec, SealedSpec):
        key = read_key(scene.key, Identity.from_file(scene.owner.identity))
        size = key.public.bits // 16
        secrets |= {"prime p": key.p.to_bytes(size, "big"), "prime q": key.q.to_bytes(size, "big")}
    market = scene.net.deployment.market
    for number in range(snapshot.task.round + 1):
        for member in scene.crew.members:
            text = f"deltaml salt {scene.net.chain.chain_id} {market.lower()[2:]} {scene.task} {number}"
            salt = hmac.new(_account_key(member), text.encode(), hashlib.sha256).digest()
            secrets[f"salt of {member.name} in round {number}"] = salt
        for index in snapshot.submissions(number):
            for holder_set, seed in _seeds(scene, spec, number, index).items():
                secrets[f"seed {holder_set} of trainer {index} in round {number}"] = seed
    return secrets


def _account_key(person: Person) -> bytes:
    return bytes(load_account(person.keystore, person.passphrase_file).key)


def _seeds(scene: Scene, spec: Spec, number: int, index: int) -> Mapping[int, bytes]:
    """All seeds of a blob: any two members know them together."""
    snapshot = scene.look()
    document = Document(snapshot.submissions(number)[index], scene.store)
    header = snapshot.for_round(number, snapshot.round).header(snapshot.trainers[index].account)
    seeds: dict[int, bytes] = {}
    identities = [Identity.from_file(member.identity) for member in scene.crew.members]
    recipients = [identity.recipient for identity in identities]
    for seat, identity in enumerate(identities):
        if isinstance(spec, SealedSpec):
            seeds |= open_sealed_update(spec, document, header, recipients, seat, identity).seeds
        else:
            seeds |= open_update(document, header, recipients, seat, identity, len(COLUMNS) + 1).seeds
    return seeds
