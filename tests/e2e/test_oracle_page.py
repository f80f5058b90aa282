"""docs/oracle.md as a new operator follows it: every command of its shell blocks, in order, up to a vote in a task that
others posted."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.localnet import ROOT, Localnet, Person, free_port
from tests.e2e.people import WEI, Crew, at_once, at_work, enrol, found_committee, running_net
from tests.e2e.posting import post
from tests.e2e.scene import Scene, start_crowd

pytestmark = pytest.mark.e2e

PAGE = (ROOT / "docs" / "oracle.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SEAT_STAKE = 100 * WEI
"""As the page has it."""
OPERATOR = 0
"""His seat."""


class Operator:
    """One shell for all blocks; a mark on its output says when a block is through."""

    def __init__(self, net: Localnet, home: Path) -> None:
        (home / "deployment.json").write_bytes(net.deployment_file.read_bytes())
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DELTAML_")}
        environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200", "OMP_NUM_THREADS": "1"}
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        self.replaced = {
            "http://127.0.0.1:8545": net.rpc,
            "/ip4/127.0.0.1/tcp/5001": net.ipfs,
            "9464": str(free_port()),
        }
        self.folder = home / "oracle"
        self.shell = subprocess.Popen(
            ["bash", "--norc", "-m", "-eu"],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def do(self, block: str) -> str:
        """Runs a block of the page; everything it printed."""
        for theirs, ours in self.replaced.items():
            block = block.replace(theirs, ours)
        assert self.shell.stdin is not None and self.shell.stdout is not None
        self.shell.stdin.write(block + "\necho '<done>'\n")
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line == "<done>\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in:\n{block}\n{''.join(lines)}")

    @property
    def log(self) -> str:
        return (self.folder / "oracle.log").read_text("utf-8")

    def leave(self) -> None:
        """What is still at work ends with the shell."""
        assert self.shell.stdin is not None
        self.shell.stdin.write("kill $(jobs -p)\n" if self.shell.poll() is None else "")
        self.shell.stdin.close()
        self.shell.wait()


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Localnet]:
    """A chain of its own: its clock is right, and who lends the operator a committee has a seat in no other."""
    with running_net(tmp_path_factory.mktemp("page")) as running:
        yield running


@pytest.fixture
def operator(net: Localnet, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(net, tmp_path)
    yield operator
    operator.leave()


@pytest.mark.timeout(300)
def test_from_nothing_to_a_vote(net: Localnet, operator: Operator) -> None:
    crew = at_work(net, "steady")
    addresses, keys, token, money, enrolling, check, run, vote = BLOCKS
    operator.do(addresses)
    account = re.findall(r"account +(0x\w{40})", operator.do(keys))[0]
    assert f"stake token {net.deployment.stake_token} to account {account}" in operator.do(token)
    with at_once(net):
        printed = operator.do(money)
        assert printed.count('"result"') == 2 and "error" not in printed
        number = welcome(net, account, crew)
        operator.replaced["COMMITTEE=1"] = f"COMMITTEE={number}"
        assert f"enrolled in committee {number}" in operator.do(enrolling)
    checked = operator.do(check)
    assert "the oracle can run" in checked and "✗" not in checked
    assert '"ok": true' in operator.do(run)
    assert '"event": "oracle ready"' in operator.log and '"event": "oracle stopped"' in operator.log

    me = Person("operator", operator.folder, account)
    scene = Scene.prepare(net, Crew(number, (me, *crew.members[1:])), "voted", trainers=3)
    post(scene, rounds=1)
    start_crowd(net, {person: scene.crowd_member(i) for i, person in enumerate(scene.trainers)}, scene)
    assert '"action": "Vote"' in operator.do(vote)
    snapshot = scene.until_final()
    assert [state.matched_mask >> OPERATOR & 1 for state in scene.rounds(snapshot)] == [1]
    scene.collect_and_refund()


def welcome(net: Localnet, account: str, crew: Crew) -> int:
    """What the page leaves to the other members: a committee that names the new account, and their seats in it."""
    others = crew.members[1:]
    number = found_committee(net, others[0], (account, *(member.account for member in others)), SEAT_STAKE)
    for member in others:
        net.mint(net.deployment.stake_token, member.account, SEAT_STAKE)
        enrol(net, member, number, SEAT_STAKE)
    return number
