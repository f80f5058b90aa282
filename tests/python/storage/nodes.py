"""Real nodes as processes: ours, and Kubo where a binary is found."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


def kubo_binary() -> str | None:
    built = ROOT / "build" / "kubo" / "ipfs"
    return shutil.which("ipfs") or (str(built) if built.exists() else None)


@contextmanager
def embedded_node(directory: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its RPC address and process, stopped at the end."""
    command = [sys.executable, "-m", "deltaml.storage", "--directory", str(directory), "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["api"], process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def kubo_node(directory: Path) -> Iterator[str]:
    """RPC address of a Kubo of its own: offline, on loopback, ports chosen by the system."""
    binary = kubo_binary()
    assert binary is not None
    environment = os.environ | {"IPFS_PATH": str(directory), "HOME": str(directory)}
    subprocess.run([binary, "init", "--profile", "test"], env=environment, check=True, capture_output=True)
    command = [binary, "daemon", "--offline"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Daemon is ready" in line:
                break
        assert process.poll() is None, "".join(lines)
        yield (directory / "api").read_text().strip()
    finally:
        process.terminate()
        process.communicate()
