"""The owner's side by hand: faster than the command, and able to post what the command refuses."""

from dataclasses import replace
from enum import Enum

from deltaml.client import owner
from deltaml.client.table import Table
from deltaml.protocol.stepping import Validation
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore, digest_of
from tests.e2e.people import at_once, writer
from tests.e2e.scene import Scene


class Broken(Enum):
    """GARBAGE: the specification is no CBOR. NOWHERE: it was never published. SHORT: the validation set has a row too
    few."""

    GARBAGE = "garbage"
    NOWHERE = "nowhere"
    SHORT = "short"


def post(scene: Scene, rounds: int, broken: Broken | None = None) -> None:
    """Publishes and posts the scene's task."""
    net = scene.net
    store = IpfsStore(net.ipfs, timeout_seconds=15)
    plan, recipient = owner.Draft.read(scene.draft(rounds)), Identity.from_file(scene.owner.identity).recipient
    prepared = owner.prepare(plan, Table.read(scene.validation_csv()), recipient)
    if broken is Broken.SHORT:
        whole = prepared.validation
        prepared = replace(prepared, validation=Validation(whole.X[:-1], whole.y[:-1]))
    seats = scene.market.seats(scene.crew.number, net.chain.head())
    spec_digest, model_digest = owner.publish_task(prepared, seats, store)
    if broken is Broken.GARBAGE:
        spec_digest = store.put(b"\xff is not a specification")
    if broken is Broken.NOWHERE:
        spec_digest = digest_of(b"nobody has this block")
    token = net.deployment.reward_token
    assert token is not None
    params = owner.make_params(plan, token, spec_digest, model_digest)
    with at_once(net):
        scene.task = owner.post(scene.market, writer(net, scene.owner), params, scene.owner.account)
