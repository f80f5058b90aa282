"""A round in the clear: what its report must say, from the updates that the trainers kept for themselves."""

import numpy as np

from deltaml.board import Snapshot, StateReader, read_spec
from deltaml.client.table import Table, features, targets
from deltaml.protocol.opening import Agreement, summed_of
from deltaml.protocol.score_tree import HARMFUL, unpack_scores
from deltaml.protocol.stepping import Validation, finish, next_weights, propose, rounds_looked_back_on, summed_weights
from deltaml.protocol.validation import read_validation, validation_document
from deltaml.sealing import Identity
from tests.e2e.scene import Scene


def assert_report(scene: Scene, snapshot: Snapshot, number: int, accepted: list[int]) -> None:
    """The round says exactly what `expected_report` finds, and all of these trainers earn."""
    reveal, words = snapshot.reveals[number], unpack_scores(snapshot.reveals[number].scores)
    assert (reveal.model_digest, words) == expected_report(scene, snapshot, number, accepted)
    assert all(0 < words[index] < HARMFUL for index in accepted)


def expected_report(scene: Scene, snapshot: Snapshot, number: int, accepted: list[int]) -> tuple[bytes, list[int]]:
    """(digest of the next state, score words) of round `number` if these trainers' updates count: no masks, no
    committee, one process that sees everything. Only for trainers with one unit of stake each."""
    store = scene.store
    spec = read_spec(store, snapshot.task.params.spec_digest)
    table = Table.read(scene.validation_csv())
    written = Validation(features(spec, table), targets(spec.target, table))
    validation = read_validation(spec, validation_document(spec.target.kind, written))
    reader = StateReader(store, Identity.from_file(scene.owner.identity))
    states = [reader.read(snapshot, spec, earlier) for earlier in rounds_looked_back_on(spec, number)]
    history = [state.weights for state in states]

    names = {i: f"{scene.task}-{number}-{snapshot.trainers[i].account}.npy" for i in accepted}
    updates = {i: np.load(scene.kept_updates / name) for i, name in names.items()}
    pre_scores = {i: int(update.astype(object) @ states[-1].gradient.astype(object)) for i, update in updates.items()}
    summed = summed_of(spec, states[-1].gradient, pre_scores)
    total = np.sum([updates[i] for i in summed], axis=0)
    step = propose(spec, validation, history, total, len(summed))
    gradient = step.path_gradient.astype(object)
    products = {i: int(updates[i].astype(object) @ gradient) for i in summed}
    weights = next_weights(spec, summed_weights(history[-1], total, len(summed)), history, step.coefficients)
    agreement = Agreement(tuple(accepted), summed, pre_scores)
    units = [1] * len(snapshot.trainers)
    following, words = finish(spec, states[-1], weights, step, agreement, units, products)
    return following.document().digest, words
