"""How a liar starts: `python -m tests.e2e.adversaries.members.<module>` with the oracle's options, or
`python -m tests.e2e.adversaries.members.process --lie TASK=MODULE …` for one who lies differently in every task."""

import argparse
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog

from deltaml.board import Snapshot
from deltaml.chain import Deployment, Writer
from deltaml.connection import Connection
from deltaml.protocol.actions import Action
from deltaml.sealing import Identity
from deltaml.storage import Store
from oracles.act import Actor
from oracles.daemon import MakeActor
from oracles.daemon import run as run_oracle
from oracles.settings import Settings
from oracles.view import Audience
from tests.e2e.adversaries.members.liar import Liar


class Chameleon(Actor):
    """In each task another liar; honest in all others."""

    def __init__(self, honest: Actor, roles: Mapping[int, Actor]) -> None:
        self._honest = honest
        self._roles = roles

    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        self._roles.get(snapshot.task_id, self._honest).act(action, snapshot, audience)


def run(kind: type[Liar]) -> None:
    """The process of a member who lies in all tasks."""
    parser = _parser()
    given = parser.parse_args()
    identity = Identity.from_file(given.identity)
    _run(given, lambda *where: kind(*where, identity))


def main() -> None:
    from tests.e2e.adversaries.members.cast import LIARS

    parser = _parser()
    parser.add_argument("--lie", action="append", default=[], metavar="TASK=MODULE")
    given = parser.parse_args()
    identity = Identity.from_file(given.identity)
    lies = {int(task): LIARS[name] for task, name in (lie.split("=") for lie in given.lie)}

    def make(deployment: Deployment, writer: Writer, store: Store, account: str) -> Actor:
        where = deployment, writer, store, account
        return Chameleon(Actor(*where), {task: kind(*where, identity) for task, kind in lies.items()})

    _run(given, make)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--ipfs", required=True)
    for name in ("--deployment", "--keystore", "--passphrase-file", "--identity"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--tick-seconds", type=float, required=True)
    return parser


def _run(given: argparse.Namespace, make_actor: MakeActor) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    settings = Settings(
        connection=Connection(
            rpc=(given.rpc,),
            deployment=given.deployment,
            ipfs=(given.ipfs,),
            keystore=given.keystore,
            passphrase_file=given.passphrase_file,
            identity_file=given.identity,
            max_fee_gwei=200,
        ),
        account=None,
        tick_seconds=given.tick_seconds,
        confirmations=0,
        metrics_host="127.0.0.1",
        metrics_port=0,
        pin_gib=1.0,
        watchdog_seconds=0.0,
    )
    run_oracle(settings, make_actor)


if __name__ == "__main__":
    main()
