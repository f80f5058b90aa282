"""`python -m scripts.web`: the page on this machine, with a chain, an IPFS node, four oracles and data owners.

Leaves a finished task, one at work and one that waits for data owners; runs until it is stopped.
"""

import argparse
import json
import shutil
import signal
import sys
import threading
from pathlib import Path

from deltaml.board import TaskReader
from deltaml.chain import Market
from deltaml.storage import IpfsStore
from scripts.demo.cast import Cast, found_committee, post, start_trainers
from scripts.demo.datasets import breast_cancer
from scripts.demo.scenes import Scene
from scripts.localnet import ROOT, Localnet
from scripts.web.neighbours import Neighbours, say
from scripts.web.site import networks_file, server_of
from scripts.web.tasks import FINISHED, OPEN, RUNNING

SITE = ROOT / "build" / "web" / "site"
LOOK_SECONDS = 1.0
FINISH_SECONDS = 240.0
N_FILES = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "web" / "net")
    parser.add_argument("--port", type=int, default=8000, help="of the page")
    parser.add_argument("--chain-port", type=int, default=8545)
    parser.add_argument("--ipfs-port", type=int, default=5001)
    parser.add_argument("--no-tasks", action="store_true", help="start with an empty market")
    parser.add_argument("--neighbours", type=int, default=3, help="how many data owners join what is posted")
    given = parser.parse_args()
    if not (SITE / "index.html").exists():
        sys.exit("the page is not built: use `make web`")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    shutil.rmtree(given.folder, ignore_errors=True)
    with server_of(SITE, given.port) as server:
        port = server.server_port
        origins = (f"http://127.0.0.1:{port}", f"http://localhost:{port}")
        places = {"chain_port": given.chain_port, "ipfs_port": given.ipfs_port}
        with Localnet(given.folder, page_origins=origins, **places) as net:
            server.networks = json.dumps(networks_file(net)).encode()
            start_oracles(net)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            say(f"page {origins[0]}   chain {net.rpc} (chain id {net.chain.chain_id})   IPFS {net.ipfs}")
            files = sample_files(net.folder / "samples")
            say(f"sample files: {files[0]} to post a task, {files[1].parent}/owner-*.csv to join one")
            store = IpfsStore(net.ipfs, timeout_seconds=15)
            neighbours = Neighbours(net, reader_of(net), store, tuple(files[1:]), given.neighbours)
            if not given.no_tasks:
                populate(net, neighbours, stop)
            while not stop.wait(LOOK_SECONDS):
                for line in neighbours.look():
                    say(line)
            server.shutdown()
    return 0


def start_oracles(net: Localnet) -> None:
    for oracle in found_committee(net):
        net.start_oracle(oracle)
    net.mine_every(net.block_seconds)


def reader_of(net: Localnet) -> TaskReader:
    return TaskReader(Market(net.chain, net.deployment))


def populate(net: Localnet, neighbours: Neighbours, stop: threading.Event) -> None:
    """Posts the three tasks and tells the neighbours of them; the clock is turned for the first."""
    reader = reader_of(net)
    finished = staged(net, FINISHED)
    for _ in range(int(FINISH_SECONDS / LOOK_SECONDS)):
        if stop.wait(LOOK_SECONDS) or reader.snapshot(finished.task_id, net.chain.head()).is_final:
            break
    else:
        say(f"task {finished.task_id} is not over after {FINISH_SECONDS:.0f} s; see {net.folder / 'logs'}")
    net.pass_time(2 * FINISHED.terms["market"]["vote_seconds"])
    running = staged(net, RUNNING)
    net.mine_at_once()
    waiting = post(net, OPEN)
    net.mine_every(net.block_seconds)
    say("three tasks are there: one over, one at work, one that waits for data owners")
    neighbours.seen.update(cast.task_id for cast in (finished, running, waiting))
    neighbours.waiting.add(waiting.task_id)


def staged(net: Localnet, scene: Scene) -> Cast:
    net.mine_at_once()
    cast = post(net, scene)
    start_trainers(net, cast)
    net.mine_every(net.block_seconds)
    return cast


def sample_files(folder: Path) -> list[Path]:
    """A validation file and three data owners' files that fit a task on it."""
    split = breast_cancer(seed=6)
    folder.mkdir(parents=True)
    owners = [split.write(folder / f"owner-{i}.csv", rows) for i, rows in enumerate(split.owners[:N_FILES])]
    return [split.write(folder / "validation.csv", split.validation), *owners]


if __name__ == "__main__":
    sys.exit(main())
