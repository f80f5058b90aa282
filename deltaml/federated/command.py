"""`deltaml serve` and the helper, also as `python -m deltaml.federated` where no chain library is installed."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deltaml.errors import DeltaMLError
from deltaml.federated.helper import help_out
from deltaml.federated.server import CentralServer
from deltaml.federated.server_options import ServerOptions
from deltaml.learning import (
    FedAdam,
    FedAvg,
    FedAvgM,
    FederationSettings,
    FedMedian,
    FedTrimmedAvg,
    FedYogi,
    Krum,
    NormClipping,
    Strategy,
)
from deltaml.sealing import Identity, recipient_from_text, recipient_to_text

STRATEGIES: dict[str, Callable[[], Strategy]] = {
    "fedavg": FedAvg,
    "fedavgm": FedAvgM,
    "fedadam": FedAdam,
    "fedyogi": FedYogi,
    "median": FedMedian,
    "trimmed": FedTrimmedAvg,
    "krum": Krum,
}
SECRET_VARIABLE = "DELTAML_SECRET"


def parser(prog: str) -> argparse.ArgumentParser:
    """Options of `serve`."""
    defaults = ServerOptions()
    made = argparse.ArgumentParser(
        prog=prog,
        description="A central server: clients join, rounds end by deadline, the run is saved after each.",
        epilog=f"{SECRET_VARIABLE} in the environment is what clients must know to join.",
    )
    made.add_argument("--host", default=defaults.host, help="put a proxy with TLS in front of any but this machine")
    made.add_argument("--port", type=int, default=defaults.port, help="0 takes a free one")
    made.add_argument("--rounds", type=int, default=10)
    made.add_argument("--strategy", choices=sorted(STRATEGIES), default="fedavg")
    made.add_argument("--clip-norm", type=float, help="the longest update a client may send")
    made.add_argument("--min-clients", type=int, default=defaults.min_clients, help="begin with so many")
    made.add_argument("--min-fit", type=int, default=1, help="with fewer updates a round changes nothing")
    made.add_argument("--fit-seconds", type=float, default=defaults.fit_seconds, help="deadline of a round")
    made.add_argument("--evaluate-seconds", type=float, default=defaults.evaluate_seconds)
    made.add_argument("--gone-seconds", type=float, default=defaults.gone_seconds, help="not waited for after that")
    made.add_argument("--linger-seconds", type=float, default=defaults.linger_seconds)
    made.add_argument("--max-staleness", type=int, default=0, help="updates so many rounds late still count")
    made.add_argument("--checkpoint", type=Path, help="save the run here, and go on from it")
    made.add_argument(
        "--helper",
        action="append",
        default=[],
        type=recipient_from_text,
        metavar="age1…",
        help="mask updates for these helpers, in this order; give 4, 7 or 10 and a --clip-norm",
    )
    made.add_argument("--quiet", action="store_true", help="no progress")
    return made


def main(arguments: Sequence[str], prog: str = "deltaml serve") -> None:
    """Serves one run to its end; prints the address on standard output and how it goes on standard error."""
    given = parser(prog).parse_args(arguments)
    strategy = STRATEGIES[given.strategy]()
    options = ServerOptions(
        host=given.host,
        port=given.port,
        min_clients=given.min_clients,
        fit_seconds=given.fit_seconds,
        evaluate_seconds=given.evaluate_seconds,
        gone_seconds=given.gone_seconds,
        linger_seconds=given.linger_seconds,
        secret=os.environ.get(SECRET_VARIABLE) or None,
        helpers=tuple(given.helper),
    )
    server = CentralServer(
        strategy if given.clip_norm is None else NormClipping(strategy, given.clip_norm),
        settings=FederationSettings(given.rounds, given.min_fit, max_staleness=given.max_staleness),
        options=options,
        checkpoint=given.checkpoint,
        progress=not given.quiet,
    )
    asyncio.run(server.run(lambda url: print(url, flush=True)))


def helper(arguments: Sequence[str], prog: str = "helper") -> None:
    """Adds up masks for one run, with the identity in a file; made and its recipient shown if there is none yet."""
    made = argparse.ArgumentParser(prog=prog, description=helper.__doc__)
    made.add_argument("identity", type=Path, help="file of an age identity; made if it is missing")
    made.add_argument("url", nargs="?", help="the server's address; without one only the recipient is shown")
    given = made.parse_args(arguments)
    if not given.identity.exists():
        Identity.generate().to_file(given.identity)
    identity = Identity.from_file(given.identity)
    print(recipient_to_text(identity.recipient), flush=True)
    if given.url is not None:
        help_out(given.url, identity, on_ready=lambda seat: print(f"seat {seat}", flush=True))


def run_module(arguments: Sequence[str]) -> None:
    """`python -m deltaml.federated serve …` and `… helper …`."""
    prog, commands = "python -m deltaml.federated", {"serve": main, "helper": helper}
    if not arguments or arguments[0] not in commands:
        sys.exit(f"usage: {prog} serve|helper [options]; see {prog} serve --help")
    try:
        commands[arguments[0]](arguments[1:], f"{prog} {arguments[0]}")
    except DeltaMLError as error:
        sys.exit(f"error: {error}")
