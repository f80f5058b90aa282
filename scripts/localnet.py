"""A chain, an IPFS node and the processes of everybody, on this machine: the stage of the demo and of the e2e tests.

Every actor is a process of its own with its own keystore and its own log; this module only starts and stops them and
plays the faucet of a development chain.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deltaml.chain import Chain, Deployment, calls, connect, create_keystore, load_deployment
from deltaml.chain.connection import parse_int
from deltaml.errors import Unavailable
from deltaml.sealing import Identity

ROOT = Path(__file__).parents[1]
PASSPHRASE = "demonstration only"
START_TIMEOUT_SECONDS = 60.0
# Two dozen processes share the machine; none of them may start a thread per core for its small matrices. And they run
# the code that stands here, wherever an editable installation points.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@dataclass(frozen=True)
class Person:
    """Somebody with an account and an age identity, in files of his own folder."""

    name: str
    folder: Path
    account: str

    @property
    def keystore(self) -> Path:
        return self.folder / "keystore.json"

    @property
    def passphrase_file(self) -> Path:
        return self.folder / "passphrase"

    @property
    def identity(self) -> Path:
        return self.folder / "identity.txt"


@dataclass
class Localnet:
    """Everything that runs; use as a context manager. `folder` receives logs, keys and the deployment. `embedded`: the
    embedded IPFS node even where there is Kubo. A port of 0 is a free one. Pages of `page_origins` may talk to IPFS.
    `routes`: by a person's name, the RPC URL and the IPFS address that his processes use instead of the nodes' own."""

    folder: Path
    block_seconds: int = 1
    embedded: bool = False
    chain_port: int = 0
    ipfs_port: int = 0
    page_origins: tuple[str, ...] = ()
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    routes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __enter__(self) -> "Localnet":
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "logs").mkdir(exist_ok=True)
        try:
            self._start_chain()
            self._make_ipfs()
            self.start_ipfs()
            self._deploy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------------ chain, IPFS, contracts

    def _start_chain(self) -> None:
        port = self.chain_port or free_port()
        self.rpc = f"http://127.0.0.1:{port}"
        options = ["--port", str(port), "--accounts", "1", "--base-fee", "0", "--enable-tx-gas-limit"]
        self.spawn("chain", [_anvil(), *options, "--hardfork", "cancun", "--silent"])
        self.chain = self._await_chain()

    def mine_every(self, seconds: int) -> None:
        """From now on a block comes every `seconds`, so that time passes when nobody acts."""
        self.chain.request("evm_setIntervalMining", [seconds])
        self.chain.request("evm_setAutomine", [False])

    def mine_at_once(self) -> None:
        """From now on every transaction gets a block at once: for setting a scene."""
        self.chain.request("evm_setAutomine", [True])

    def _await_chain(self) -> Chain:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                return connect(self.rpc)
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _make_ipfs(self) -> None:
        binary = None if self.embedded else kubo_binary()
        self.ipfs_port = self.ipfs_port or free_port()
        self.ipfs = f"/ip4/127.0.0.1/tcp/{self.ipfs_port}"
        self.ipfs_kind = "kubo" if binary else "embedded"
        self._ipfs_command = self._kubo(binary) if binary else self._embedded()

    def _embedded(self) -> tuple[list[str], dict[str, str]]:
        where = ["--directory", str(self.folder / "ipfs"), "--port", str(self.ipfs_port)]
        origins = [f"--allow-origin={origin}" for origin in self.page_origins]
        return [sys.executable, "-m", "deltaml.storage", *where, *origins], {}

    def _kubo(self, binary: str) -> tuple[list[str], dict[str, str]]:
        environment = {"IPFS_PATH": str(self.folder / "ipfs")}
        everything = os.environ | environment
        subprocess.run([binary, "init", "--profile", "test"], env=everything, check=True, capture_output=True)
        settings = {
            "Addresses.API": self.ipfs,
            "Addresses.Gateway": f"/ip4/127.0.0.1/tcp/{free_port()}",
            "API.HTTPHeaders": {
                "Access-Control-Allow-Origin": list(self.page_origins),
                "Access-Control-Allow-Methods": ["POST"],
            },
        }
        for key, value in settings.items():
            subprocess.run([binary, "config", "--json", key, json.dumps(value)], env=everything, check=True)
        return [binary, "daemon", "--offline"], environment

    def start_ipfs(self) -> None:
        """Starts the IPFS node and waits until it listens. After `kill("ipfs")` it comes back with all it had."""
        self.spawn("ipfs", *self._ipfs_command)
        self.await_port(self.ipfs_port)

    def await_port(self, port: int) -> None:
        """Waits until something listens there. Raises RuntimeError when nothing does in time."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing listens on port {port}; see {self.folder / 'logs'}")
            time.sleep(0.1)

    def _deploy(self) -> None:
        """`brownie run scripts/deploy.py` on the chain that runs here."""
        done = subprocess.run(
            [str(ROOT / "tools" / "brownie.sh"), "run", "scripts/deploy.py", "--network", "local"],
            cwd=ROOT,
            env=os.environ | {"LOCAL_NODE": self.rpc, "DELTAML_DEPLOYMENTS": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        (self.folder / "logs" / "deploy.log").write_text(done.stdout + done.stderr, "utf-8")
        if done.returncode or not self.deployment_file.exists():
            raise RuntimeError(f"the deployment failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        self.deployment: Deployment = load_deployment(self.chain.chain_id, self.deployment_file)

    @property
    def deployment_file(self) -> Path:
        return self.folder / f"{self.chain.chain_id}.json"

    # ------------------------------------------------------------------ people and money

    def person(self, name: str, stake: int = 0, reward: int = 0) -> Person:
        """A new person with ether for gas and so many wei of the two tokens."""
        folder = self.folder / "people" / name
        folder.mkdir(parents=True)
        account = create_keystore(folder / "keystore.json", PASSPHRASE, light=True)
        Identity.generate().to_file(folder / "identity.txt")
        someone = Person(name, folder, account)
        someone.passphrase_file.touch(0o600)
        someone.passphrase_file.write_text(PASSPHRASE, "utf-8")
        self.chain.request("anvil_setBalance", [account, hex(10**20)])
        self.mint(self.deployment.stake_token, account, stake)
        if self.deployment.reward_token is not None:
            self.mint(self.deployment.reward_token, account, reward)
        self.people[name] = someone
        return someone

    def mint(self, token: str, account: str, amount: int) -> None:
        """Token doubles let anybody mint; the chain's own account does."""
        if amount:
            call = calls.mint(token, account, amount)
            faucet = self.chain.request("eth_accounts")[0]
            transaction = {"from": faucet, "to": call.address, "data": "0x" + call.data.hex(), "gas": hex(10**6)}
            self._await_receipt(self.chain.request("eth_sendTransaction", [transaction]))

    def _await_receipt(self, transaction_hash: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while (receipt := self.chain.request("eth_getTransactionReceipt", [transaction_hash])) is None:
            if time.monotonic() > deadline:
                raise RuntimeError("a transaction of the faucet was not mined")
            time.sleep(0.1)
        if parse_int(receipt["status"]) != 1:
            raise RuntimeError("a transaction of the faucet failed")

    def pass_time(self, seconds: int) -> None:
        """Turns the development chain's clock forward."""
        self.chain.request("evm_increaseTime", [seconds])
        self.chain.request("evm_mine")

    # ------------------------------------------------------------------ processes

    def spawn(self, name: str, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        """Starts a process in a group of its own; its output goes to logs/<name>.log."""
        log = (self.folder / "logs" / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env=os.environ | ENVIRONMENT | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def options(self, person: Person | None = None) -> list[str]:
        """Command line options that say where chain and IPFS are and, for a person, which keys are his."""
        rpc, ipfs = self.routes.get(person.name if person else "", (self.rpc, self.ipfs))
        where = ["--rpc", rpc, "--deployment", str(self.deployment_file), "--ipfs", ipfs]
        if person is None:
            return where
        keys = ["--keystore", str(person.keystore), "--passphrase-file", str(person.passphrase_file)]
        return [*where, *keys, "--identity", str(person.identity)]

    def deltaml(self, *arguments: str, person: Person | None = None) -> str:
        """Runs a `deltaml` command to its end, for a person if it needs keys, and returns what it printed. Raises
        RuntimeError when it fails."""
        command = [_deltaml(), *self.options(person), *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"deltaml {' '.join(arguments[:2])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def oracle_command(self, person: Person, tick_seconds: float) -> list[str]:
        options = [*self.options(person), "--tick-seconds", str(tick_seconds)]
        return [sys.executable, "-m", "oracles", *options, "run"]

    def trainer_command(self, person: Person, task: int, data: Path, *more: str, tick_seconds: float) -> list[str]:
        command = [_deltaml(), *self.options(person), "trainer", "run", "--yes", "--task", str(task)]
        # Nothing here adds noise, so nothing here has a limit; what became known is counted all the same.
        privacy = ["--no-privacy-budget", "--budgets", str(self.folder / "budgets")]
        return [*command, "--data", str(data), "--tick-seconds", str(tick_seconds), *privacy, *more]

    def owner_command(
        self, person: Person, task: int, draft: Path, validation: Path, key: Path, *more: str, tick_seconds: float
    ) -> list[str]:
        command = [_deltaml(), *self.options(person), "owner", "run", "--task", str(task), "--draft", str(draft)]
        files = ["--validation", str(validation), "--key", str(key)]
        return [*command, *files, "--tick-seconds", str(tick_seconds), *more]

    def start_oracle(self, person: Person, tick_seconds: float = 0.5) -> None:
        self.spawn(person.name, self.oracle_command(person, tick_seconds))

    def start_trainer(self, person: Person, task: int, data: Path, *more: str, tick_seconds: float = 0.5) -> None:
        self.spawn(person.name, self.trainer_command(person, task, data, *more, tick_seconds=tick_seconds))

    def start_owner(
        self,
        person: Person,
        task: int,
        draft: Path,
        validation: Path,
        key: Path,
        *more: str,
        tick_seconds: float = 0.5,
    ) -> None:
        """The owner's agent of a sealed-model task."""
        files = draft, validation, key
        self.spawn(person.name, self.owner_command(person, task, *files, *more, tick_seconds=tick_seconds))

    def log_of(self, name: str) -> str:
        """What the process of that name has printed so far, over all its lives."""
        return (self.folder / "logs" / f"{name}.log").read_text("utf-8", errors="replace")

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Stops everything, politely first."""
        for process in reversed(self.processes.values()):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()


def _deltaml() -> str:
    return str(Path(sys.executable).with_name("deltaml"))


def kubo_binary() -> str | None:
    """`ipfs` on PATH, or the one that `make kubo` built."""
    built = ROOT / "build" / "kubo" / "ipfs"
    return shutil.which("ipfs") or (str(built) if built.exists() else None)


def _anvil() -> str:
    found = sorted((ROOT / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil*"))
    if not found:
        raise RuntimeError("anvil is not installed: run `make setup`")
    return str(found[0])
