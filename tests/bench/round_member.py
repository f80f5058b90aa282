"""One member's part of a recorded round, measured: run it in a process of its own, or memory means nothing."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import psutil

from deltaml.storage import IpfsStore
from tests.bench.round_scene import IPFS_SECONDS, Scene, name_of, replayed
from tests.python.board.fakes import FakeWriter

MIB = 1 << 20
STARTING = "startup"


class CountingStore(IpfsStore):
    """Counts what this process moves; processes that help it are not seen."""

    def __init__(self, api: str, timeout_seconds: float) -> None:
        super().__init__(api, timeout_seconds)
        self.fetched = self.posted = self.gets = self.puts = 0

    def put(self, data: bytes) -> bytes:
        self.posted += len(data)
        self.puts += 1
        return super().put(data)

    def get(self, digest: bytes, max_bytes: int) -> bytes:
        data = super().get(digest, max_bytes)
        self.fetched += len(data)
        self.gets += 1
        return data


def cpu_seconds() -> float:
    """Of this process and of the children that have ended or still run."""
    own = time.process_time()
    for child in psutil.Process().children(recursive=True):
        times = child.cpu_times()
        own += times.user + times.system
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + ended.ru_utime + ended.ru_stime


def peak_bytes(pid: int | str = "self") -> int:
    """Largest resident size since the process began its program. (ru_maxrss would be that of who started it, too.)"""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM in /proc/self/status")


@dataclass
class Stages:
    """Seconds by what a tick ended in."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def tick(self, writer: FakeWriter, name: str | None) -> Iterator[None]:
        n_before, wall, cpu = len(writer.sent), time.perf_counter(), cpu_seconds()
        yield
        names = [name_of(call) for call in writer.sent[n_before:]]
        stage = name or (names[0] if names else "waiting")
        self.wall[stage] = self.wall.get(stage, 0.0) + time.perf_counter() - wall
        self.cpu[stage] = self.cpu.get(stage, 0.0) + cpu_seconds() - cpu


def measure(scene: Scene, seat: int, workers: int) -> dict[str, Any]:
    """Plays the member in `seat`; the others do what they did."""
    store = CountingStore(scene.api, IPFS_SECONDS)
    stages = Stages()
    at_start = fetched_at_start = 0
    with joblib.parallel_config(n_jobs=workers):
        for writer, oracle in replayed(scene, seat, store):
            with stages.tick(writer, None if at_start else STARTING):
                oracle.tick()
            at_start, fetched_at_start = at_start or peak_bytes(), fetched_at_start or store.fetched
    children = psutil.Process().children(recursive=True)
    helpers = [peak_bytes(child.pid) for child in children]
    for child in children:
        # Helpers would wait five minutes for more to do, and this process for them.
        child.terminate()
    return {
        "workers": workers,
        "wall_seconds": sum(stages.wall.values()),
        "cpu_seconds": sum(stages.cpu.values()),
        "peak_mib": (peak_bytes() + sum(helpers)) / MIB,
        "peak_of_oracle_mib": peak_bytes() / MIB,
        "peak_at_start_mib": at_start / MIB,
        "bytes_fetched": store.fetched,
        "bytes_fetched_at_start": fetched_at_start,
        "blocks_fetched": store.gets,
        "bytes_posted": store.posted,
        "blocks_posted": store.puts,
        "wall_seconds_by_stage": stages.wall,
        "cpu_seconds_by_stage": stages.cpu,
    }
