"""A sealed-model task on the stage, and its twin in the clear: same rows, same integers, no encryption."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot, read_spec
from deltaml.chain.types import Status
from deltaml.client.draft import Draft
from deltaml.client.sealed_owner import Stepper, optimiser_of, quadratic_loss
from deltaml.client.sealed_trainer import fixed_point_data
from deltaml.client.table import Table
from deltaml.protocol.score_tree import unpack_scores
from deltaml.protocol.sealed.finishing import finish
from deltaml.protocol.sealed.messages import SealedState
from deltaml.protocol.sealed.opening import SealedAgreement
from deltaml.protocol.sealed.spec import SealedSpec
from scripts.localnet import free_port
from tests.e2e.scene import Scene
from tests.e2e.watched import assert_watched

KEY_BITS = 2048


def post_sealed(scene: Scene, rounds: int) -> None:
    """Draws the owner's key and posts the task, both by command."""
    scene.net.deltaml("owner", "key", str(scene.key), "--bits", str(KEY_BITS), person=scene.owner)
    files = [str(scene.draft(rounds, sealed=True)), "--validation", str(scene.validation_csv()), "--yes"]
    printed = scene.net.deltaml("task", "post", *files, "--key", str(scene.key), person=scene.owner)
    scene.task = int(printed.removeprefix("task "))


def play_sealed(scene: Scene, rounds: int) -> Snapshot:
    post_sealed(scene, rounds)
    port = free_port()
    scene.start_owner("--metrics-port", str(port))
    scene.start_trainers()
    scene.until(lambda s: s.status is Status.TRAINING, 60, "all have joined")
    assert_watched(port)
    scene.until_final(rounds * 90)
    return scene.collect_and_refund()


def assert_twin(scene: Scene, snapshot: Snapshot) -> None:
    """Model and scores are, bit for bit, those of training in the clear. For trainers with one unit of stake each."""
    spec = read_spec(scene.store, snapshot.task.params.spec_digest)
    assert isinstance(spec, SealedSpec)
    draft = Draft.read(scene.folder / "task.toml")
    validation = quadratic_loss(spec, Table.read(scene.folder / "validation.csv"))
    stepper = Stepper(spec, optimiser_of(draft, spec), validation)
    data = [fixed_point_data(spec, Table.read(scene.folder / f"data-{i}.csv")) for i in range(len(scene.trainers))]
    # The chain has trainers in the order of joining.
    order = [[p.account for p in scene.trainers].index(trainer.account) for trainer in snapshot.trainers]
    data = [data[index] for index in order]
    units = [1] * len(data)
    everybody = tuple(range(len(data)))
    weights: NDArray[np.int64] = np.zeros(spec.n_parameters, dtype=np.int64)
    memory: Mapping[str, Any] | None = None
    state = SealedState(0, bytes(32), (0,) * len(data), 0)
    for number in range(len(snapshot.reveals)):
        updates = [
            [int(g) + o for g, o in zip(matrix.astype(object) @ weights.astype(object), offset, strict=True)]
            for matrix, offset in data
        ]
        total = [sum(column) for column in zip(*updates, strict=True)]
        step = stepper(weights, memory, total, len(data))
        products = {
            i: sum(u * int(h) for u, h in zip(update, step.direction, strict=True)) for i, update in enumerate(updates)
        }
        state, words = finish(spec, state, bytes(32), 0, SealedAgreement(everybody, everybody), units, products)
        assert words == unpack_scores(snapshot.reveals[number].scores), f"round {number}"
        weights, memory = step.weights, step.memory
    assert exported(scene)["weights"] == [int(weight) for weight in weights]


def exported(scene: Scene) -> dict[str, Any]:
    """What `task fetch-model` writes."""
    out = scene.folder / "model.json"
    scene.net.deltaml(
        "task", "fetch-model", str(scene.task), "--out", str(out), "--key", str(scene.key), person=scene.owner
    )
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found
