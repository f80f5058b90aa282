"""`python -m scripts.demo`: two open-model tasks at once, then a sealed one; four oracles, every trainer a process."""

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from deltaml.board import Snapshot, StateReader, TaskReader, read_spec
from deltaml.chain import Market
from deltaml.client.table import Table, features, targets
from deltaml.protocol.spec import OpenSpec
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore
from scripts.demo.cast import Cast, found_committee, post, start_trainers
from scripts.demo.figures import read_owner_validation, reference, shapley_correlations, weights_by_round
from scripts.demo.report import (
    OpenResult,
    SealedResult,
    TaskResult,
    actors_of,
    plot_metric,
    plot_rewards,
    print_open,
    print_sealed,
    print_task,
    write_report,
)
from scripts.demo.scenes import SCENES
from scripts.demo.sealed import play_sealed
from scripts.demo.stage import DemoError, balances, collect, follow
from scripts.localnet import ROOT, Localnet

LOG_COLUMNS = 150


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--setup-seconds", type=Path, default=ROOT / "build" / "setup-seconds")
    given = parser.parse_args()
    # `kill` must not leave two dozen processes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console()
    if not console.is_terminal:
        console = Console(width=LOG_COLUMNS)
    shutil.rmtree(given.folder, ignore_errors=True)
    started = time.monotonic()
    try:
        with Localnet(given.folder) as net:
            results = play(net, console)
            ipfs_kind = net.ipfs_kind
    except DemoError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    setup = float(given.setup_seconds.read_text()) if given.setup_seconds.exists() else 0.0
    seconds = {"setup": setup, "run": round(time.monotonic() - started, 1)}
    report = write_report(given.folder, results, seconds, ipfs_kind)
    for result in results:
        print_task(console, result)
        plot_rewards(given.folder, result)
        if isinstance(result, OpenResult):
            print_open(console, result)
            plot_metric(given.folder, result)
        if isinstance(result, SealedResult):
            print_sealed(console, result)
    console.print(f"set-up {seconds['setup']:.0f} s, run {seconds['run']:.0f} s; {report}")
    return 0


def play(net: Localnet, console: Console) -> list[TaskResult]:
    """From founding the committee to the last claim."""
    console.print(f"chain {net.rpc}, IPFS {net.ipfs} ({net.ipfs_kind}), logs in {net.folder / 'logs'}")
    oracles = found_committee(net)
    casts = [post(net, scene) for scene in SCENES]
    before = balances(net, casts)
    for oracle in oracles:
        net.start_oracle(oracle)
    for cast in casts:
        start_trainers(net, cast)
    net.mine_every(net.block_seconds)
    market = Market(net.chain, net.deployment)
    reader = TaskReader(market)
    follow(net, reader, casts, console)
    snapshots = collect(net, reader, casts, console)
    after = balances(net, casts)
    results = [judge(net, cast, snapshot, before, after) for cast, snapshot in zip(casts, snapshots, strict=True)]
    return [*results, play_sealed(net, reader, console)]


def judge(
    net: Localnet,
    cast: Cast,
    snapshot: Snapshot,
    before: dict[str, tuple[int, int]],
    after: dict[str, tuple[int, int]],
) -> OpenResult:
    """Measures the model and the scores, and checks that every wei is accounted for."""
    store = IpfsStore(net.ipfs, timeout_seconds=15)
    spec = read_spec(store, snapshot.task.params.spec_digest)
    assert isinstance(spec, OpenSpec)
    states = StateReader(store, Identity.from_file(cast.owner.identity))
    weights = weights_by_round(snapshot, spec, states)
    held_out = Table.read(cast.held_out)
    X, y = features(spec, held_out), targets(spec.target, held_out)
    honest = [Table.read(path) for path, (_, role) in zip(cast.data, cast.trainers, strict=False) if role == "honest"]
    member = Identity.from_file(net.people["oracle-0"].identity)
    validation = read_owner_validation(spec, store, member)
    result = OpenResult(
        name=cast.name,
        snapshot=snapshot,
        actors=actors_of(cast, snapshot, before, after),
        metric_name=spec.model().metric_name,
        metric=tuple(float(spec.model().metric(w, X, y)) for w in weights),
        reference=reference(spec, held_out, honest, seed=1),
        correlations=tuple(shapley_correlations(snapshot, spec, validation, states, net.folder / "updates")),
    )
    result.require_balance()
    return result


if __name__ == "__main__":
    sys.exit(main())
