"""docs/oracle.md as a new operator follows it: every command of its shell blocks, in order, on a chain of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deltaml.chain import calls
from tests.python.oracles.place import SEAT_STAKE, Place, place_in
from tests.python.oracles.ports import free_port

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "oracle.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with place_in(tmp_path) as place:
        yield place


class Operator:
    """One shell for all blocks; a mark on its output says when a block is through."""

    def __init__(self, place: Place) -> None:
        self.place = place
        home = place.folder / "home"
        home.mkdir()
        (home / "deployment.json").write_bytes((place.folder / "deployment.json").read_bytes())
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DELTAML_")}
        environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        self.replaced = {
            "http://127.0.0.1:8545": place.rpc,
            "/ip4/127.0.0.1/tcp/5001": place.ipfs,
            "COMMITTEE=1": "COMMITTEE=2",
            "9464": str(free_port()),
        }
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

    def leave(self) -> None:
        assert self.shell.stdin is not None
        self.shell.stdin.close()
        self.shell.kill()
        self.shell.wait()


@pytest.mark.integration
def test_from_nothing_to_an_oracle_that_runs(place: Place) -> None:
    operator = Operator(place)
    try:
        addresses, keys, enrolling, check, run = BLOCKS
        operator.do(addresses)
        account = re.findall(r"account +(0x\w{40})", operator.do(keys))[0]
        welcome(place, account)
        assert "enrolled in committee 2" in operator.do(enrolling)
        checked = operator.do(check)
        assert "the oracle can run" in checked and "✗" not in checked
        assert '"ok": true' in operator.do(run)
        log = (place.folder / "home" / "oracle" / "oracle.log").read_text()
        assert '"event": "oracle ready"' in log and log.rstrip().endswith("}") and '"event": "oracle stopped"' in log
    finally:
        operator.leave()


def welcome(place: Place, account: str) -> None:
    """What the page leaves to others: ether, stake tokens, and a committee that names the new account."""
    place.chain.request("anvil_setBalance", [account, hex(10**18)])
    place.members[0].send(calls.mint(place.deployment.stake_token, account, SEAT_STAKE))
    others = [member.address for member in place.members[1:]]
    assert place.found([account, *others]) == 2
    for member, identity in zip(place.members[1:], place.identities[1:], strict=True):
        member.send(calls.enroll(place.deployment, 2, identity.recipient))


@pytest.mark.unit
def test_what_the_page_says_is_there() -> None:
    """Files, options and metrics that the page names exist."""
    from typer.main import get_command

    from deltaml.serving import Endpoints
    from oracles.__main__ import app
    from oracles.metrics import Metrics

    for file in re.findall(r"`?(deploy/[\w.]+|deltaml/chain/artifacts)", PAGE):
        assert (ROOT / file).exists(), file
    command = get_command(app)
    known = {option for parameter in command.params for option in parameter.opts}
    commands = command.commands.values()  # type: ignore[attr-defined]
    known |= {option for each in commands for parameter in each.params for option in parameter.opts}
    # Options of `deltaml`, ipfs, pip, useradd, systemctl and podman.
    elsewhere = "passphrase-file yes seat-stake fault-penalty profile enable-gc system home-dir now rm upgrade"
    assert set(re.findall(r"(?<![-\w])--([a-z][a-z-]+)", PAGE)) <= set(elsewhere.split()) | {
        option.removeprefix("--") for option in known
    }
    registry = Metrics.create().registry
    registry.register(Endpoints(lambda: (), lambda: ()))
    names = {family.name for family in registry.collect()}
    for name in re.findall(r"deltaml_\w+", PAGE):
        assert name.removesuffix("_total") in names, name
