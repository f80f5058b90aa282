"""What people do beside a round: watch an agent at work, and replay the round from the chain and IPFS alone."""

import subprocess
import sys

import pytest

from scripts.localnet import ROOT, Localnet, Person, free_port
from tests.e2e.people import Crew
from tests.e2e.posting import post
from tests.e2e.scene import Scene
from tests.e2e.watched import assert_watched

pytestmark = pytest.mark.e2e


def replay(net: Localnet, who: Person, task: int, number: int) -> subprocess.CompletedProcess[str]:
    """Without a keystore: an identity is enough."""
    options = [*net.options(), "--identity", str(who.identity), "replay", "--task", str(task), "--round", str(number)]
    return subprocess.run(
        [sys.executable, "-m", "oracles", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(900)
def test_a_round_is_replayed_by_any_member(net: Localnet, crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    scene = Scene.prepare(net, crew, "replayed", trainers=3)
    post(scene, rounds=1)
    port = free_port()
    scene.start_trainer(0, "--metrics-port", str(port))
    scene.start_trainer(1)
    scene.start_trainer(2)
    scene.until_round(1)
    assert_watched(port)
    done = replay(net, crew.members[3], scene.task, 0)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout and "accepted trainers" in done.stdout and "next model" in done.stdout
    stranger = replay(net, scene.trainers[0], scene.task, 0)
    assert stranger.returncode == 0 and "This identity is no member's" in stranger.stdout
    assert '"action": "Reveal"' in "".join(net.log_of(member.name) for member in crew.members)
    # Nobody shall collect, of this task, while another one is counted.
    scene.until_final()
    scene.collect_and_refund()
