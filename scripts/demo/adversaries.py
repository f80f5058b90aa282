"""Trainers who would like to be paid for nothing: `python -m scripts.demo.adversaries idle|replay|copy …`.

They are the ordinary agent with one step replaced, and run as processes like everybody else.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deltaml.board import Snapshot
from deltaml.chain import Market, Sender, connect, load_account, load_deployment
from deltaml.client.cli import configure_logs, work
from deltaml.client.trainer import Consent, TrainerAgent
from deltaml.errors import Unavailable
from deltaml.learning import clip_to_norm
from deltaml.protocol.document import Document
from deltaml.protocol.messages import State
from deltaml.protocol.spec import OpenSpec
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore


class Idler(TrainerAgent):
    """Sends zeros."""

    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        return np.zeros(len(states[-1].weights), dtype=np.int64)


class Replayer(TrainerAgent):
    """Has no data: sends the last public step again."""

    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        fixed = spec.weights_format()
        step = fixed.decode(states[-1].weights - states[0].weights)
        return fixed.encode(clip_to_norm(step, spec.clip_norm))


class Copier(TrainerAgent):
    """Submits the blob of the first trainer as his own."""

    def make_update(self, spec: OpenSpec, states: list[State]) -> NDArray[np.int64]:
        return np.zeros(len(states[-1].weights), dtype=np.int64)

    def make_blob(self, snapshot: Snapshot, update: NDArray[np.int64]) -> Document:
        victim = snapshot.submissions(snapshot.task.round).get(0)
        if victim is None:
            raise Unavailable("the victim has not submitted yet")
        return Document(victim, self.store)


KINDS = {"idle": Idler, "replay": Replayer, "copy": Copier}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--task", type=int, required=True)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--ipfs", required=True)
    for name in ("--deployment", "--keystore", "--passphrase-file", "--identity", "--keep-updates"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--tick-seconds", type=float, default=1.0)
    given = parser.parse_args()
    configure_logs()
    chain = connect(given.rpc)
    market = Market(chain, load_deployment(chain.chain_id, given.deployment))
    key = load_account(given.keystore, given.passphrase_file)
    agent = KINDS[given.kind](
        chain,
        market,
        Sender(chain, key, max_fee_per_gas_wei=10**11),
        IpfsStore(given.ipfs, timeout_seconds=15),
        Identity.from_file(given.identity),
        str(key.address),
        Consent(given.task, units=1),
        table=None,
        keep_updates=given.keep_updates,
    )
    work(agent, given.tick_seconds)


if __name__ == "__main__":
    sys.exit(main())
