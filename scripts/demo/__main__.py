"""`python -m scripts.demo`: both tasks at once, four oracles, every trainer a process; ends with the report."""

import argparse
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live

from deltaml.board import Snapshot, StateReader, TaskReader, read_spec
from deltaml.chain import Market
from deltaml.client.table import Table, features, targets
from deltaml.sealing import Identity
from deltaml.storage import IpfsStore
from scripts.demo.datasets import Split
from scripts.demo.figures import read_owner_validation, reference, shapley_correlations, weights_by_round
from scripts.demo.live import finished_rounds, progress_table
from scripts.demo.report import Actor, TaskResult, plot_metric, plot_rewards, print_task, write_report
from scripts.demo.scenes import SCENES, Scene
from scripts.localnet import ROOT, Localnet, Person

WEI = 10**18
N_ORACLES = 4
SEAT_STAKE = 500
TRAINER_STAKE = 100
OWNER_REWARD = 1_000
TIMEOUT_SECONDS = 900
CLAIM_SECONDS = 120
LOG_COLUMNS = 150


class DemoError(Exception):
    """The demo did not do what the README promises."""


@dataclass(frozen=True)
class Cast:
    """Who plays in a scene: the owner, the task's number, and the trainers with their roles."""

    scene: Scene
    split: Split
    owner: Person
    task_id: int
    trainers: tuple[tuple[Person, str], ...]
    data: tuple[Path, ...]
    held_out: Path


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
        plot_metric(given.folder, result)
        plot_rewards(given.folder, result)
    console.print(f"set-up {seconds['setup']:.0f} s, run {seconds['run']:.0f} s; {report}")
    return 0


def play(net: Localnet, console: Console) -> list[TaskResult]:
    """From founding the committee to the last claim."""
    console.print(f"chain {net.rpc}, IPFS {net.ipfs} ({net.ipfs_kind}), logs in {net.folder / 'logs'}")
    oracles = [net.person(f"oracle-{index}", stake=SEAT_STAKE * WEI) for index in range(N_ORACLES)]
    found_committee(net, oracles)
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
    return [judge(net, cast, snapshot, before, after) for cast, snapshot in zip(casts, snapshots, strict=True)]


def found_committee(net: Localnet, oracles: list[Person]) -> None:
    founder = net.person("founder")
    members = [oracle.account for oracle in oracles]
    net.deltaml("committee", "found", *members, "--seat-stake", str(SEAT_STAKE), person=founder)
    for oracle in oracles:
        net.deltaml("committee", "enroll", "1", "--yes", person=oracle)


def post(net: Localnet, scene: Scene) -> Cast:
    """Writes everybody's files, posts the task and names its trainers."""
    split = scene.split()
    folder = net.folder / "data" / scene.name.replace(" ", "-")
    folder.mkdir(parents=True)
    owner = net.person(scene.owner_name, reward=OWNER_REWARD * WEI)
    task_file = folder / "task.toml"
    task_file.write_text(scene.task_file(split, committee=1), "utf-8")
    validation = split.write(folder / "validation.csv", split.validation)
    printed = net.deltaml("task", "post", str(task_file), "--validation", str(validation), "--yes", person=owner)
    task_id = int(printed.split()[-1])

    trainers, data = [], []
    for index, rows in enumerate(split.owners):
        flips = scene.flipper and index == len(split.owners) - 1
        labels = len(split.classes) - 1 - split.y[rows] if flips else None
        person = net.person(f"{scene.owner_name}-{index}", stake=TRAINER_STAKE * WEI)
        trainers.append((person, "flipper" if flips else "honest"))
        data.append(split.write(folder / f"owner-{index}.csv", rows, labels))
    for kind in scene.bad:
        trainers.append((net.person(f"{scene.owner_name}-{kind}", stake=TRAINER_STAKE * WEI), kind))
    held_out = split.write(folder / "held-out.csv", split.held_out)
    return Cast(scene, split, owner, task_id, tuple(trainers), tuple(data), held_out)


def start_trainers(net: Localnet, cast: Cast) -> None:
    keep = ["--keep-updates", str(net.folder / "updates")]
    for index, (person, role) in enumerate(cast.trainers):
        if role in ("honest", "flipper"):
            net.start_trainer(person, cast.task_id, cast.data[index], *keep)
        else:
            command = [sys.executable, "-m", "scripts.demo.adversaries", role, "--task", str(cast.task_id), *keep]
            net.spawn(person.name, [*command, *net.options(person)])


def follow(net: Localnet, reader: TaskReader, casts: list[Cast], console: Console) -> None:
    """Shows the tasks until both are final: a table redrawn in place, or in a log a line per finished round."""
    started = time.monotonic()
    shown: set[str] = set()
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        while True:
            block = net.chain.head()
            snapshots = [(cast.scene.name, reader.snapshot(cast.task_id, block)) for cast in casts]
            seconds = time.monotonic() - started
            if console.is_terminal:
                live.update(progress_table(snapshots, seconds))
            else:
                lines = [line for name, snapshot in snapshots for line in finished_rounds(name, snapshot)]
                for line in lines:
                    if line not in shown:
                        console.print(f"{seconds:4.0f} s  {line}")
                shown.update(lines)
            if all(snapshot.is_final for _, snapshot in snapshots):
                return
            require_alive(net)
            if seconds > TIMEOUT_SECONDS:
                raise DemoError(f"not finished after {TIMEOUT_SECONDS} s; see {net.folder / 'logs'}")
            time.sleep(0.5)


def require_alive(net: Localnet) -> None:
    gone = [name for name, process in net.processes.items() if process.poll() not in (None, 0)]
    if gone:
        raise DemoError(f"these processes ended with an error, see {net.folder / 'logs'}: {', '.join(gone)}")


def collect(net: Localnet, reader: TaskReader, casts: list[Cast], console: Console) -> list[Snapshot]:
    """Turns the clock past every window, waits until all have collected, and refunds the owners."""
    longest = max(reader.snapshot(cast.task_id, net.chain.head()).task.params.vote_window for cast in casts)
    net.pass_time(2 * longest)
    console.print("training is over; the clock is turned past the challenge windows and everybody collects")
    deadline = time.monotonic() + CLAIM_SECONDS
    waiting = {person.name for cast in casts for person, _ in cast.trainers}
    while True:
        block = net.chain.head()
        snapshots = [reader.snapshot(cast.task_id, block) for cast in casts]
        waiting = {name for name in waiting if net.processes[name].poll() is None}
        unclaimed = {name for snapshot in snapshots for name in fees_left(reader.market, snapshot)}
        if not waiting and not unclaimed and all(snapshot.task.committee_released for snapshot in snapshots):
            break
        require_alive(net)
        if time.monotonic() > deadline:
            raise DemoError(f"not everybody collected: {sorted(waiting)}; fees wait for {sorted(unclaimed)}")
        time.sleep(0.5)
    for cast in casts:
        if reader.snapshot(cast.task_id, net.chain.head()).task.refundable:
            net.deltaml("task", "refund", str(cast.task_id), person=cast.owner)
    block = net.chain.head()
    return [reader.snapshot(cast.task_id, block) for cast in casts]


def fees_left(market: Market, snapshot: Snapshot) -> list[str]:
    """Members of the committee who have earned fees and not collected them yet."""
    block, task = snapshot.block, snapshot.task
    rounds = market.read_all([market.reads.round(snapshot.task_id, number) for number in snapshot.settled], block)
    left = []
    for seat, member in enumerate(market.seats(task.params.committee_id, block)):
        claimed = market.claimed_rounds(snapshot.task_id, member.account, block)
        for number, state in zip(snapshot.settled, rounds, strict=True):
            earned = state.fee_share and state.opened_mask & state.matched_mask & 1 << seat
            if earned and not claimed >> number & 1:
                left.append(member.account)
    return left


def balances(net: Localnet, casts: list[Cast]) -> dict[str, tuple[int, int]]:
    """Account -> wei of the stake token and of the reward token in the wallet."""
    market, block, where = Market(net.chain, net.deployment), net.chain.head(), net.deployment
    assert where.reward_token is not None
    accounts = [person.account for cast in casts for person, _ in cast.trainers]
    return {
        account: (
            market.token_balance(where.stake_token, account, block),
            market.token_balance(where.reward_token, account, block),
        )
        for account in accounts
    }


def judge(
    net: Localnet,
    cast: Cast,
    snapshot: Snapshot,
    before: dict[str, tuple[int, int]],
    after: dict[str, tuple[int, int]],
) -> TaskResult:
    """Measures the model and the scores, and checks that every wei is accounted for."""
    store = IpfsStore(net.ipfs, timeout_seconds=15)
    spec = read_spec(store, snapshot.task.params.spec_digest)
    states = StateReader(store, Identity.from_file(cast.owner.identity))
    weights = weights_by_round(snapshot, spec, states)
    held_out = Table.read(cast.held_out)
    X, y = features(spec, held_out), targets(spec.target, held_out)
    honest = [Table.read(path) for path, (_, role) in zip(cast.data, cast.trainers, strict=False) if role == "honest"]
    member = Identity.from_file(net.people["oracle-0"].identity)
    validation = read_owner_validation(spec, store, member)
    stake = snapshot.task.params.unit_stake
    result = TaskResult(
        name=cast.scene.name,
        metric_name=spec.model().metric_name,
        snapshot=snapshot,
        actors=tuple(
            Actor(person.name, role, person.account, stake, before[person.account], after[person.account])
            for person, role in cast.trainers
        ),
        metric=tuple(float(spec.model().metric(w, X, y)) for w in weights),
        reference=reference(spec, held_out, honest, seed=1),
        correlations=tuple(shapley_correlations(snapshot, spec, validation, weights, net.folder / "updates")),
    )
    if result.escrow != result.paid + result.fees + result.refunded:
        raise DemoError(
            f"{result.name}: escrow {result.escrow} is not paid {result.paid} + fees {result.fees} + refunded "
            f"{result.refunded}"
        )
    return result


if __name__ == "__main__":
    sys.exit(main())
