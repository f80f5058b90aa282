"""What is in deploy/ can be used as it stands: files parse, and what they start exists with these options."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from deltaml.storage import IpfsStore
from oracles.__main__ import app

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "oracle.service").read_text("utf-8")
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def environment_variables() -> set[str]:
    """Those that the process reads, as its help says."""
    return set(re.findall(r"DELTAML_[A-Z_]+", (ROOT / "oracles" / "__main__.py").read_text("utf-8"))) | set(
        re.findall(r"DELTAML_[A-Z_]+", (ROOT / "deltaml" / "connection.py").read_text("utf-8"))
    )


def words_of(instruction: str) -> list[str]:
    (found,) = re.findall(rf"^{instruction} (\[.*\])$", CONTAINER, re.MULTILINE)
    words: list[str] = yaml.safe_load(found)
    return words


def assert_is_a_command(words: list[str]) -> None:
    assert words[1:3] == ["-m", "oracles"]
    assert CliRunner().invoke(app, [*words[3:], "--help"]).exit_code == 0


def test_the_unit_starts_what_there_is() -> None:
    (start,) = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    assert_is_a_command(shlex.split(start))
    for name in re.findall(r"DELTAML_[A-Z_]+", UNIT + (DEPLOY / "oracle.env").read_text("utf-8")):
        assert name in environment_variables(), name


@pytest.mark.parametrize(
    "line",
    [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "LoadCredential=passphrase:/etc/deltaml/passphrase",
        "Environment=DELTAML_PASSPHRASE_FILE=%d/passphrase",
        "KillSignal=SIGTERM",
        "Restart=always",
    ],
)
def test_the_unit_is_hardened(line: str) -> None:
    assert line in UNIT.splitlines()


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With the interpreter of this machine in place of the one that an operator installs."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        sections = re.findall(r"^\[(\w+)\]$", UNIT, re.MULTILINE)
        assert sections == ["Unit", "Service", "Install"]
        return
    unit = tmp_path / "oracle.service"
    unit.write_text(UNIT.replace("/opt/deltaml/bin/python", sys.executable))
    done = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "oracle.service" not in done.stderr, done.stderr
    shown = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=20", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, "exposed more than 2.0 of 10"


def test_the_container_runs_what_there_is() -> None:
    assert_is_a_command([*words_of("ENTRYPOINT"), *words_of("CMD")])
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, re.MULTILINE)
    for path in " ".join(copied).split():
        assert (ROOT / path).exists(), path
    assert "USER 10001" in CONTAINER and "STOPSIGNAL SIGTERM" in CONTAINER
    (extra,) = re.findall(r'"\.\[(\w+)\]"', CONTAINER)
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text("utf-8")


def test_compose_joins_an_oracle_to_its_ipfs_node() -> None:
    oracle, ipfs = COMPOSE["services"]["oracle"], COMPOSE["services"]["ipfs"]
    assert (DEPLOY / oracle["build"]["context"] / oracle["build"]["dockerfile"]).exists()
    assert (DEPLOY / oracle["env_file"]).exists()
    assert_is_a_command(["python", "-m", "oracles", *oracle["command"]])
    assert set(oracle["environment"]) <= environment_variables()
    IpfsStore(oracle["environment"]["DELTAML_IPFS"], 1)
    assert oracle["read_only"] and oracle["cap_drop"] == ["ALL"]
    assert oracle["healthcheck"]["test"][:3] == ["CMD", "python", "-c"]
    compile(oracle["healthcheck"]["test"][3], "<health>", "exec")
    version = re.findall(r"kubo (v[\d.]+)", (ROOT / "tools" / "kubo" / "go.mod").read_text("utf-8"))
    assert ipfs["image"].rsplit(":", 1)[1] == version[0], "the one that the tests run with"
    published = [port.split(":")[-1] for port in ipfs["ports"]]
    assert not [port for port in published if port.startswith("5001")], "whoever reaches the RPC port owns the node"
