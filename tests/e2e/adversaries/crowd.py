"""Many trainers in one process, honest and other, for scenes in which not the processes but what they do matters:
`python -m tests.e2e.adversaries.crowd … TASK:KIND:FOLDER[:DATA] …`, KIND `honest` or a module beside this one."""

import argparse
import importlib
import time
from pathlib import Path

from deltaml.chain import Market, Sender, connect, load_account, load_deployment
from deltaml.client.cli import configure_logs
from deltaml.client.table import Table
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore


def kind_of(name: str) -> type[TrainerAgent]:
    """The first agent that a module defines."""
    if name == "honest":
        return TrainerAgent
    module = importlib.import_module(f"tests.e2e.adversaries.{name}")
    defined = [item for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__]
    return next(item for item in defined if isinstance(item, type) and issubclass(item, TrainerAgent))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--ipfs", required=True)
    parser.add_argument("--deployment", type=Path, required=True)
    parser.add_argument("--tick-seconds", type=float, required=True)
    parser.add_argument("--keep-updates", type=Path, required=True)
    parser.add_argument("agents", nargs="+")
    given = parser.parse_args()
    configure_logs()
    agents = [_agent(given, *words.split(":")) for words in given.agents]
    while agents:
        agents = [agent for agent in agents if not agent.tick()]
        time.sleep(given.tick_seconds)


def _agent(given: argparse.Namespace, task: str, kind: str, folder: str, data: str = "") -> TrainerAgent:
    home, chain = Path(folder), connect(given.rpc)
    key = load_account(home / "keystore.json", home / "passphrase")
    return kind_of(kind)(
        chain,
        Market(chain, load_deployment(chain.chain_id, given.deployment)),
        Sender(chain, key, max_fee_per_gas_wei=10**11),
        IpfsStore(given.ipfs, timeout_seconds=15),
        Identity.from_file(home / "identity.txt"),
        str(key.address),
        Consent(int(task), units=1),
        Table.read(Path(data)) if data else None,
        keep_updates=given.keep_updates,
    )


if __name__ == "__main__":
    main()
