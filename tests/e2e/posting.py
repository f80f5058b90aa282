"""The owner's side by hand: faster than the command, and able to post what the command refuses."""

from dataclasses import replace
from enum import Enum

from deltaml.client import owner
from deltaml.client.table import Table
from deltaml.protocol.document import SEALED_TYPE, publish_octets, publish_sealed
from deltaml.protocol.stepping import Validation
from deltaml.protocol.validation import validation_document
from deltaml.sealing import Identity, seal
from deltaml.storage import Store, digest_of, encode_block, link
from tests.e2e.people import at_once, writer
from tests.e2e.scene import Scene


class Broken(Enum):
    """GARBAGE: the specification is no CBOR. NOWHERE: it was never published. SHORT: the validation set has a row too
    few; SCRAMBLED: it is no document; HUGE: it says that it has a terabyte; WHISPERED: one member can't open it;
    MISSING: it was never published."""

    GARBAGE = "garbage"
    NOWHERE = "nowhere"
    SHORT = "short"
    SCRAMBLED = "scrambled"
    HUGE = "huge"
    WHISPERED = "whispered"
    MISSING = "missing"


NOT_TO_BE_HAD = (Broken.NOWHERE, Broken.MISSING)


def _validation_digest(broken: Broken, prepared: owner.PreparedTask, recipients: list[bytes], store: Store) -> bytes:
    """What stands in the specification in place of the digest of a good validation set."""
    if broken is Broken.SCRAMBLED:
        return publish_octets(seal(b"\xff is no document", recipients), store)
    if broken is Broken.HUGE:
        piece = link(store.put(encode_block(bytes(1 << 19))))
        return store.put(encode_block({"type": SEALED_TYPE, "length": 1 << 40, "chunks": [piece] * 20_000}))
    if broken is Broken.WHISPERED:
        document = validation_document(prepared.spec.target.kind, prepared.validation)
        return publish_sealed(document, recipients[:-1], store)
    return digest_of(b"nobody has this set")


def post(scene: Scene, rounds: int, broken: Broken | None = None) -> None:
    """Publishes and posts the scene's task."""
    net, store = scene.net, scene.store
    plan, recipient = owner.Draft.read(scene.draft(rounds)), Identity.from_file(scene.owner.identity).recipient
    prepared = owner.prepare(plan, Table.read(scene.validation_csv()), recipient)
    if broken is Broken.SHORT:
        whole = prepared.validation
        prepared = replace(prepared, validation=Validation(whole.X[:-1], whole.y[:-1]))
    seats = scene.market.seats(scene.crew.number, net.chain.head())
    spec_digest, model_digest = owner.publish_task(prepared, seats, store)
    if broken in (Broken.SCRAMBLED, Broken.HUGE, Broken.WHISPERED, Broken.MISSING):
        digest = _validation_digest(broken, prepared, [seat.recipient for seat in seats], store)
        spec_digest = store.put(replace(prepared.spec, validation=digest).encode())
    if broken is Broken.GARBAGE:
        spec_digest = store.put(b"\xff is not a specification")
    if broken is Broken.NOWHERE:
        spec_digest = digest_of(b"nobody has this block")
    token = net.deployment.reward_token
    assert token is not None
    params = owner.make_params(plan, token, spec_digest, model_digest)
    with at_once(net):
        scene.task = owner.post(scene.market, writer(net, scene.owner), params, scene.owner.account)
