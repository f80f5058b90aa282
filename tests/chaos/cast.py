"""Everybody's processes: started, killed, and started again with nothing but their keys."""

import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex

from scripts.localnet import Localnet, Person, free_port
from tests.chaos.draw import FIRST_IPFS, IPFS, N_ENDPOINTS
from tests.chaos.plan import Service
from tests.chaos.proxy import Proxy, Route
from tests.e2e.scene import TRAINER_ROWS, Scene
from tests.e2e.toy import write_csv

TWIN = "-twin"
# Blocks come once a second: looking more often only heats the machine.
TICK_SECONDS = 0.7
KEYS = ("keystore.json", "passphrase", "identity.txt", "owner.key")


@dataclass
class Cast:
    """The processes of a run by the names in its plan, each behind the proxy; the owner has one if the task is
    `sealed`. There is a second IPFS node, of the other make, which knows only what it is given; and two ways to the
    one chain. `secret`: part of every RPC URL, as gateways have it. `left_behind`: files beside processes' keys."""

    net: Localnet
    scene: Scene
    proxy: Proxy
    confirmations: int
    sealed: bool
    secret: str = field(default_factory=lambda: token_hex(16))
    left_behind: list[str] = field(default_factory=list)
    _spare_port: int = field(default_factory=free_port)
    _lives: Counter[str] = field(default_factory=Counter)
    _log_begins: dict[str, int] = field(default_factory=dict)

    def route_everybody(self) -> None:
        """From now on everybody's processes talk to the proxy, each to listeners of his own."""
        stores = [f"http://127.0.0.1:{port}" for port in (self.net.ipfs_port, self._spare_port)]
        self.scene.spare_ipfs = (f"/ip4/127.0.0.1/tcp/{self._spare_port}",)
        for person in self.scene.people:
            rpc_ports = self._listen(person.name, Service.RPC, [self.net.rpc] * N_ENDPOINTS)
            ipfs_ports = self._listen(person.name, Service.IPFS, stores)
            rpc = ",".join(f"http://127.0.0.1:{port}/v3/{self.secret}" for port in rpc_ports)
            self.net.routes[person.name] = rpc, ",".join(f"/ip4/127.0.0.1/tcp/{port}" for port in ipfs_ports)

    def _listen(self, name: str, service: Service, nodes: Sequence[str]) -> list[int]:
        return [self.proxy.listen(Route(name, service, node, endpoint)) for endpoint, node in enumerate(nodes)]

    # ------------------------------------------------------------------ life and death

    def start(self, name: str, twin: bool = False) -> None:
        if name in IPFS:
            self._start_ipfs(name)
            return
        person, process = self._person(name), name + TWIN * twin
        life = self._new_life(person, process)
        home = life.folder / "home"
        home.mkdir()
        self._log_begins[process] = len(self.net.log_of(process)) if self._lives[process] > 1 else 0
        places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(home))
        self.net.spawn(process, self._command(life), places | {"DELTAML_CONFIRMATIONS": str(self.confirmations)})

    def kill(self, name: str) -> None:
        """kill -9. Who is not running is left alone."""
        if name not in self.net.processes:
            return
        self.net.kill(name)
        if name not in IPFS:
            self._bury(name)

    def stop_and_continue(self, name: str, stop: bool) -> None:
        process = self.net.processes.get(name)
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGSTOP if stop else signal.SIGCONT)

    def is_ready(self, oracle: str) -> bool:
        """Whether an oracle's present life has found its nodes."""
        process = self.net.processes.get(oracle)
        alive = process is not None and process.poll() is None
        return alive and "oracle ready" in self.net.log_of(oracle)[self._log_begins[oracle] :]

    def ended(self) -> list[tuple[str, int]]:
        """(name, exit code) of who has ended by himself."""
        codes = [(name, process.poll()) for name, process in self.net.processes.items()]
        return [(name, code) for name, code in codes if code is not None]

    @contextmanager
    def performance(self, names: Sequence[str]) -> Iterator[None]:
        """Inside, these are at work, and whoever is started meanwhile."""
        for name in names:
            self.start(name)
        try:
            yield
        finally:
            for name in [name for name in self.net.processes if name in self._lives]:
                self.stop_and_continue(name, stop=False)
                self.kill(name)

    def _start_ipfs(self, name: str) -> None:
        if name == FIRST_IPFS:
            self.net.start_ipfs()
            return
        where = ["--directory", str(self.net.folder / name), "--port", str(self._spare_port)]
        self.net.spawn(name, [sys.executable, "-m", "deltaml.storage", *where])
        self.net.await_port(self._spare_port)

    # ------------------------------------------------------------------ one life

    def _person(self, name: str) -> Person:
        return next(person for person in self.scene.people if person.name == name)

    def _folder(self, process: str) -> Path:
        return self.net.folder / "lives" / f"{process}-{self._lives[process]}"

    def _new_life(self, person: Person, process: str) -> Person:
        self._lives[process] += 1
        folder = self._folder(process)
        folder.mkdir(parents=True)
        for file in (person.keystore, person.passphrase_file, person.identity):
            shutil.copy2(file, folder)
        if person == self.scene.owner:
            shutil.copy2(self.scene.key, folder)
        return replace(person, folder=folder)

    def _bury(self, process: str) -> None:
        folder = self._folder(process)
        found = [path for path in folder.rglob("*") if path.is_file() and path.name not in KEYS]
        self.left_behind += [f"{process}: {path.relative_to(folder)}" for path in found]
        shutil.rmtree(folder)

    def _command(self, life: Person) -> list[str]:
        scene = self.scene
        if life.account == scene.owner.account:
            files = scene.folder / "task.toml", scene.folder / "validation.csv", life.folder / scene.key.name
            return self.net.owner_command(life, scene.task, *files, tick_seconds=TICK_SECONDS)
        accounts = [trainer.account for trainer in scene.trainers]
        if life.account in accounts:
            index = accounts.index(life.account)
            data = write_csv(scene.folder / f"data-{index}.csv", TRAINER_ROWS, 100 + index)
            # Every life and every run must come to the same update.
            more = "--keep-updates", str(scene.kept_updates), "--random-state", str(index)
            return self.net.trainer_command(life, scene.task, data, *more, tick_seconds=TICK_SECONDS)
        return self.net.oracle_command(life, TICK_SECONDS)
