"""The ordinary course of a task and all that must hold after it, whatever the IPFS node."""

import json

from deltaml.board import Snapshot
from deltaml.chain.types import Status
from tests.e2e.clear import assert_report
from tests.e2e.leaks import leaks, secrets_of
from tests.e2e.ledger import assert_every_wei
from tests.e2e.people import FAULT_PENALTY, WEI
from tests.e2e.scene import Scene
from tests.e2e.toy import accuracy, write_csv


def play_whole_task(scene: Scene, rounds: int) -> None:
    files = [str(scene.draft(rounds)), "--validation", str(scene.validation_csv()), "--yes"]
    printed = scene.net.deltaml("task", "post", *files, person=scene.owner)
    scene.task = int(printed.removeprefix("task "))
    scene.start_trainers()
    scene.until(lambda s: s.status is Status.TRAINING, 60, "all have joined")
    scene.until_final(rounds * 60)
    refundable = scene.collect().task.refundable
    printed = scene.net.deltaml("task", "refund", str(scene.task), person=scene.owner)
    assert refundable and printed.strip() == f"refunded {tokens(refundable)}"


def assert_whole_task(scene: Scene) -> None:
    snapshot = scene.look()
    assert snapshot.status is Status.COMPLETED
    assert_undisturbed(scene, snapshot)
    assert_every_wei(scene, snapshot, FAULT_PENALTY)
    assert_model_is_good(scene, snapshot)
    assert_logs_are_clean(scene)


def assert_undisturbed(scene: Scene, snapshot: Snapshot) -> None:
    """Every round says exactly what one process that sees all updates finds; everybody voted and opened his work."""
    everybody = list(range(len(snapshot.trainers)))
    for number, state in enumerate(scene.rounds(snapshot)):
        assert_report(scene, snapshot, number, everybody)
        assert (state.matched_mask, state.opened_mask) == (0b1111, 0b1111)


def tokens(wei: int) -> str:
    return f"{wei / WEI:.6f}".rstrip("0").rstrip(".")


def assert_model_is_good(scene: Scene, snapshot: Snapshot) -> None:
    """The owner gets a model that predicts rows nobody has trained or measured on."""
    model, unseen = scene.folder / "model.json", write_csv(scene.folder / "unseen.csv", 300, 7)
    scene.net.deltaml("task", "fetch-model", str(scene.task), "--out", str(model), person=scene.owner)
    assert json.loads(model.read_text("utf-8"))["round"] == snapshot.task.params.rounds
    predicted = scene.net.deltaml("task", "predict", str(model), "--data", str(unseen)).split()
    assert accuracy(predicted, unseen) > 0.85


def assert_logs_are_clean(scene: Scene) -> None:
    """No secret and no crash in any log; the digests that are in them show that the search finds things."""
    logs = scene.net.folder / "logs"
    snapshot = scene.look()
    assert len(leaks(logs, {"digest": snapshot.submissions(0)[0]})) == 1
    assert leaks(logs, secrets_of(scene)) == []
    for path in logs.glob("*.log"):
        assert "Traceback" not in path.read_text("utf-8", errors="replace"), path.name
