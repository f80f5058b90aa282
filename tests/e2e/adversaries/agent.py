"""How an adversary starts: the options are those of `deltaml trainer run`, without data."""

import argparse
from pathlib import Path

from deltaml.chain import Market, Sender, connect, load_account, load_deployment
from deltaml.client.cli import configure_logs, work
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore


def run(kind: type[TrainerAgent]) -> None:
    """The process of one adversary."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", type=int, required=True)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--ipfs", required=True)
    for name in ("--deployment", "--keystore", "--passphrase-file", "--identity"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--tick-seconds", type=float, required=True)
    given = parser.parse_args()
    configure_logs()
    chain = connect(given.rpc)
    key = load_account(given.keystore, given.passphrase_file)
    agent = kind(
        chain,
        Market(chain, load_deployment(chain.chain_id, given.deployment)),
        Sender(chain, key, max_fee_per_gas_wei=10**11),
        IpfsStore(given.ipfs, timeout_seconds=15),
        Identity.from_file(given.identity),
        str(key.address),
        Consent(given.task, units=1),
        table=None,
    )
    work(agent, given.tick_seconds)
